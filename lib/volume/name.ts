/**
 * Names of volumes.
 *
 * @module
 */

import { EngineError } from "../errors.ts";

const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/;

/**
 * Checks that a text can name a volume.
 *
 * @param name The text.
 * @throws {EngineError} `invalid`: it cannot.
 */
export function checkVolumeName(name: string): void {
  if (name.length === 1) {
    throw new EngineError(
      `create ${name}: volume name is too short, names should be at least two alphanumeric ` +
        `characters`,
      { kind: "invalid" },
    );
  }
  if (NAME.test(name) && name.length <= 255) return;
  throw new EngineError(
    `create ${name}: "${name}" includes invalid characters for a local volume name, only ` +
      `"[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. If you intended to pass a host directory, use ` +
      `absolute path`,
    { kind: "invalid" },
  );
}

/**
 * Makes up the name of an anonymous volume.
 *
 * @returns 64 hexadecimal digits.
 */
export function generateVolumeName(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
