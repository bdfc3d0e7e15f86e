// What a plugin declares about its columns. A declaration is also the handle by which a row gets at its column, and holds
// what the row needs of the batch at hand, so that a getter is two or three steps.

/** One column that a plugin deals with. Made by `text`, `integer` and so on. */
export class Field {
  constructor(name, logical, kind, { aliases = [], required = false, made = false, consumed = false } = {}) {
    this.name = name;
    this.logical = logical;
    this.kind = kind;
    this.aliases = aliases;
    this.nullable = !required;
    this.read = !made;
    this.written = !consumed;

    /** The column of the input, or -1; and of the output, which a finding names. Both of `configure`. */
    this.index = -1;
    this.position = undefined;
    /** The column of the batch, if there is one; its values, once somebody asks; and the output's, once one is set. */
    this.column = null;
    this.strings = null;
    this.values = null;
    this.output = null;
  }

  /** Name and type as the contract has them. */
  describe() {
    return { name: this.name, logical: this.logical, nullable: this.nullable };
  }
}

export const text = (name, options) => new Field(name, "text", "text", options);
export const json = (name, options) => new Field(name, "json", "text", options);
export const decimal = (name, precision, scale, options) =>
  new Field(name, `decimal(${precision},${scale})`, "text", options);
export const integer = (name, options) => new Field(name, "integer", "integer", options);
export const float = (name, options) => new Field(name, "float", "float", options);
export const boolean = (name, options) => new Field(name, "boolean", "boolean", options);
export const timestamp = (name, options) => new Field(name, "timestamp", "timestamp", options);
export const date = (name, options) => new Field(name, "date", "date", options);

/** Finds the column of `schema` for each field: by its exact name, then by a name that differs in case and punctuation,
 *  then by its aliases in order. No column serves two fields. */
export function findColumns(fields, schema) {
  const plain = schema.map((column) => plainName(column.name));
  const found = new Array(fields.length).fill(-1);
  const pass = (matches) => {
    fields.forEach((field, i) => {
      if (!field.read || found[i] >= 0) return;
      found[i] = schema.findIndex((_, column) => !found.includes(column) && matches(field, column));
    });
  };
  pass((field, column) => schema[column].name === field.name);
  pass((field, column) => plain[column] === plainName(field.name));
  const mostAliases = Math.max(0, ...fields.map((field) => field.aliases.length));
  for (let i = 0; i < mostAliases; i++) {
    pass((field, column) => i < field.aliases.length && plain[column] === plainName(field.aliases[i]));
  }
  return found;
}

/** A column's name without what people write differently: letters and digits in lower case, nothing else. A name without
 *  either is what it is. */
function plainName(name) {
  return Array.from(name.replace(NO_LETTERS, ""), (letter) => letter.toLowerCase()).join("") || name;
}

/** Blanks, punctuation, accents on their own and symbols. The engine has no tables for `\p{L}`. */
const NO_LETTERS = new RegExp(
  "[\\0-/:-@[-`{-\\xa9\\xab-\\xb1\\xb4\\xb6-\\xb8\\xbb\\xbf\\xd7\\xf7\\u0300-\\u036f\\u2000-\\u206f\\u20a0-\\u20cf" +
    "\\u2190-\\u245f\\u2500-\\u2bff\\u3000-\\u3004\\u3008-\\u3020\\u3030\\ufe00-\\ufe0f\\ufeff\\uff01-\\uff0f\\ufffd" +
    "\\u{1f000}-\\u{1faff}]",
  "gu",
);
