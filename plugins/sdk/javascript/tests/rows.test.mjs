// Whatever a plugin does to the rows of a batch, in whatever order: what comes out is what it did, row by row.

import assert from "node:assert/strict";
import { test } from "node:test";
import { boolean, date, decimal, definePlugin, float, integer, text, timestamp } from "../sluice.js";
import { run } from "./run.mjs";

const DEEDS = text("deeds");
const NAME = text("name");
const COUNT = integer("count", { made: true });

/** What is done to a row is written in its `deeds`, a character each; see `expected`. */
const doer = definePlugin({
  name: "doer",
  version: "1",
  fields: [DEEDS, NAME, COUNT],
  clean(row) {
    for (const deed of row.text(DEEDS)) {
      if (deed === "s") row.set(NAME, row.text(NAME));
      else if (deed === "t") row.set(NAME, "another text");
      else if (deed === "u") row.set(NAME, "ünïcode 🙂");
      else if (deed === "n") row.set(NAME, null);
      else if (deed === "i") row.set(COUNT, 7);
      else if (deed === "r") row.reset(NAME);
      else if (deed === "e") row.emit();
      else if (deed === "D") return row.drop();
      else if (deed === "x") row.reject(NAME, "told_so", "its deeds say so");
      else if (deed === "R") return row.reject(NAME, "told_so", "its deeds say so");
    }
    return row.keep();
  },
});

/** The same by the plainest code there is. */
function expected({ deeds, name, other }) {
  if (deeds.includes("x")) return null;
  const asItCame = () => ({ deeds, name, count: null, other });
  const rows = [];
  let row = asItCame();
  for (const deed of deeds) {
    if (deed === "s") row.name = name ?? "";
    else if (deed === "t") row.name = "another text";
    else if (deed === "u") row.name = "ünïcode 🙂";
    else if (deed === "n") row.name = null;
    else if (deed === "i") row.count = 7;
    else if (deed === "r") row.name = name;
    else if (deed === "e") {
      rows.push(row);
      row = asItCame();
    } else if (deed === "D") return rows;
    else if (deed === "R") return null;
  }
  return [...rows, row];
}

const withoutNulls = (row) => Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null));

/** Numbers that look random and are the same every time. */
function random(seed) {
  return (below) => {
    seed = (Math.imul(seed ^ (seed >>> 15), 0x2c1b3c6d) + 0x9e3779b9) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 13), 0x297a2d39);
    mixed ^= mixed >>> 16;
    return (mixed >>> 0) % below;
  };
}

test("what comes out is what was done", () => {
  for (let seed = 0; seed < 3000; seed++) {
    const pick = random(seed);
    const outcomes = pick(3) === 0 ? "K" : pick(2) === 0 ? "KKKKR" : "KKKKDR";
    const deeds = (seed % 2 === 0 ? "stunir" : "stunire") + (seed % 5 === 0 ? "x" : "");
    const rows = Array.from({ length: pick(40) }, () => ({
      deeds: Array.from({ length: pick(4) }, () => deeds[pick(deeds.length)]).join("") + outcomes[pick(outcomes.length)],
      name: [null, "", "ada", "zoë", "a\0b"][pick(pick(10) === 0 ? 5 : 4)],
      other: String(pick(10)),
    }));
    const { rows: found } = run(doer, ["deeds", "name", "other"], rows);
    assert.deepEqual(found, rows.map((row) => expected(row)?.map(withoutNulls) ?? null), `seed ${seed}`);
  }
});

test("rows that are only looked at cost nothing", () => {
  const { output } = run(doer, ["deeds", "name"], [{ deeds: "tr", name: "a" }, { deeds: "s", name: "b" }, { deeds: "n" }]);
  assert.deepEqual(output.columns.map(({ tag }) => tag), ["keep", "keep", "replace"]);
  assert.equal(output.sourceRows, undefined);
});

test("findings name the output column", () => {
  const { output } = run(doer, ["deeds", "name"], [{ deeds: "K" }, { deeds: "R" }]);
  assert.deepEqual(output.findings, [{ row: 1, column: 1, severity: "error", code: "told_so", message: "its deeds say so" }]);
  assert.deepEqual([...output.rejected], [1]);
});

test("typed columns are taken as they are", () => {
  const IN = integer("in");
  const AT = timestamp("at");
  const plugin = definePlugin({
    name: "typed",
    version: "1",
    fields: [IN, AT],
    clean(row) {
      row.set(IN, row.integer(IN));
      row.set(AT, new Date("2026-03-01T10:00:00Z"));
      assert.equal(row.text(IN), "");
      assert.equal(row.has(AT), false);
      assert.equal(row.number, 7);
      return row.keep();
    },
  });
  const { rows } = run(plugin, [["in", "integer"]], [{ in: 2n ** 60n }], { origin: { firstRow: 7n } });
  assert.deepEqual(rows, [[{ in: 2n ** 60n, at: 1772359200000000 }]]);
});

test("what is not there is null, and not what came in", () => {
  const F = text("f");
  const clean = (row) => {
    row.set(F, { known: "KNOWN" }[row.text(F)]);
    return row.keep();
  };
  const plugin = definePlugin({ name: "x", version: "1", fields: [F], clean });
  const { rows } = run(plugin, ["f"], [{ f: "secret" }, { f: "known" }]);
  assert.deepEqual(rows, [[{}], [{ f: "KNOWN" }]]);
});

test("text that comes in as numbers is refused", () => {
  assert.throws(() => run(doer, [["name", "integer"]], [{ name: 1 }]), { code: "not_text" });
});

test("what an author throws is logged, and goes on", () => {
  globalThis.logged.length = 0;
  const plugin = definePlugin({ name: "x", version: "1", fields: [NAME], clean: (row) => row.nothing() });
  assert.throws(() => run(plugin, ["name"], [{ name: "a" }]), TypeError);
  assert.deepEqual(globalThis.logged, [["error", "TypeError: row.nothing is not a function"]]);
  const silent = definePlugin({ name: "x", version: "1", fields: [NAME], clean() {} });
  assert.throws(() => run(silent, ["name"], [{ name: "a" }]), /must return/);
  const wrong = definePlugin({ name: "x", version: "1", fields: [NAME], clean: (row) => (row.set(NAME, 1), row.keep()) });
  assert.throws(() => run(wrong, ["name"], [{ name: "a" }]), /field `name`/);
});

test("a column that is not declared is named", () => {
  const OTHER = text("other");
  const uses = [
    (row) => row.text(OTHER),
    (row) => row.get(OTHER),
    (row) => row.integer(OTHER),
    (row) => row.has(OTHER),
    (row) => row.set(OTHER, "b"),
    (row) => row.reset(OTHER),
    (row) => row.warn(OTHER, "odd", "is odd"),
    (row) => row.reject(OTHER, "odd", "is odd"),
  ];
  for (const use of uses) {
    const clean = (row) => (use(row), row.keep());
    const plugin = definePlugin({ name: "x", version: "1", fields: [NAME], clean });
    assert.throws(() => run(plugin, ["name", "other"], [{ name: "a", other: "b" }]), /field `other` is not among/, `${use}`);
  }
  for (const use of [(row) => row.text("name"), (row) => row.set("name", "b"), (row) => row.reset("name"), (row) => row.has("name")]) {
    const clean = (row) => (use(row), row.keep());
    const plugin = definePlugin({ name: "x", version: "1", fields: [NAME], clean });
    assert.throws(() => run(plugin, ["name"], [{ name: "a" }]), /was given the string `name`/, `${use}`);
  }
});

test("a value of a wrong type is told where it is set", () => {
  const wrong = [
    [text("f"), 1, "a text is set to a string, and not to a number"],
    [decimal("f", 9, 2), 1.5, "a decimal is set to a string, and not to a number with a fraction"],
    [integer("f"), 1.5, "an integer is set to a whole number of 64 bits, and not to a number with a fraction"],
    [integer("f"), "7", "an integer is set to a whole number of 64 bits, and not to a string"],
    [float("f"), "7", "a float is set to a number, and not to a string"],
    [boolean("f"), 1, "a boolean is set to `true` or `false`, and not to a number"],
    [timestamp("f"), new Date("x"), "a timestamp is set to microseconds since 1970 or a valid `Date`, and not to an invalid date"],
    [date("f"), new Date("x"), "a date is set to days since 1970 or a valid `Date`, and not to an invalid date"],
    [date("f"), "2026-03-01", "a date is set to days since 1970 or a valid `Date`, and not to a string"],
  ];
  for (const [field, value, message] of wrong) {
    let setter;
    const clean = function setsIt(row) {
      if (row.number === 1) row.set(field, value);
      return row.keep();
    };
    const plugin = definePlugin({ name: "x", version: "1", fields: [field], clean });
    try {
      run(plugin, ["f"], [{ f: "a" }, { f: "b" }]);
    } catch (error) {
      setter = error;
    }
    assert.equal(setter?.message, `field \`f\`: ${message}`);
    assert.match(setter.stack, /setsIt/);
  }
});
