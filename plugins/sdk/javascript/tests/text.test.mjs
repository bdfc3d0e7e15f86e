// Names, numbers and configurations as people write them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Config, integer, lowercase, parseBoolean, parseInteger, parseNumber, splitList, text, trim, uppercase } from "../sluice.js";
import { findColumns } from "../fields.js";

test("only ASCII counts", () => {
  assert.equal(trim(" \t\n\v\f\ra b "), "a b");
  assert.equal(trim("\u00a0 a\u2003"), "\u00a0 a\u2003");
  assert.equal(trim(" \u00a0a"), "\u00a0a");
  assert.equal(lowercase("ÀB\u212a"), "Àb\u212a");
  assert.equal(lowercase("AbC"), "abc");
  assert.equal(uppercase("aßé"), "Aßé");
  assert.deepEqual(splitList(" a ; ;b;", ";"), ["a", "b"]);
  assert.deepEqual(splitList(" ", ";"), []);
});

test("integers", () => {
  const right = { 7: 7, "-7": -7, "+7": 7, " 007\t": 7, "-0": 0, 2147483648: 2147483648, "9007199254740993": 2n ** 53n + 1n };
  for (const [given, integer] of Object.entries(right)) assert.equal(parseInteger(given), integer, given);
  assert.equal(Object.is(parseInteger("-0"), 0), true);
  assert.equal(parseInteger("9223372036854775807"), 2n ** 63n - 1n);
  assert.equal(parseInteger("+9223372036854775807"), 2n ** 63n - 1n);
  for (const wrong of ["", " ", "x", "1.0", "1e3", "0x10", "9223372036854775808", "1 2", "\u00a05", "٣", "+-1", "Infinity", "NaN"]) {
    assert.equal(parseInteger(wrong), null, wrong);
  }
});

test("floats and booleans", () => {
  const right = { 1: 1, ".5": 0.5, "5.": 5, "-1e3": -1000, " 2 ": 2, inf: Infinity, "-Infinity": -Infinity, "+nan": NaN };
  for (const [given, number] of Object.entries(right)) assert.equal(parseNumber(given), number, given);
  for (const wrong of ["", ".", "1,5", "0x10", "e5", "1e"]) assert.equal(parseNumber(wrong), null, wrong);
  assert.deepEqual(["true", " false ", "True", ""].map(parseBoolean), [true, false, null, null]);
});

test("columns are found however they are written", () => {
  const fields = [text("id"), text("submitted_at", { aliases: ["created", "date"] }), text("date", { made: true })];
  const check = (names, expected) => assert.deepEqual(findColumns(fields, names.map((name) => ({ name }))), expected);
  check(["id", "submitted_at"], [0, 1, -1]);
  check(["Submitted At", " ID "], [1, 0, -1]);
  check(["SubmittedAt", "submitted_at"], [-1, 1, -1]);
  check(["Date", "created"], [-1, 1, -1]);
  check(["Date"], [-1, 0, -1]);
  check([], [-1, -1, -1]);
  assert.deepEqual(findColumns([integer("Größe")], [{ name: "GRÖSSE" }, { name: "„größe“" }]), [1]);
});

test("configurations", () => {
  const config = new Config([["a", " true "], ["n", "x"], ["list", "a, ,B,"]]);
  assert.equal(config.boolean("a", false), true);
  assert.equal(config.boolean("b", false), false);
  assert.deepEqual(config.list("list"), ["a", "B"]);
  assert.deepEqual(config.list("none"), []);
  const listed = (value) => new Config([["list", value]]).list("list");
  assert.deepEqual(listed('["EUR", " usd, old ",""]'), ["EUR", "usd, old"]);
  assert.deepEqual(listed("[]"), []);
  assert.deepEqual(listed("[a], b"), ["[a]", "b"]);
  assert.throws(() => listed("[1]"), { code: "bad_config", message: "`list` is `[1]`, and should be a list of strings" });
  const failure = (call) => {
    try {
      call();
    } catch ({ code, message }) {
      return `${code}: ${message}`;
    }
  };
  assert.equal(failure(() => config.integer("n", 1)), "bad_config: `n` is `x`, and should be a whole number");
  assert.equal(failure(() => config.boolean("constructor", true)), undefined);
  assert.equal(failure(() => new Config([["b", "constructor"]]).boolean("b", true)), "bad_config: `b` is `constructor`, and should be `true` or `false`");
  assert.equal(failure(() => config.allow("a", "b", "list")), "unknown_config: `n` is not known; known are `a`, `b`, `list`");
  assert.equal(failure(() => config.allow()), "unknown_config: `a` is set, and this plugin has no configuration");
});
