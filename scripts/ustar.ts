/**
 * Writes ustar archives (POSIX pax(1), "ustar Interchange Format") whose bytes depend on nothing
 * but their content: no owner's name, no clock.
 *
 * @module
 */

const BLOCK = 512;
const encoder = new TextEncoder();

/** A file or folder of an archive. */
export interface UstarEntry {
  /** The path, of 100 bytes at most; a folder's ends with `/`. */
  path: string;
  /** The permission bits. */
  mode: number;
  /** The content; a folder has none. */
  content?: Uint8Array;
}

/**
 * Encodes an entry's header block.
 *
 * @param path The path, of 100 bytes at most; a folder's ends with `/`.
 * @param mode The permission bits.
 * @param size The content's length in bytes.
 * @returns The block of 512 bytes.
 * @throws {RangeError} The path is longer than the format's name field.
 */
export function ustarHeader(path: string, mode: number, size: number): Uint8Array<ArrayBuffer> {
  const block = new Uint8Array(BLOCK);
  const put = (offset: number, text: string) => block.set(encoder.encode(text), offset);
  const octal = (value: number, digits: number) => value.toString(8).padStart(digits, "0") + "\0";
  if (encoder.encode(path).length > 100) {
    throw new RangeError(`Cannot archive "${path}": its path is longer than 100 bytes`);
  }
  put(0, path);
  put(100, octal(mode, 7));
  put(108, octal(0, 7)); // uid
  put(116, octal(0, 7)); // gid
  put(124, octal(size, 11));
  put(136, octal(0, 11)); // modification time
  put(148, "        "); // the checksum counts itself as blanks
  put(156, path.endsWith("/") ? "5" : "0");
  put(257, "ustar\0" + "00");
  const sum = block.reduce((total, byte) => total + byte, 0);
  put(148, octal(sum, 6) + " ");
  return block;
}

/**
 * Tells how many zero bytes follow a content of some length.
 *
 * @param size The content's length in bytes.
 * @returns The number of bytes up to the next full block.
 */
export function ustarPadding(size: number): number {
  return (BLOCK - size % BLOCK) % BLOCK;
}

/**
 * Writes an archive.
 *
 * @param entries Its entries, in order; folders before what is in them.
 * @returns The archive's bytes, in parts.
 * @throws {RangeError} A path is longer than the format's name field.
 */
export function* ustar(entries: Iterable<UstarEntry>): Generator<Uint8Array<ArrayBuffer>> {
  for (const { path, mode, content = new Uint8Array() } of entries) {
    yield ustarHeader(path, mode, content.length);
    yield content as Uint8Array<ArrayBuffer>;
    yield new Uint8Array(ustarPadding(content.length));
  }
  yield new Uint8Array(2 * BLOCK);
}
