// Write a Sluice plugin as a JavaScript or TypeScript function over one row. What each part is for is in sluice.d.ts.

import { write } from "sluice:transform/log@1.0.0";
import { Config, Failure } from "./config.js";
import { findColumns } from "./fields.js";
import { Row } from "./row.js";

export { lowercase, parseBoolean, parseInteger, parseNumber, splitList, trim, uppercase } from "./ascii.js";
export { decodeText, decodeValues, encodeBooleans, encodeFloats, encodeIntegers, encodeText } from "./columns.js";
export { Config, Failure } from "./config.js";
export { boolean, date, decimal, float, integer, json, text, timestamp } from "./fields.js";

/** Writes a line to the host's log. */
export function log(severity, message) {
  write(severity === "warn" ? "warning" : severity, String(message));
}

/** A plugin over rows. */
export function definePlugin({ name, version, fields, configSchema, configure, clean }) {
  const row = new Row(fields);
  const outputs = fields.filter((field) => field.written);
  let settings;
  let passed;
  return defineColumnPlugin({
    describe: () => ({
      name,
      version,
      inputs: fields.filter((field) => field.read).map((field) => field.describe()),
      outputs: outputs.map((field) => field.describe()),
      configSchema: configSchema === undefined ? "" : JSON.stringify(configSchema),
    }),

    configure(schema, config) {
      if (configure === undefined) config.allow();
      settings = configure?.(config);
      const found = findColumns(fields, schema);
      fields.forEach((field, i) => (field.index = found[i]));
      outputs.forEach((field, position) => (field.position = position));
      const names = new Set(outputs.map((field) => field.name));
      passed = [...schema.keys()].filter((i) => !found.includes(i) && !names.has(schema[i].name));
      return [...outputs.map((field) => field.describe()), ...passed.map((i) => schema[i])];
    },

    transform(batch, origin) {
      row.clean(batch, origin, clean, settings);
      let columns;
      try {
        columns = outputs.map((field) => row.finish(field));
      } catch (error) {
        row.blame(batch, origin, clean, settings);
        throw error;
      }
      for (const index of passed) columns.push({ tag: "keep", val: index });
      const { sources, rejected, findings } = row;
      return {
        rows: row.count,
        columns,
        sourceRows: sources === null ? undefined : new Uint32Array(sources),
        rejected: new Uint32Array(rejected),
        findings,
      };
    },
  });
}

/** A plugin over whole columns, as the component exports it: failures are returned, and whatever else is thrown becomes
 *  the reason that goes with the rejected row. */
export function defineColumnPlugin({ describe, configure, transform }) {
  return {
    describe: () => answer(describe),
    configure: (schema, config) => answer(() => ok(configure(schema, new Config(config)))),
    transform: (batch, origin) => answer(() => ok(transform(batch, origin))),
  };
}

const ok = (val) => ({ tag: "ok", val });

function answer(call) {
  try {
    return call();
  } catch (error) {
    if (error instanceof Failure) return { tag: "err", val: { code: error.code, message: error.message } };
    write("error", error instanceof Error ? `${error.name}: ${error.message}${place(error)}` : `thrown: ${error}`);
    throw error;
  }
}

/** Where the author's code was: `gen plugin build` leaves a table of its lines. */
function place({ stack = "" }) {
  const places = globalThis.sluicePlaces ?? {};
  for (const [, line] of stack.matchAll(/:(\d+):\d+\)?$/gm)) {
    if (places[line] !== undefined) return `, at ${places[line]}`;
  }
  return "";
}
