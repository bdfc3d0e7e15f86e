// One row, as the author of a plugin sees it: getters read what came in, setters say what goes out.
//
// There is one Row for all rows. What it sets is put where the output row will be, and a row that sets nothing leaves a
// gap there: gaps are what came in, and a column of gaps goes back as `keep`.

import { parseBoolean, parseInteger, parseNumber } from "./ascii.js";
import { decodeText, decodeValues, encodeBooleans, encodeFloats, encodeIntegers, encodeText } from "./columns.js";
import { Failure } from "./config.js";
import { Field } from "./fields.js";

/** What becomes of a row. */
export const KEEP = "keep";
export const DROP = "drop";
export const REJECT = "reject";

export class Row {
  constructor(fields) {
    this.fields = fields;
    this.at = 0;
    /** The last row that was rejected. */
    this.refused = -1;
  }

  // What came in.

  text(field) {
    return (field.strings ?? this.decode(field))[this.at] ?? "";
  }

  get(field) {
    return (field.strings ?? this.decode(field))[this.at] ?? null;
  }

  integer(field) {
    const text = (field.strings ?? this.decode(field))[this.at];
    return text ? parseInteger(text) : this.value(field, "integers");
  }

  float(field) {
    const text = (field.strings ?? this.decode(field))[this.at];
    return text ? parseNumber(text) : this.value(field, "floats");
  }

  boolean(field) {
    const text = (field.strings ?? this.decode(field))[this.at];
    return text ? parseBoolean(text) : this.value(field, "booleans");
  }

  has(field) {
    return (field.column ?? this.declared(field).column) !== null;
  }

  get number() {
    return Number(this.origin.firstRow) + this.at;
  }

  get receivedAt() {
    return Number(this.origin.receivedAt);
  }

  get source() {
    return this.origin.source;
  }

  // What goes out.

  set(field, value) {
    // Left undefined, a text would stay as it came in, and nobody means that.
    (field.output ?? this.startOutput(field))[this.count] = value === undefined ? null : value;
  }

  reset(field) {
    const { output } = field;
    if (output) output[this.count] = undefined;
    else this.declared(field);
  }

  info(field, code, message) {
    this.note(field, "info", code, message);
  }

  warn(field, code, message) {
    this.note(field, "warning", code, message);
  }

  keep() {
    return KEEP;
  }

  drop() {
    return DROP;
  }

  reject(field, code, message) {
    this.note(field, "error", code, message);
    // Whatever `clean` returns: it is easily called without `return`.
    this.refused = this.at;
    return REJECT;
  }

  emit() {
    this.diverge();
    this.sources.push(this.at);
    this.count++;
  }

  // What the SDK does with it.

  /** Cleans the rows of a batch. */
  clean(batch, origin, clean, settings) {
    this.begin(batch, origin);
    const { rows } = batch;
    for (let at = 0; at < rows; at++) {
      this.at = at;
      this.start = this.count;
      const outcome = clean(this, settings);
      if (this.refused === at) {
        this.leaveOut(REJECT);
      } else if (outcome === KEEP) {
        if (this.sources !== null) this.sources.push(at);
        this.count++;
      } else {
        this.leaveOut(outcome);
      }
    }
  }

  begin(batch, origin) {
    this.rows = batch.rows;
    this.origin = origin;
    /** Output rows so far, those before the row at hand, and the input row of each: null while they are the same. */
    this.count = this.start = 0;
    this.sources = null;
    this.rejected = [];
    this.refused = -1;
    this.findings = [];
    for (const field of this.fields) {
      field.column = batch.columns[field.index] ?? null;
      field.strings = field.values = field.output = null;
      if (field.kind === "text" && field.column !== null && field.column.values.tag !== "bytes") {
        throw new Failure("not_text", `column \`${field.name}\` is declared as text, and comes in as numbers`);
      }
    }
  }

  leaveOut(outcome) {
    if (outcome === REJECT) {
      this.rejected.push(this.at);
      // What it emitted before is taken back. Where output rows are input rows, it stays, and nobody reads it.
      this.clear(this.start);
      if (this.sources === null) this.count++;
      else this.sources.length = this.start;
    } else if (outcome === DROP) {
      this.clear(this.count);
      this.diverge();
    } else {
      throw new TypeError("`clean` must return `row.keep()`, `row.drop()` or `row.reject(…)`");
    }
  }

  /** Takes back what was set for output row `start` and those after it. */
  clear(start) {
    for (let i = 0; i < this.fields.length; i++) {
      const { output } = this.fields[i];
      if (output === null) continue;
      for (let row = start; row <= this.count; row++) output[row] = undefined;
    }
    this.count = start;
  }

  /** From here on, output rows are not input rows, and rejected rows are no output rows. */
  diverge() {
    if (this.sources !== null) return;
    const { count, rejected } = this;
    this.sources = [];
    let next = 0;
    for (let row = 0; row < count; row++) {
      if (row === rejected[next]) next++;
      else this.sources.push(row);
    }
    this.count = this.start = this.sources.length;
    if (this.count === count) return;
    for (const { output } of this.fields) {
      if (output === null) continue;
      for (let row = 0; row < this.count; row++) output[row] = output[this.sources[row]];
      // The row at hand, which may have been set already.
      output[this.count] = output[count];
      for (let row = this.count + 1; row <= count; row++) output[row] = undefined;
    }
  }

  note(field, severity, code, message) {
    const column = field?.position;
    if (column === undefined && field) this.declared(field);
    this.findings.push({ row: this.at, column, severity, code, message });
  }

  /** The field, which must be one of the plugin's: asked for where it is met first in a batch. */
  declared(field) {
    if (this.fields.includes(field)) return field;
    if (field instanceof Field) throw new TypeError(`field \`${field.name}\` is not among the plugin's \`fields\``);
    const given = typeof field === "string" ? `the string \`${field}\`` : kindOf(field);
    throw new TypeError(`a row takes a field, such as \`const NAME = text("name")\`, and was given ${given}`);
  }

  decode(field) {
    this.declared(field);
    const isText = field.column?.values.tag === "bytes";
    return (field.strings = isText ? decodeText(field.column, this.rows) : []);
  }

  value(field, tag) {
    if (field.column?.values.tag !== tag) return null;
    field.values ??= decodeValues(field.column, this.rows);
    return field.values[this.at];
  }

  startOutput(field) {
    this.declared(field);
    if (!field.written) throw new TypeError(`field \`${field.name}\` is set, and is declared as consumed`);
    return (field.output = new Array(this.rows));
  }

  /** The output column of a field. */
  finish(field) {
    const { column, output, index } = field;
    const isText = field.kind === "text";
    if (isText && column !== null && (output === null || this.isSame(field))) return { tag: "keep", val: index };
    try {
      return { tag: "replace", val: ENCODERS[field.kind](this.filled(field)) };
    } catch (error) {
      throw new TypeError(`field \`${field.name}\`: ${error.message}`);
    }
  }

  /** Finds the setter that was given a value of a wrong type, once a column of such values could not be written: the rows
   *  are cleaned again, and every value is looked at where it is set, so that the error is thrown in the author's line. */
  blame(batch, origin, clean, settings) {
    this.set = (field, value) => {
      Row.prototype.set.call(this, field, value);
      checkValue(field, value);
    };
    try {
      this.clean(batch, origin, clean, settings);
    } finally {
      delete this.set;
    }
  }

  /** Whether a text column was set to nothing but what came in. */
  isSame(field) {
    const { count, sources } = this;
    const { output } = field;
    const came = field.strings ?? this.decode(field);
    for (let row = 0; row < count; row++) {
      const value = output[row];
      if (value !== undefined && value !== came[sources === null ? row : sources[row]]) return false;
    }
    return true;
  }

  /** The values of an output column: what came in where a text was not set, and null where anything else was not. */
  filled(field) {
    const { count, sources } = this;
    const { output } = field;
    if (output !== null) {
      output.length = count;
      if (!output.includes(undefined)) return output;
    }
    const came = field.kind === "text" ? (field.strings ?? this.decode(field)) : [];
    const values = new Array(count);
    for (let row = 0; row < count; row++) {
      const set = output === null ? undefined : output[row];
      values[row] = set !== undefined ? set : (came[sources === null ? row : sources[row]] ?? null);
    }
    return values;
  }
}

/** What a value is, without the value, which may be personal data. */
function kindOf(value) {
  if (value === null || value === undefined) return String(value);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "an invalid date" : "a date";
  if (Array.isArray(value)) return "an array";
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  if (typeof value === "number" && !Number.isInteger(value)) return "a number with a fraction";
  if (typeof value === "number" && !Number.isSafeInteger(value)) return "a number of 2⁵³ or beyond, which may not be exact";
  const type = typeof value;
  return type === "object" ? "an object" : `a ${type}`;
}

const TAKES = {
  text: ["a string", (value) => typeof value === "string"],
  integer: ["a whole number of 64 bits", isInteger],
  timestamp: ["microseconds since 1970 or a valid `Date`", (value) => isInteger(value) || isDate(value)],
  date: ["days since 1970 or a valid `Date`", (value) => isInteger(value) || isDate(value)],
  float: ["a number", (value) => typeof value === "number"],
  boolean: ["`true` or `false`", (value) => typeof value === "boolean"],
};

function checkValue(field, value) {
  const [what, isRight] = TAKES[field.kind];
  if (value === null || value === undefined || isRight(value)) return;
  const type = field.logical.replace(/\(.*/, "");
  const article = type === "integer" ? "an" : "a";
  throw new TypeError(`field \`${field.name}\`: ${article} ${type} is set to ${what}, and not to ${kindOf(value)}`);
}

function isInteger(value) {
  return typeof value === "bigint" ? BigInt.asIntN(64, value) === value : Number.isSafeInteger(value);
}

const isDate = (value) => value instanceof Date && !Number.isNaN(value.getTime());

/** Points in time as microseconds, days as days. */
const MS_PER_DAY = 86_400_000;
const microseconds = (value) => (value instanceof Date ? BigInt(value.getTime()) * 1000n : value);
const days = (value) => (value instanceof Date ? Math.floor(value.getTime() / MS_PER_DAY) : value);

const ENCODERS = {
  text: encodeText,
  integer: encodeIntegers,
  timestamp: (values) => encodeIntegers(values.map(microseconds)),
  date: (values) => encodeIntegers(values.map(days)),
  float: encodeFloats,
  boolean: encodeBooleans,
};
