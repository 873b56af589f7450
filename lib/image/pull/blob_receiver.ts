/**
 * Receiving a blob: into its file, through the hash and on to whoever unpacks it, at once.
 *
 * @module
 */

import { EngineError } from "../../errors.ts";
import { createHasher, type Digest, digestAlgorithm, type Hasher } from "../spec/digest.ts";
import type { Descriptor } from "../spec/manifest.ts";
import { handOver, type PieceSink } from "./hand_over.ts";

/** What {@linkcode BlobReceiver} receives. */
export interface BlobReceiverOptions {
  /** The blob. */
  descriptor: Pick<Descriptor, "digest" | "size">;
  /** The file it is collected in; what an earlier attempt left there is used. */
  path: string;
  /** Pushes the blob's bytes from an offset on; must end soon after its signal is aborted. */
  transfer: (offset: number, sink: PieceSink, signal: AbortSignal) => Promise<void>;
  /** Gets the number of bytes received so far. */
  onProgress?: (received: number) => void;
}

// Enough for the disk to be read in few calls, little enough for several at a time.
const READ_BYTES = 256 * 1024;

/**
 * A blob on its way; iterate over it once to get its bytes.
 *
 * Ending that iteration early does not end the transfer: {@linkcode drain} takes what is left.
 */
export class BlobReceiver implements AsyncIterable<Uint8Array> {
  readonly #options: BlobReceiverOptions;
  readonly #pieces: AsyncGenerator<Uint8Array, void>;
  #received = 0;
  #failure: unknown;

  /**
   * Prepares the transfer; it begins with the first piece asked for.
   *
   * @param options What to receive.
   */
  constructor(options: BlobReceiverOptions) {
    this.#options = options;
    this.#pieces = this.#receive();
  }

  /** What ended the transfer before its time, if anything did. */
  get failure(): unknown {
    return this.#failure;
  }

  /**
   * Gives the pieces one after the other, each gone once the next one is asked for; the last step
   * fails when the whole is not the blob.
   *
   * @returns The iterator.
   */
  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    return { next: () => this.#next() };
  }

  /**
   * Receives what is left.
   *
   * @throws {EngineError} `invalid`: the whole is not the blob.
   */
  async drain(): Promise<void> {
    while (!(await this.#next()).done);
  }

  /** Ends the transfer and closes the file, which stays. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.#pieces.return();
    } catch (error) {
      // The disk's failure, of whose piece nobody has asked for the next: it is not what ended this.
      this.#failure ??= error;
    }
  }

  async #next(): Promise<IteratorResult<Uint8Array, void>> {
    try {
      return await this.#pieces.next();
    } catch (error) {
      this.#failure ??= error;
      throw error;
    }
  }

  async *#receive(): AsyncGenerator<Uint8Array, void> {
    const { descriptor, path, transfer } = this.#options;
    const hasher = await createHasher(digestAlgorithm(descriptor.digest));
    using file = await Deno.open(path, { read: true, write: true, create: true, mode: 0o600 });
    for await (const piece of readStart(file, descriptor.size)) yield this.#pass(piece, hasher);
    if (this.#received < descriptor.size) {
      const offset = this.#received;
      for await (const piece of handOver((sink, signal) => transfer(offset, sink, signal))) {
        // The disk takes the piece while it is unpacked; both need it until the next one is asked for.
        const written = writeAll(file, piece);
        written.catch(() => {}); // it is awaited below, but may fail before that
        try {
          yield this.#pass(piece, hasher);
        } finally {
          await written;
        }
      }
    }
    this.#verify(hasher.digest());
  }

  #pass(piece: Uint8Array, hasher: Hasher): Uint8Array {
    const { digest, size } = this.#options.descriptor;
    hasher.update(piece);
    this.#received += piece.length;
    if (this.#received > size) {
      refuse(digest, `more than the ${size} bytes arrived that its manifest promises`);
    }
    this.#options.onProgress?.(this.#received);
    return piece;
  }

  #verify(actual: Digest): void {
    const { digest, size } = this.#options.descriptor;
    if (this.#received !== size) {
      refuse(digest, `its manifest promises ${size} bytes and ${this.#received} arrived`);
    }
    if (actual !== digest) {
      refuse(digest, `what arrived has digest "${actual}", so it was damaged or replaced`);
    }
  }
}

/** Gives what an earlier attempt received; leaves the file's position behind it. */
async function* readStart(file: Deno.FsFile, size: number): AsyncGenerator<Uint8Array> {
  const { size: present } = await file.stat();
  if (present > size) await file.truncate(0);
  if (present === 0 || present > size) return;
  const buffer = new Uint8Array(READ_BYTES);
  while (true) {
    const count = await file.read(buffer);
    if (count === null) return;
    yield buffer.subarray(0, count);
  }
}

async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
}

function refuse(digest: Digest, state: string): never {
  throw new EngineError(`Cannot download blob "${digest}": ${state}`, { kind: "invalid" });
}
