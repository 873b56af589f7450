/**
 * C strings and arrays of them.
 *
 * @module
 */

const encoder = new TextEncoder();

/**
 * Encodes text as a NUL-terminated UTF-8 string.
 *
 * @param text Text without NUL.
 * @returns The bytes, the final NUL included.
 * @throws {TypeError} The text holds a NUL, which would cut it short.
 */
export function cString(text: string): Uint8Array<ArrayBuffer> {
  if (text.includes("\0")) throw new TypeError(`Cannot pass "${text}" to the kernel: it holds NUL`);
  return encoder.encode(text + "\0") as Uint8Array<ArrayBuffer>;
}

/** What arrays of pointers point into: it must live as long as they do. */
const targets = new WeakMap<BigUint64Array, Uint8Array[]>();

/**
 * Encodes `char *const argv[]`, ended by a null pointer.
 *
 * @param strings The array's strings.
 * @returns The pointer array; what it points into lives as long as it does.
 */
export function cStringArray(strings: readonly string[]): BigUint64Array<ArrayBuffer> {
  const keep = strings.map(cString);
  const pointers = new BigUint64Array(strings.length + 1);
  keep.forEach((buffer, index) => {
    pointers[index] = BigInt(Deno.UnsafePointer.value(Deno.UnsafePointer.of(buffer)));
  });
  targets.set(pointers, keep);
  return pointers;
}
