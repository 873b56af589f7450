/**
 * How a template sees JavaScript values: their Go kinds, fields, keys and truth.
 *
 * `undefined` is a value that is not there, `null` is Go's nil. An object is a *struct* when it has
 * keys and all of them begin with a capital, as JSON made from Go structs has; any other object and
 * every `Map` is a *map*. The difference shows where something is missing: a struct without the
 * field is an error, a map without the key gives `<no value>`.
 *
 * @module
 */

/** An empty list that is nil: `null` as JSON. */
export const NIL_SLICE: readonly unknown[] = Object.freeze([]);

/** An empty map that is nil: `null` as JSON. */
export const NIL_MAP: ReadonlyMap<string, unknown> = new Map();

/** The kind of a value. */
export type Kind =
  | "missing"
  | "nil"
  | "bool"
  | "int"
  | "float64"
  | "string"
  | "slice"
  | "map"
  | "struct"
  | "func";

/**
 * Tells a value's kind.
 *
 * @param value Any value.
 * @returns Its kind.
 */
export function kindOf(value: unknown): Kind {
  switch (typeof value) {
    case "undefined":
      return "missing";
    case "boolean":
      return "bool";
    case "bigint":
      return "int";
    case "number":
      return Number.isInteger(value) && Math.abs(value) < 1e20 ? "int" : "float64";
    case "string":
    case "symbol":
      return "string";
    case "function":
      return "func";
    case "object":
      return objectKind(value);
  }
}

function objectKind(value: object | null): Kind {
  if (value === null) return "nil";
  if (Array.isArray(value)) return "slice";
  if (value instanceof Map) return "map";
  const keys = Object.keys(value);
  return keys.length > 0 && keys.every((key) => /^\p{Lu}/u.test(key)) ? "struct" : "map";
}

/**
 * Names a value's type as Go's messages name it.
 *
 * @param value Any value.
 * @returns A type name.
 */
export function typeName(value: unknown): string {
  const kind = kindOf(value);
  switch (kind) {
    case "missing":
    case "nil":
      return "<nil>";
    case "slice":
      return "[]interface {}";
    case "map":
      return "map[string]interface {}";
    default:
      return kind;
  }
}

/**
 * Tells whether `if` and `with` take a value for true: anything but false, zero, nil and empty.
 *
 * @param value Any value.
 * @returns Whether it counts as true.
 */
export function isTrue(value: unknown): boolean {
  switch (kindOf(value)) {
    case "slice":
      return (value as unknown[]).length > 0;
    case "map":
      return entriesOf(value as object).length > 0;
    case "struct":
    case "func":
      return true;
    default:
      return Boolean(value);
  }
}

/**
 * Lists a map's or struct's entries.
 *
 * @param value An object or a `Map`.
 * @returns Keys and values, a map's sorted by key as Go's `range` visits them.
 */
export function entriesOf(value: object): [unknown, unknown][] {
  const entries: [unknown, unknown][] = value instanceof Map
    ? [...value]
    : Object.entries(value).filter(([, element]) => typeof element !== "function");
  if (kindOf(value) === "struct") return entries;
  return entries.sort(([a], [b]) => compareKeys(a, b));
}

function compareKeys(a: unknown, b: unknown): number {
  const [left, right] = typeof a === "number" ? [a, Number(b)] : [String(a), String(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

/**
 * Looks a key up among an object's own properties, so that a template cannot reach prototypes.
 *
 * @param value An object or a `Map`.
 * @param key The field or key.
 * @returns The element, or `undefined` where there is none.
 */
export function elementOf(value: object, key: string): unknown {
  if (value instanceof Map) return value.get(key);
  return Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined;
}
