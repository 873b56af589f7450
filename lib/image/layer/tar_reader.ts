/**
 * Reading a tar archive as it streams in, byte for byte.
 *
 * Why its own reader: names and attributes are bytes, and the npm readers decode them as UTF-8. That
 * breaks file capabilities (cap_setuid is the byte 0x80) and non-UTF-8 names.
 *
 * @module
 */

import { EngineError } from "../../errors.ts";
import { toByteString } from "./byte_string.ts";
import { decodePax, paxInteger, type PaxRecords } from "./pax.ts";
import { BLOCK_SIZE, decodeTarHeader, isZeroBlock, type TarHeader } from "./tar_header.ts";

/** A file's header with all that extended headers say of it. */
export interface TarEntry extends TarHeader {
  /** Records of the pax extended header; `path`, `linkpath`, `size`, `uid`, `gid` are applied. */
  pax: PaxRecords;
}

/** An extended header is read into memory at once, so its size is limited, as Go's reader does. */
const MAX_EXTENDED_HEADER = 1024 * 1024;
/** Types whose size is not the size of anything that follows. */
const WITHOUT_CONTENT = "123456";

/** Reads the entries of an archive and the content of each, in turn. */
export class TarReader {
  readonly #source: AsyncIterator<Uint8Array>;
  #chunk: Uint8Array = new Uint8Array();
  #offset = 0;
  /** How much of the current entry's content, and of the zeros after it, is still to come. */
  #content = 0;
  #padding = 0;

  /**
   * Starts reading.
   *
   * @param source The archive's bytes, in pieces of any size.
   */
  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /**
   * Reads the next entry's header, passing over what is left of the one before.
   *
   * @returns The header; undefined at the archive's end, when all bytes of the source are read.
   * @throws {EngineError} The archive is corrupt or cut short (`invalid`).
   */
  async next(): Promise<TarEntry | undefined> {
    let longName: Uint8Array | undefined;
    let longLink: Uint8Array | undefined;
    let pax: PaxRecords | undefined;
    for (;;) {
      const header = await this.#header();
      if (header === undefined) return undefined;
      switch (header.type) {
        case "L":
          longName = untilNul(await this.#extendedHeader());
          break;
        case "K":
          longLink = untilNul(await this.#extendedHeader());
          break;
        case "x":
          pax = decodePax(await this.#extendedHeader());
          break;
        case "g":
          // For all entries that follow. Nothing puts there what a layer needs (`git archive` puts
          // a comment), and other engines ignore it too.
          break;
        default:
          return this.#entry(header, longName, longLink, pax ?? new Map());
      }
    }
  }

  /**
   * Reads some more of the current entry's content.
   *
   * @returns A piece, valid until the next call; undefined at the content's end.
   * @throws {EngineError} The archive is cut short (`invalid`).
   */
  async read(): Promise<Uint8Array | undefined> {
    if (this.#content === 0) return undefined;
    if (this.#offset === this.#chunk.length && !await this.#fill()) throw cutShort();
    const piece = this.#chunk.subarray(this.#offset, this.#offset + this.#content);
    this.#offset += piece.length;
    this.#content -= piece.length;
    return piece;
  }

  /** Ends the source, whether or not all of it was read. */
  async close(): Promise<void> {
    await this.#source.return?.();
  }

  async #header(): Promise<TarHeader | undefined> {
    await this.#skip(this.#content + this.#padding);
    this.#content = this.#padding = 0;
    const block = await this.#block();
    if (block === undefined) return undefined;
    if (isZeroBlock(block)) return await this.#end();
    const header = decodeTarHeader(block);
    this.#expect(WITHOUT_CONTENT.includes(header.type) ? 0 : header.size);
    return header;
  }

  #entry(
    header: TarHeader,
    longName: Uint8Array | undefined,
    longLink: Uint8Array | undefined,
    pax: PaxRecords,
  ): TarEntry {
    const entry: TarEntry = { ...header, pax };
    const path = paxValue(pax, "path") ?? longName;
    const linkPath = paxValue(pax, "linkpath") ?? longLink;
    if (path !== undefined) entry.name = toByteString(path);
    if (linkPath !== undefined) entry.linkName = toByteString(linkPath);
    for (const key of ["size", "uid", "gid"] as const) {
      const value = paxValue(pax, key);
      if (value !== undefined) entry[key] = paxInteger(value);
    }
    if (WITHOUT_CONTENT.includes(entry.type)) entry.size = 0;
    this.#expect(entry.size);
    return entry;
  }

  #expect(size: number): void {
    if (size < 0) {
      throw new EngineError("Cannot read the tar archive: an entry's size is negative", {
        kind: "invalid",
      });
    }
    this.#content = size;
    this.#padding = (BLOCK_SIZE - size % BLOCK_SIZE) % BLOCK_SIZE;
  }

  async #extendedHeader(): Promise<Uint8Array> {
    if (this.#content > MAX_EXTENDED_HEADER) {
      throw new EngineError(
        `Cannot read the tar archive: an extended header has ${this.#content} bytes, ` +
          `more than the ${MAX_EXTENDED_HEADER} allowed`,
        { kind: "invalid" },
      );
    }
    const bytes = new Uint8Array(this.#content);
    for (let at = 0; at < bytes.length;) {
      const piece = (await this.read())!;
      bytes.set(piece, at);
      at += piece.length;
    }
    return bytes;
  }

  /** Two zero blocks end an archive; what follows (tars pad to 10 KiB) is of no interest. */
  async #end(): Promise<undefined> {
    const block = await this.#block();
    if (block !== undefined && !isZeroBlock(block)) {
      throw new EngineError(
        "Cannot read the tar archive: it holds a block of zeros, then goes on",
        {
          kind: "invalid",
        },
      );
    }
    // To the last byte: the layer's digest is over all of them.
    do this.#offset = this.#chunk.length; while (await this.#fill());
  }

  /** Reads 512 bytes; undefined when there are none. */
  async #block(): Promise<Uint8Array | undefined> {
    if (this.#chunk.length - this.#offset >= BLOCK_SIZE) {
      return this.#chunk.subarray(this.#offset, this.#offset += BLOCK_SIZE);
    }
    const block = new Uint8Array(BLOCK_SIZE);
    for (let at = 0; at < BLOCK_SIZE;) {
      if (this.#offset === this.#chunk.length && !await this.#fill()) {
        if (at === 0) return undefined;
        throw cutShort();
      }
      const piece = this.#chunk.subarray(this.#offset, this.#offset + BLOCK_SIZE - at);
      block.set(piece, at);
      at += piece.length;
      this.#offset += piece.length;
    }
    return block;
  }

  async #skip(length: number): Promise<void> {
    for (let left = length; left > 0;) {
      if (this.#offset === this.#chunk.length && !await this.#fill()) throw cutShort();
      const step = Math.min(left, this.#chunk.length - this.#offset);
      this.#offset += step;
      left -= step;
    }
  }

  /** Takes the next piece from the source, when the one before is used up. */
  async #fill(): Promise<boolean> {
    do {
      const result = await this.#source.next();
      if (result.done) return false;
      this.#chunk = result.value;
      this.#offset = 0;
    } while (this.#chunk.length === 0);
    return true;
  }
}

/** An empty value takes back what another header said. */
function paxValue(pax: PaxRecords, key: string): Uint8Array | undefined {
  const value = pax.get(key);
  return value?.length === 0 ? undefined : value;
}

function untilNul(bytes: Uint8Array): Uint8Array {
  const end = bytes.indexOf(0);
  return end === -1 ? bytes : bytes.subarray(0, end);
}

function cutShort(): EngineError {
  return new EngineError("Cannot read the tar archive: it is cut short", { kind: "invalid" });
}
