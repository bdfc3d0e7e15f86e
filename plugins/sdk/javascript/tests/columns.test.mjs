// Columns come back as they went in, whatever is in them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeText, decodeValues, encodeBooleans, encodeFloats, encodeIntegers, encodeText } from "../columns.js";

function check(values, encode, decode) {
  for (let rows = 0; rows <= values.length; rows++) {
    const some = values.slice(0, rows);
    const column = encode(some);
    assert.deepEqual(decode(column, rows), some);
    assert.equal(column.validity.length, some.includes(null) ? Math.ceil(rows / 8) : 0);
    const set = column.validity.reduce((sum, byte) => sum + byte.toString(2).replaceAll("0", "").length, 0);
    if (some.includes(null)) assert.equal(set, some.filter((value) => value !== null).length);
  }
}

test("text", () => {
  check(["a", "", null, "bc", null, null, "d", "e", "f", null], encodeText, decodeText);
  check(["a", "é", null, "€uro", "", "🙂🙂x", null, "\ufeffbom", "Ł"], encodeText, decodeText);
  check(["a\0b", "é", null, "\0", ""], encodeText, decodeText);
  check(["a\0b", "c", null, "\0"], encodeText, decodeText);
});

test("lists do not pass as text, whichever rows are around them", () => {
  for (const values of [[["a"], "b"], ["ab".split(";"), ";".split(";")], [["é"]]]) {
    assert.throws(() => encodeText(values), TypeError);
  }
});

test("text is laid out as the contract says", () => {
  const { values, validity } = encodeText(["é", null, "ab"]);
  assert.deepEqual([...values.val.offsets], [0, 2, 2, 4]);
  assert.deepEqual([...values.val.data], [0xc3, 0xa9, 0x61, 0x62]);
  assert.deepEqual([...validity], [0b101]);
});

test("halves of a pair are not put together", () => {
  assert.deepEqual(decodeText(encodeText(["\ud83d", "\ude42"]), 2), ["\ufffd", "\ufffd"]);
});

test("integers", () => {
  const big = [2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n];
  const small = [0, 1, -1, null, 2 ** 31 - 1, -(2 ** 31), 2 ** 31, -(2 ** 31) - 1, 2 ** 53 - 1, 1 - 2 ** 53];
  check([...small, ...big], encodeIntegers, decodeValues);
  assert.deepEqual(decodeValues(encodeIntegers([5n]), 1), [5]);
  for (const wrong of [1.5, 2 ** 53, 2n ** 63n, "1", undefined, NaN]) assert.throws(() => encodeIntegers([wrong]), TypeError);
});

test("floats and booleans", () => {
  check([0.5, null, -1e300, Infinity], encodeFloats, decodeValues);
  check([true, null, false], encodeBooleans, decodeValues);
  assert.throws(() => encodeFloats(["1"]), TypeError);
  assert.throws(() => encodeText([1]), TypeError);
  assert.throws(() => encodeText(["é", 1]), TypeError);
});
