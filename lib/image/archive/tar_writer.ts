/**
 * Writing a tar archive in large pieces.
 *
 * @module
 */

import { read } from "../../../ffi/fd.ts";
import { BLOCK_SIZE } from "../layer/tar_header.ts";
import { encodeMember, type TarMember } from "./tar_member.ts";

/**
 * What a member holds: bytes, the descriptor of a file, read from where it stands, or what fills a
 * buffer and says how many bytes it put there, none at the end.
 */
export type TarContent = Uint8Array | number | ((room: Uint8Array<ArrayBuffer>) => number);

/** Bytes given out at once: reads and writes of this size cost next to nothing beside the copying. */
const PIECE_SIZE = 256 * 1024;

/**
 * Packs files into an archive.
 *
 * Whatever goes in comes out of the same buffer, so memory does not grow with the archive. Everything
 * is synchronous: whoever asks for the pieces decides how often the event loop turns.
 *
 * @example
 * ```ts ignore
 * const writer = new TarWriter();
 * for (const piece of writer.add(member, bytes)) await file.write(piece);
 * for (const piece of writer.end()) await file.write(piece);
 * ```
 */
export class TarWriter {
  readonly #buffer = new Uint8Array(PIECE_SIZE);
  #length = 0;

  /**
   * Adds a file.
   *
   * A file that has become shorter than its `size` is filled up with zeros, of a longer one the
   * beginning is taken, as tar(1) does with files that are written to.
   *
   * @param member The file's header; `size` says how much content is taken.
   * @param content Its content, where it has any.
   * @returns What is ready of the archive; a piece is gone once the next one is asked for.
   * @throws {SyscallError} The content cannot be read.
   */
  *add(member: TarMember, content?: TarContent): Generator<Uint8Array<ArrayBuffer>, void> {
    yield* this.#bytes(encodeMember(member));
    const { size = 0 } = member;
    if (content === undefined || size === 0) return;
    if (content instanceof Uint8Array) yield* this.#bytes(content.subarray(0, size));
    else yield* this.#stream(typeof content === "number" ? reader(content) : content, size);
    yield* this.#zeros((BLOCK_SIZE - size % BLOCK_SIZE) % BLOCK_SIZE);
  }

  /**
   * Adds a file whose content takes waiting for.
   *
   * @param member The file's header.
   * @param content Its content, exactly as long as the header's `size`.
   * @returns What is ready of the archive; a piece is gone once the next one is asked for.
   * @throws {RangeError} The content is of another length; the archive is of no use then.
   */
  async *addStream(
    member: TarMember,
    content: AsyncIterable<Uint8Array>,
  ): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
    const { size = 0 } = member;
    yield* this.#bytes(encodeMember(member));
    let left = size;
    for await (const piece of content) {
      left -= piece.length;
      yield* this.#bytes(piece);
    }
    if (left !== 0) throw new RangeError(`Cannot archive "${member.path}": it changes`);
    yield* this.#zeros((BLOCK_SIZE - size % BLOCK_SIZE) % BLOCK_SIZE);
  }

  /**
   * Ends the archive.
   *
   * @returns The rest of it.
   */
  *end(): Generator<Uint8Array<ArrayBuffer>, void> {
    yield* this.#zeros(2 * BLOCK_SIZE);
    if (this.#length > 0) yield this.#flush();
  }

  #flush(): Uint8Array<ArrayBuffer> {
    const piece = this.#buffer.subarray(0, this.#length);
    this.#length = 0;
    return piece;
  }

  *#bytes(bytes: Uint8Array): Generator<Uint8Array<ArrayBuffer>, void> {
    for (let at = 0; at < bytes.length;) {
      const part = bytes.subarray(at, at + PIECE_SIZE - this.#length);
      this.#buffer.set(part, this.#length);
      this.#length += part.length;
      at += part.length;
      if (this.#length === PIECE_SIZE) yield this.#flush();
    }
  }

  *#stream(
    fill: (room: Uint8Array<ArrayBuffer>) => number,
    size: number,
  ): Generator<Uint8Array<ArrayBuffer>, void> {
    for (let left = size; left > 0;) {
      const length = fill(this.#buffer.subarray(this.#length, this.#length + left));
      if (length === 0) return yield* this.#zeros(left);
      this.#length += length;
      left -= length;
      if (this.#length === PIECE_SIZE) yield this.#flush();
    }
  }

  *#zeros(count: number): Generator<Uint8Array<ArrayBuffer>, void> {
    for (let left = count; left > 0;) {
      const part = Math.min(left, PIECE_SIZE - this.#length);
      this.#buffer.fill(0, this.#length, this.#length += part);
      left -= part;
      if (this.#length === PIECE_SIZE) yield this.#flush();
    }
  }
}

/** Regular files never make a read wait, so there is always an answer. */
function reader(fd: number): (room: Uint8Array<ArrayBuffer>) => number {
  return (room) => read(fd, room) ?? 0;
}
