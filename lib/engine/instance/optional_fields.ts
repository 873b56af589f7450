/**
 * Fields that are left out of JSON where they are empty, and that templates find all the same: what
 * Go's `omitempty` means in Docker's `inspect`.
 *
 * @module
 */

/** The fields of an object by name. */
export type Fields = Record<string, unknown>;

/**
 * Adds fields to an object; those that are empty are not enumerable.
 *
 * @param fields The object, which is changed.
 * @param optional The fields to add.
 * @returns The object.
 */
export function withOptional(fields: Fields, optional: Fields): Fields {
  for (const [name, value] of Object.entries(optional)) {
    const enumerable = !isEmpty(value);
    Object.defineProperty(fields, name, { value, enumerable, configurable: true, writable: true });
  }
  return fields;
}

function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined || value === "") return true;
  return typeof value === "object" && Object.keys(value).length === 0;
}
