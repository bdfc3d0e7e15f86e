// The `config` table of a plugin in the manifest, as its author reads it: once, and not per row.

import { parseBoolean, parseInteger, parseNumber, splitList, trim } from "./ascii.js";

/** Why a plugin refuses its configuration, or a whole batch. Thrown. */
export class Failure extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

export class Config {
  #entries;

  constructor(entries) {
    this.#entries = new Map(entries);
  }

  get(key) {
    return this.#entries.get(key);
  }

  parse(key, fallback, expected, parse) {
    const value = this.get(key);
    if (value === undefined) return fallback;
    const parsed = parse(trim(value));
    if (parsed === undefined || parsed === null) throw this.wrong(key, expected);
    return parsed;
  }

  boolean(key, fallback) {
    return this.parse(key, fallback, "`true` or `false`", parseBoolean);
  }

  integer(key, fallback, expected = "a whole number") {
    return this.parse(key, fallback, expected, parseInteger);
  }

  float(key, fallback, expected = "a number") {
    return this.parse(key, fallback, expected, parseNumber);
  }

  list(key, fallback = []) {
    return this.parse(key, fallback, "a list of strings", parseList);
  }

  wrong(key, expected) {
    return new Failure("bad_config", `\`${key}\` is \`${this.get(key) ?? ""}\`, and should be ${expected}`);
  }

  allow(...known) {
    for (const key of this.#entries.keys()) {
      if (known.length === 0) {
        throw new Failure("unknown_config", `\`${key}\` is set, and this plugin has no configuration`);
      }
      if (!known.includes(key)) {
        const names = known.map((name) => `\`${name}\``).join(", ");
        throw new Failure("unknown_config", `\`${key}\` is not known; known are ${names}`);
      }
    }
  }
}

/** Strings of a list of the manifest, which arrives as JSON, or with commas in between. */
function parseList(value) {
  if (!value.startsWith("[")) return splitList(value, ",");
  let list;
  try {
    list = JSON.parse(value);
  } catch {
    return splitList(value, ",");
  }
  return list.every((item) => typeof item === "string") ? list.map(trim).filter(Boolean) : null;
}
