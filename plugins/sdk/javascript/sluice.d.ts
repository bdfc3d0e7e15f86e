/**
 * Write a Sluice plugin as a function over one row.
 *
 * ```ts
 * import { definePlugin, text } from "./sluice/sluice.js";
 *
 * const NAME = text("name", { aliases: ["full name"] });
 *
 * export const plugin = definePlugin({
 *   name: "shout",
 *   version: "0.1.0",
 *   fields: [NAME],
 *   clean(row) {
 *     if (row.text(NAME) === "") return row.reject(NAME, "no_name", "the record has no name");
 *     row.set(NAME, row.text(NAME).toUpperCase());
 *     return row.keep();
 *   },
 * });
 * ```
 */

/** What a plugin declares about a column, and the handle by which a row gets at it. `T` is what it is set to. */
export interface Field<T> {
  readonly name: string;
  readonly logical: string;
  /** Only for the compiler. */
  readonly set?: (value: T) => void;
}

export interface FieldOptions {
  /** Other names that files have for it. Case, blanks, hyphens and underscores make no difference. */
  aliases?: string[];
  /** Never null in a row that is kept. */
  required?: boolean;
  /** Made by the plugin: a column of that name in the input is not read. */
  made?: boolean;
  /** Read by the plugin, and not part of its output. */
  consumed?: boolean;
}

/** Text. A row in which it is not set keeps what came in. */
export function text(name: string, options?: FieldOptions): Field<string>;
/** JSON text. A row in which it is not set keeps what came in. */
export function json(name: string, options?: FieldOptions): Field<string>;
/** An exact number, set as text. A row in which it is not set keeps what came in. */
export function decimal(name: string, precision: number, scale: number, options?: FieldOptions): Field<string>;
/** A 64-bit integer, null where it is not set. */
export function integer(name: string, options?: FieldOptions): Field<number | bigint>;
/** A 64-bit float, null where it is not set. */
export function float(name: string, options?: FieldOptions): Field<number>;
/** True or false, null where it is not set. */
export function boolean(name: string, options?: FieldOptions): Field<boolean>;
/** Microseconds since 1970-01-01T00:00:00Z, or a `Date`; null where it is not set. */
export function timestamp(name: string, options?: FieldOptions): Field<number | bigint | Date>;
/** Days since 1970-01-01, or the day of a `Date` in UTC; null where it is not set. */
export function date(name: string, options?: FieldOptions): Field<number | bigint | Date>;

/** What becomes of a row: `row.keep()`, `row.drop()` or `row.reject(…)`. */
export type Outcome = "keep" | "drop" | "reject";

/** A row. Getters always give what came in, also after a setter. The same object serves all rows, one after the other. */
export interface Row {
  /** The text of a column; empty where it is null, missing, or no text. */
  text(field: Field<any>): string;
  /** The text of a column; null where it is null, missing, or no text. */
  get(field: Field<any>): string | null;
  /** The integer, timestamp or date of a column, parsed if it is text. A bigint where no number is equal to it. */
  integer(field: Field<any>): number | bigint | null;
  /** The float of a column, parsed if it is text. */
  float(field: Field<any>): number | null;
  /** The boolean of a column, parsed if it is the text `true` or `false`. */
  boolean(field: Field<any>): boolean | null;
  /** Whether the object has this column at all. */
  has(field: Field<any>): boolean;
  /** The row's number in its object, counted from 0. */
  readonly number: number;
  /** When the object arrived: microseconds since 1970-01-01T00:00:00Z. A retry sees the same value. */
  readonly receivedAt: number;
  /** The object, as `s3://bucket/key` or a file's path. */
  readonly source: string;

  /** Sets a value, or null. What came in costs nothing to set again. */
  set<T>(field: Field<T>, value: T | null): void;
  /** Takes back what the row set a column to. */
  reset(field: Field<any>): void;

  /** Notes something good to know. Messages must not hold personal data; codes are short and stable. */
  info(field: Field<any> | null, code: string, message: string): void;
  /** Notes something suspicious. The row is stored all the same. */
  warn(field: Field<any> | null, code: string, message: string): void;

  /** The row goes on, as it stands now. */
  keep(): Outcome;
  /** It does not, and that is in order; rows that were emitted before go on. */
  drop(): Outcome;
  /** It goes to the rejects for this reason. What was emitted is taken back, whatever `clean` returns. `null` is for
   *  no column in particular. */
  reject(field: Field<any> | null, code: string, message: string): Outcome;
  /** Adds the row as it stands now to the output, and starts over with the row as it came in. */
  emit(): void;
}

/** The keys and values that the manifest gives a plugin. Wrong ones throw a `Failure` that says so. */
export class Config {
  constructor(entries: Iterable<[string, string]>);
  /** The value of `key`, if it is set. */
  get(key: string): string | undefined;
  /** `true` or `false`. */
  boolean(key: string, fallback: boolean): boolean;
  integer(key: string, fallback: number, expected?: string): number | bigint;
  float(key: string, fallback: number, expected?: string): number;
  /** A list of strings, `["a", "b"]`, or names separated by commas, `"a, b"`: without the blanks around them and without
   *  empty ones, in the case that they are written in. */
  list(key: string, fallback?: string[]): string[];
  /** Any other value. `parse` gives undefined or null for one that is wrong; `expected` says what would be right. */
  parse<T, D>(key: string, fallback: D, expected: string, parse: (value: string) => T | null | undefined): T | D;
  /** A failure about the value of `key`, to throw; `expected` says what it should be. */
  wrong(key: string, expected: string): Failure;
  /** Throws where a key is set that is not among `known`. */
  allow(...known: string[]): void;
}

/** Why a plugin refuses its configuration, or a whole batch: thrown, and shown to whoever wrote the manifest. */
export class Failure extends Error {
  constructor(code: string, message: string);
  readonly code: string;
}

export interface PluginDefinition<S> {
  name: string;
  version: string;
  /** The columns that it deals with, in the order of the output. Other columns go through untouched, behind them. */
  fields: Field<any>[];
  /** A JSON Schema of its configuration. */
  configSchema?: object;
  /** Reads the configuration, once. Without it, none is allowed. */
  configure?(config: Config): S;
  /** Cleans a row. `settings` is what `configure` returned. */
  clean(row: Row, settings: S): Outcome;
}

/** A plugin over rows, to be exported as `plugin`. */
export function definePlugin<S>(definition: PluginDefinition<S>): Plugin;

/** A plugin over whole columns, to be exported as `plugin`. */
export function defineColumnPlugin(definition: ColumnPlugin): Plugin;

/** What a plugin's file exports. */
export interface Plugin {
  describe(): Descriptor;
  configure(schema: Schema, config: [string, string][]): object;
  transform(batch: Batch, origin: Origin): object;
}

export interface ColumnPlugin {
  describe(): Descriptor;
  /** Prepares for rows of this schema, and answers with that of the output. */
  configure(schema: Schema, config: Config): Schema;
  transform(batch: Batch, origin: Origin): Output;
}

export type Severity = "info" | "warning" | "error";

/** Writes a line to the host's log. It must not hold record content. */
export function log(severity: Severity, message: string): void;

/** Text without the blanks of ASCII around it. */
export function trim(text: string): string;
/** Text with its letters A to Z in lower case, and all others as they are. */
export function lowercase(text: string): string;
/** Text with its letters a to z in capitals, and all others as they are. */
export function uppercase(text: string): string;
/** The parts of a list, trimmed, and without the empty ones. */
export function splitList(text: string, separator: string): string[];
/** The integer that a text is: a sign or none, digits, blanks around. */
export function parseInteger(text: string): number | bigint | null;
/** The number that a text is. */
export function parseNumber(text: string): number | null;
/** `true` or `false`. */
export function parseBoolean(text: string): boolean | null;

// The contract, as in wit/transform.wit.

export type Schema = { name: string; logical: string; nullable: boolean }[];

export interface Descriptor {
  name: string;
  version: string;
  inputs: Schema;
  outputs: Schema;
  configSchema: string;
}

export type Values =
  | { tag: "bytes"; val: { offsets: Uint32Array; data: Uint8Array } }
  | { tag: "integers"; val: BigInt64Array }
  | { tag: "floats"; val: Float64Array }
  | { tag: "booleans"; val: Uint8Array };

export interface Column {
  values: Values;
  /** An Arrow bitmap; empty where no row is null. */
  validity: Uint8Array;
}

export interface Batch {
  rows: number;
  columns: Column[];
}

export interface Origin {
  pipeline: string;
  source: string;
  firstRow: bigint;
  receivedAt: bigint;
}

export interface Finding {
  row: number;
  column?: number;
  severity: Severity;
  code: string;
  message: string;
}

export interface Output {
  rows: number;
  columns: ({ tag: "keep"; val: number } | { tag: "replace"; val: Column })[];
  /** The input row of every output row; undefined where they are the same. */
  sourceRows?: Uint32Array;
  rejected: Uint32Array;
  findings: Finding[];
}

/** The values of a text column; null where a row has none. */
export function decodeText(column: Column, rows: number): (string | null)[];
/** The values of any other column. */
export function decodeValues(column: Column, rows: number): (number | bigint | boolean | null)[];
export function encodeText(values: (string | null)[]): Column;
export function encodeIntegers(values: (number | bigint | null)[]): Column;
export function encodeFloats(values: (number | null)[]): Column;
export function encodeBooleans(values: (boolean | null)[]): Column;
