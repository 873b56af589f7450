/**
 * The errors of compressed data that is not what it should be.
 *
 * @module
 */

import { EngineError } from "../../errors.ts";

/**
 * Makes the error of data that a decompressor refused.
 *
 * @param name The format's name.
 * @param cause What the decompressor said.
 * @returns An error of kind `invalid`.
 */
export function corrupt(name: string, cause: unknown): EngineError {
  return new EngineError(`Cannot decompress the layer: its ${name} data is corrupt`, {
    kind: "invalid",
    cause,
  });
}

/**
 * Makes the error of data that ends too early.
 *
 * @param name The format's name.
 * @returns An error of kind `invalid`.
 */
export function cutShort(name: string): EngineError {
  return new EngineError(`Cannot decompress the layer: its ${name} data is cut short`, {
    kind: "invalid",
  });
}
