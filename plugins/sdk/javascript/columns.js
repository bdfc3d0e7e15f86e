// The contract's columns as arrays of JavaScript values, and back.
//
// JavaScript in a component is interpreted: a step costs some 20 ns, a call of the engine's own functions about 120, and
// those that are themselves written in JavaScript (slice, subarray, from, map, for … of) a microsecond or more. So all the
// text of a column is decoded, split, joined and encoded by one call each, and a value in between takes few steps.

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();
const NO_NULLS = new Uint8Array(0);
/** What is put between values. Text that holds one itself takes a way that is slower. */
const SEPARATOR = "\0";

/** The values of a text column; null where a row has none. */
export function decodeText(column, rows) {
  const { offsets, data } = column.values.val;
  // The bytes stand `rows` further back than they should, and every value is moved to its place with a gap behind it.
  const spaced = new Uint8Array(data.length + rows);
  spaced.set(data, rows);
  let start = 0;
  for (let row = 0; row < rows; ) {
    const place = start + row;
    const end = offsets[++row];
    spaced.copyWithin(place, start + rows, end + rows);
    spaced[end + row - 1] = 0;
    start = end;
  }
  let values = decoder.decode(spaced).split(SEPARATOR);
  values.pop();
  if (values.length !== rows) values = decodeEach(offsets, data);
  return withNulls(values, column.validity);
}

/** The values of any other column: numbers, a bigint for an integer that no number is equal to, or booleans. */
export function decodeValues(column, rows) {
  const { tag, val } = column.values;
  const values = new Array(rows);
  if (tag === "integers") {
    // A number is made of its two halves, the lower first, and a bigint only where there is none.
    const words = new Int32Array(val.buffer, val.byteOffset, 2 * rows);
    for (let row = 0; row < rows; row++) {
      const low = words[2 * row];
      values[row] = words[2 * row + 1] === low >> 31 ? low : exact(val[row]);
    }
  } else {
    for (let row = 0; row < rows; row++) values[row] = tag === "floats" ? val[row] : val[row] === 1;
  }
  return withNulls(values, column.validity);
}

/** A text column of strings and nulls. */
export function encodeText(values) {
  const rows = values.length;
  const text = values.join("");
  const data = encoder.encode(text);
  if (data.length !== text.length) return encodeUnicode(values);
  const offsets = new Uint32Array(rows + 1);
  const validity = new Validity(rows);
  let end = 0;
  for (let row = 0; row < rows; ) {
    const value = values[row];
    if (value === null) validity.clear(row);
    else if (typeof value !== "string") throw new TypeError("a value of a text column is no string");
    else end += value.length;
    offsets[++row] = end;
  }
  return textColumn(offsets, data, validity);
}

/** A column of whole numbers, bigints and nulls. */
export function encodeIntegers(values) {
  const rows = values.length;
  const integers = new BigInt64Array(rows);
  const words = new Int32Array(integers.buffer);
  const validity = new Validity(rows);
  for (let row = 0; row < rows; row++) {
    const value = values[row];
    if (typeof value === "number" && value === (value | 0)) {
      words[2 * row] = value;
      if (value < 0) words[2 * row + 1] = -1;
    } else if (value === null) validity.clear(row);
    else integers[row] = toBigInt(value);
  }
  return { values: { tag: "integers", val: integers }, validity: validity.finish() };
}

/** A column of numbers and nulls. */
export function encodeFloats(values) {
  const validity = validityOf(values, "number");
  return { values: { tag: "floats", val: new Float64Array(values) }, validity };
}

/** A column of booleans and nulls. */
export function encodeBooleans(values) {
  const validity = validityOf(values, "boolean");
  return { values: { tag: "booleans", val: new Uint8Array(values) }, validity };
}

/** The values of text that holds the separator. */
function decodeEach(offsets, data) {
  const values = [];
  for (let row = 1; row < offsets.length; row++) {
    values.push(decoder.decode(data.subarray(offsets[row - 1], offsets[row])));
  }
  return values;
}

/** The same as `encodeText` where bytes and UTF-16 units differ: the ends of values are where the separators are. */
function encodeUnicode(values) {
  const rows = values.length;
  const data = encoder.encode(values.join(SEPARATOR) + SEPARATOR);
  const offsets = new Uint32Array(rows + 1);
  const validity = new Validity(rows);
  let start = 0;
  for (let row = 0; row < rows; ) {
    const value = values[row];
    if (value === null) validity.clear(row);
    else if (typeof value !== "string") throw new TypeError("a value of a text column is no string");
    const end = data.indexOf(0, start);
    data.copyWithin(start - row, start, end);
    start = end + 1;
    offsets[++row] = end - row + 1;
  }
  if (start !== data.length) return encodeEach(values, validity);
  return textColumn(offsets, data.subarray(0, offsets[rows]), validity);
}

/** Text that holds the separator. */
function encodeEach(values, validity) {
  const offsets = new Uint32Array(values.length + 1);
  const pieces = values.map((value) => encoder.encode(value ?? ""));
  pieces.forEach((piece, row) => (offsets[row + 1] = offsets[row] + piece.length));
  const data = new Uint8Array(offsets[values.length]);
  pieces.forEach((piece, row) => data.set(piece, offsets[row]));
  return textColumn(offsets, data, validity);
}

function textColumn(offsets, data, validity) {
  return { values: { tag: "bytes", val: { offsets, data } }, validity: validity.finish() };
}

/** An integer as a number, if one is equal to it. */
function exact(value) {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

function toBigInt(value) {
  const isInteger = typeof value === "bigint" ? BigInt.asIntN(64, value) === value : Number.isSafeInteger(value);
  if (!isInteger) throw new TypeError("a value of an integer column is no integer of 64 bits");
  return BigInt(value);
}

/** An Arrow bitmap that does not exist until the first null. */
class Validity {
  constructor(rows) {
    this.rows = rows;
    this.bits = null;
  }

  clear(row) {
    this.bits ??= new Uint8Array((this.rows + 7) >> 3).fill(255);
    this.bits[row >> 3] &= ~(1 << (row & 7));
  }

  finish() {
    if (this.bits === null) return NO_NULLS;
    // Bits behind the last row are 0.
    if (this.rows & 7) this.bits[this.bits.length - 1] &= (1 << (this.rows & 7)) - 1;
    return this.bits;
  }
}

function validityOf(values, type) {
  const validity = new Validity(values.length);
  for (let row = 0; row < values.length; row++) {
    const value = values[row];
    if (value === null) validity.clear(row);
    else if (typeof value !== type) throw new TypeError(`a value of a column of type ${type} is none`);
  }
  return validity.finish();
}

/** Sets values to null as an Arrow bitmap says. */
function withNulls(values, validity) {
  for (let byte = 0; byte < validity.length; byte++) {
    if (validity[byte] === 255) continue;
    const end = Math.min(8 * byte + 8, values.length);
    for (let row = 8 * byte; row < end; row++) {
      if (!((validity[byte] >> (row & 7)) & 1)) values[row] = null;
    }
  }
  return values;
}
