// Text as Sluice understands it: blanks, digits and cases of ASCII only, alike in every language. The shortcuts take the
// engine's own functions where these give the same.

const isBlank = (code) => code === 32 || (code >= 9 && code <= 13);

/** Text without the blanks of ASCII around it. */
export function trim(text) {
  const trimmed = text.trim();
  // It takes blanks of all scripts: if it took none, there are none of ASCII.
  if (trimmed.length === text.length) return text;
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

/** The parts of a list: trimmed, and without the empty ones. */
export function splitList(text, separator) {
  if (text.includes(separator)) return text.split(separator).map(trim).filter(Boolean);
  const only = trim(text);
  return only === "" ? [] : [only];
}

/** Text with its letters A to Z in lower case. */
export function lowercase(text) {
  const lower = text.toLowerCase();
  if (lower === text || !/[^\0-\x7f]/.test(text)) return lower;
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** Text with its letters a to z in capitals. */
export function uppercase(text) {
  const upper = text.toUpperCase();
  if (upper === text || !/[^\0-\x7f]/.test(text)) return upper;
  return text.replace(/[a-z]+/g, (letters) => letters.toUpperCase());
}

/** The integer that a text is: a sign or none, digits, blanks around; of 64 bits. A bigint where no number is equal to
 *  it, and null where the text is none. */
export function parseInteger(text) {
  const number = +text;
  if (number === (number | 0) && `${number}` === text) return number;
  const digits = trim(text);
  if (!/^[+-]?[0-9]+$/.test(digits)) return null;
  if (Number.isSafeInteger(+digits)) return +digits + 0;
  const integer = BigInt(digits[0] === "+" ? digits.slice(1) : digits);
  return BigInt.asIntN(64, integer) === integer ? integer : null;
}

/** The number that a text is, null where it is none. */
export function parseNumber(text) {
  const digits = trim(text);
  if (/^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?$/i.test(digits)) return +digits;
  const special = /^([+-]?)(?:(inf|infinity)|nan)$/i.exec(digits);
  return special && (special[2] ? +`${special[1]}Infinity` : NaN);
}

/** The boolean that a text is: `true` or `false`, and null where it is neither. */
export function parseBoolean(text) {
  const word = trim(text);
  return word === "true" ? true : word === "false" ? false : null;
}
