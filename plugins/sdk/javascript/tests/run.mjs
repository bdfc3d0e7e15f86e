// Runs a plugin on rows of JavaScript values, as a host would, and says what became of each.

import { decodeText, decodeValues, encodeText, encodeIntegers, encodeFloats, encodeBooleans } from "../sluice.js";

const ENCODERS = { text: encodeText, integer: encodeIntegers, float: encodeFloats, boolean: encodeBooleans };

/** `rows` are objects; `columns` their names, or `[name, type]`. Throws what the plugin refuses or throws. */
export function run(plugin, columns, rows, { config = {}, origin = {} } = {}) {
  const schema = columns.map((column) => {
    const [name, logical] = [column, "text"].flat();
    return { name, logical, nullable: true };
  });
  const fields = unwrap(plugin.configure(schema, Object.entries(config)));
  const batch = {
    rows: rows.length,
    columns: schema.map(({ name, logical }) => ENCODERS[logical](rows.map((row) => row[name] ?? null))),
  };
  const output = unwrap(
    plugin.transform(batch, { pipeline: "test", source: "test.csv", firstRow: 0n, receivedAt: 0n, ...origin }),
  );
  return { fields, output, rows: rowsOf(fields, batch, output) };
}

function unwrap({ tag, val }) {
  if (tag === "err") throw Object.assign(new Error(val.message), val);
  return val;
}

/** The output rows of each input row, without nulls: `null` for a rejected one. */
function rowsOf(fields, batch, output) {
  const rows = Array.from({ length: batch.rows }, () => []);
  const columns = output.columns.map(({ tag, val }) => {
    const [column, count] = tag === "keep" ? [batch.columns[val], batch.rows] : [val, output.rows];
    const values = column.values.tag === "bytes" ? decodeText(column, count) : decodeValues(column, count);
    if (values.length !== count) throw new Error(`a column has ${values.length} rows, and should have ${count}`);
    return (row, source) => values[tag === "keep" ? source : row];
  });
  const rejected = new Set(output.rejected);
  for (let row = 0; row < output.rows; row++) {
    const source = output.sourceRows?.[row] ?? row;
    if (rejected.has(source)) {
      if (output.sourceRows) throw new Error(`row ${source} is rejected and an output row`);
      continue;
    }
    const values = fields.map(({ name }, i) => [name, columns[i](row, source)]);
    rows[source].push(Object.fromEntries(values.filter(([, value]) => value !== null)));
  }
  return rows.map((row, at) => (rejected.has(at) ? null : row));
}
