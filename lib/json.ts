/**
 * Reading JSON that others wrote: syntax errors with their line, and checks that turn `unknown` into
 * typed values.
 *
 * @module
 */

/**
 * Parses JSON.
 *
 * @param text The document.
 * @returns Its value, still unchecked.
 * @throws {SyntaxError} It is not JSON; the message ends with the line and column of the mistake.
 */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // V8 names a position in some of its messages only, and quotes the document in others.
    const before = text.slice(0, mistakeOffset(text)).split("\n");
    const column = before.at(-1)!.length + 1;
    throw new SyntaxError(`it is not JSON: mistake in line ${before.length}, column ${column}`, {
      cause: error,
    });
  }
}

/**
 * Checks that a value is an object.
 *
 * @param value The value.
 * @param path Where it was found, for the message.
 * @returns The value.
 * @throws {TypeError} It is not.
 */
export function objectAt(value: unknown, path: string): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw new TypeError(`${path} must be an object`);
}

/**
 * Checks that a value is a string.
 *
 * @param value The value.
 * @param path Where it was found, for the message.
 * @returns The value.
 * @throws {TypeError} It is not.
 */
export function stringAt(value: unknown, path: string): string {
  if (typeof value === "string") return value;
  throw new TypeError(`${path} must be a string`);
}

/**
 * Checks that a value is a whole number that a `number` holds exactly.
 *
 * @param value The value.
 * @param path Where it was found, for the message.
 * @param minimum The least that is allowed.
 * @returns The value.
 * @throws {TypeError} It is not.
 */
export function integerAt(value: unknown, path: string, minimum = 0): number {
  if (Number.isSafeInteger(value) && (value as number) >= minimum) return value as number;
  throw new TypeError(`${path} must be a whole number of at least ${minimum}`);
}

/**
 * Checks that a value is a boolean.
 *
 * @param value The value.
 * @param path Where it was found, for the message.
 * @returns The value.
 * @throws {TypeError} It is not.
 */
export function booleanAt(value: unknown, path: string): boolean {
  if (typeof value === "boolean") return value;
  throw new TypeError(`${path} must be true or false`);
}

/**
 * Checks that a value is a list, and each of its items.
 *
 * @param value The value.
 * @param path Where it was found, for the message.
 * @param item Checks one item.
 * @returns The checked items.
 * @throws {TypeError} It is not a list, or an item is wrong.
 */
export function listAt<T>(
  value: unknown,
  path: string,
  item: (value: unknown, path: string) => T,
): T[] {
  if (!Array.isArray(value)) throw new TypeError(`${path} must be a list`);
  return value.map((each, index) => item(each, `${path}[${index}]`));
}

/**
 * Checks that a value is an object, and each of its members.
 *
 * @param value The value.
 * @param path Where it was found, for the message.
 * @param member Checks one member.
 * @returns The checked members.
 * @throws {TypeError} It is not an object, or a member is wrong.
 */
export function recordAt<T>(
  value: unknown,
  path: string,
  member: (value: unknown, path: string) => T,
): Record<string, T> {
  const entries = Object.entries(objectAt(value, path));
  return Object.fromEntries(entries.map(([key, each]) => [key, member(each, `${path}.${key}`)]));
}

/**
 * Checks a value where it is given; Go programs write `null` for what is not.
 *
 * @param value The value, or undefined or null.
 * @param path Where it was found, for the message.
 * @param check Checks the value.
 * @returns The checked value, or undefined.
 * @throws {TypeError} It is given and wrong.
 */
export function optionalAt<T>(
  value: unknown,
  path: string,
  check: (value: unknown, path: string) => T,
): T | undefined {
  return value === undefined || value === null ? undefined : check(value, path);
}

/** An object without its undefined members: what may be absent is optional. */
export type Compact<T> =
  & { [K in keyof T as undefined extends T[K] ? never : K]: T[K] }
  & { [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined> };

/**
 * Leaves out the members that are undefined.
 *
 * @param object Any object.
 * @returns A copy.
 */
export function compact<T extends object>(object: T): Compact<T> {
  const entries = Object.entries(object).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Compact<T>;
}

const SPACE = /[ \t\n\r]*/y;
const SCALAR =
  // deno-lint-ignore no-control-regex -- RFC 8259, section 7: control characters must be escaped
  /"(?:[^"\\\u0000-\u001f]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4})*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

/** Walks the grammar of RFC 8259 as far as the text follows it. */
function mistakeOffset(text: string): number {
  let at = 0;
  const match = (pattern: RegExp): boolean => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found !== null) at += found[0].length;
    return found !== null;
  };
  const token = (character: string): boolean => {
    match(SPACE);
    if (text[at] !== character) return false;
    at++;
    return true;
  };
  const members = (close: string, member: () => boolean): boolean => {
    if (token(close)) return true;
    do if (!member()) return false; while (token(","));
    return token(close);
  };
  const value = (): boolean => {
    if (token("[")) return members("]", value);
    if (token("{")) {
      return members("}", () => token('"') && --at >= 0 && match(SCALAR) && token(":") && value());
    }
    return match(SCALAR);
  };
  if (value()) match(SPACE);
  return at;
}
