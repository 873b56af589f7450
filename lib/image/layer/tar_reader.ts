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
import { checkMap, readOldMap, readPaxMap, type SparseMap } from "./sparse.ts";
import { BLOCK_SIZE, decodeTarHeader, isZeroBlock, type TarHeader } from "./tar_header.ts";

/** A file's header with all that extended headers say of it. */
export interface TarEntry extends TarHeader {
  /** Records of the pax extended header; `path`, `linkpath`, `size`, `uid`, `gid` are applied. */
  pax: PaxRecords;
  /** Where the content goes, if the archive has only parts of the file. */
  sparse?: SparseMap;
}

/** An extended header is read into memory at once, so its size is limited, as Go's reader does. */
const MAX_EXTENDED_HEADER = 1024 * 1024;
/** A line in the map of a sparse file is one number. */
const MAX_MAP_LINE = 20;
const NEWLINE = 0x0a;
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
  #oldMap: SparseMap | undefined;

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
          return await this.#withSparseMap(
            this.#entry(header, longName, longLink, pax ?? new Map()),
          );
      }
    }
  }

  /**
   * Reads some more of the current entry's content.
   *
   * @param atMost How many bytes, at most.
   * @returns A piece, valid until the next call; undefined at the content's end.
   * @throws {EngineError} The archive is cut short (`invalid`).
   */
  async read(atMost = Infinity): Promise<Uint8Array | undefined> {
    if (this.#content === 0) return undefined;
    if (this.#offset === this.#chunk.length && !await this.#fill()) throw cutShort();
    const end = this.#offset + Math.min(this.#content, atMost);
    const piece = this.#chunk.subarray(this.#offset, end);
    this.#offset += piece.length;
    this.#content -= piece.length;
    return piece;
  }

  readonly #mapReader = {
    block: async (): Promise<Uint8Array> => {
      const block = await this.#block();
      if (block === undefined) throw cutShort();
      return block;
    },
    line: () => this.#line(),
    align: async (): Promise<void> => {
      // The content began with a block, so what is left of it shows how far the next one is.
      const rest = (this.#content + this.#padding) % BLOCK_SIZE;
      await this.#skip(rest);
      this.#content -= rest;
    },
  };

  async #line(): Promise<Uint8Array> {
    const line: number[] = [];
    while (line.length < MAX_MAP_LINE && this.#content > 0) {
      if (this.#offset === this.#chunk.length && !await this.#fill()) throw cutShort();
      const byte = this.#chunk[this.#offset++]!;
      this.#content--;
      if (byte === NEWLINE) break;
      line.push(byte);
    }
    return new Uint8Array(line);
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
    // The block is gone once more is read, and the map goes on in blocks before the content.
    if (header.type === "S") this.#oldMap = await this.#readOldMap(block.slice());
    return header;
  }

  async #readOldMap(block: Uint8Array): Promise<SparseMap> {
    const content = this.#content;
    this.#content = 0;
    const map = await readOldMap(block, this.#mapReader);
    this.#content = content;
    return map;
  }

  /** Adds the map of a sparse file, and takes the map off the content where it is stored there. */
  async #withSparseMap(entry: TarEntry): Promise<TarEntry> {
    const map = entry.type === "S" ? this.#oldMap : await readPaxMap(entry.pax, this.#mapReader);
    this.#oldMap = undefined;
    if (map === undefined) return entry;
    checkMap(map, this.#content);
    const name = paxValue(entry.pax, "GNU.sparse.name");
    return {
      ...entry,
      type: "0",
      size: map.size,
      sparse: map,
      ...(name !== undefined && { name: toByteString(name) }),
    };
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
