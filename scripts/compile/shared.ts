/**
 * What the files of the bundle share: errors are told apart by their class, and there is one errno.
 *
 * @module
 */

export * from "../../ffi/_libc.ts";
export * from "../../ffi/error.ts";
export * from "../../lib/errors.ts";
