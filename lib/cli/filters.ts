/**
 * The `--filter` option of lists.
 *
 * @module
 */

import { UsageError } from "./command_line/usage_error.ts";

/**
 * Reads conditions of the form `NAME=VALUE`.
 *
 * @param texts What was given, one text each time the option was.
 * @returns The values by name.
 * @throws {UsageError} One has another form.
 */
export function parseFilters(texts: readonly string[]): Record<string, string[]> {
  const filters: Record<string, string[]> = {};
  for (const text of texts) {
    const [, name, value] = /^([^=]+?)=(.*)$/s.exec(text) ?? [];
    if (name === undefined || value === undefined) {
      throw new UsageError(
        `invalid argument "${text}" for "-f, --filter" flag: invalid filter: it must be NAME=VALUE`,
      );
    }
    const key = name.trim().toLowerCase();
    (filters[key] ??= []).push(value.trim());
  }
  return filters;
}
