/**
 * The content of a blob that is pushed.
 *
 * @module
 */

import { EngineError } from "../../errors.ts";
import type { BodySource } from "../registry/http_transport.ts";

/** Gives a blob's bytes as often as they have to be sent. */
export interface BlobContent {
  /** Why the stream of the whole blob broke off, where that was not the network's fault. */
  readonly failure: unknown;
  /**
   * Reads some bytes.
   *
   * @param offset Where they begin.
   * @param length How many.
   * @returns The bytes.
   * @throws {EngineError} They cannot be had.
   */
  read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
  /**
   * Opens the whole blob.
   *
   * @param onSent Told how many bytes have been taken so far.
   * @returns Opens it anew at each call.
   */
  open(onSent: (sent: number) => void): BodySource;
}

// Enough for few calls, little enough for several blobs at a time.
const READ_BYTES = 256 * 1024;

/** Content in memory. */
export class MemoryContent implements BlobContent {
  /** Memory does not fail. */
  readonly failure = undefined;
  readonly #bytes: Uint8Array<ArrayBuffer>;

  /**
   * Takes the content.
   *
   * @param bytes All of it.
   */
  constructor(bytes: Uint8Array<ArrayBuffer>) {
    this.#bytes = bytes;
  }

  /** See {@linkcode BlobContent.read}. */
  read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    return Promise.resolve(this.#bytes.subarray(offset, offset + length));
  }

  /** See {@linkcode BlobContent.open}. */
  open(onSent: (sent: number) => void): BodySource {
    const bytes = this.#bytes;
    return () =>
      new ReadableStream({
        pull(controller) {
          controller.enqueue(bytes);
          controller.close();
          onSent(bytes.length);
        },
      }, { highWaterMark: 0 });
  }
}

/** Content of a file of the store. */
export class FileContent implements BlobContent {
  readonly #path: string;
  #failure: unknown;

  /**
   * Names the file; it is opened when its content is asked for.
   *
   * @param path The file; its content never changes, but it may be removed.
   */
  constructor(path: string) {
    this.#path = path;
  }

  /** What reading the file failed of, while it was streamed. */
  get failure(): unknown {
    return this.#failure;
  }

  /** See {@linkcode BlobContent.read}. */
  async read(offset: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    using file = await this.#open();
    await file.seek(offset, Deno.SeekMode.Start);
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length;) {
      const count = await file.read(bytes.subarray(at));
      // A file that was cut: the registry will find that its digest is wrong.
      if (count === null) return bytes.subarray(0, at);
      at += count;
    }
    return bytes;
  }

  /** See {@linkcode BlobContent.open}. */
  open(onSent: (sent: number) => void): BodySource {
    return () => this.#stream(onSent);
  }

  #stream(onSent: (sent: number) => void): ReadableStream<Uint8Array<ArrayBuffer>> {
    let file: Deno.FsFile | undefined;
    let sent = 0;
    const close = () => {
      file?.close();
      file = undefined;
    };
    return new ReadableStream({
      pull: async (controller) => {
        try {
          // Opened here: a stream that nobody reads is never cancelled either.
          file ??= await this.#open();
          const buffer = new Uint8Array(READ_BYTES);
          const count = await file.read(buffer);
          if (count !== null) {
            controller.enqueue(buffer.subarray(0, count));
            return onSent(sent += count);
          }
          close();
          controller.close();
        } catch (error) {
          close();
          this.#failure = error;
          throw error;
        }
      },
      cancel: close,
    }, { highWaterMark: 0 });
  }

  async #open(): Promise<Deno.FsFile> {
    try {
      return await Deno.open(this.#path);
    } catch (error) {
      const state = error instanceof Deno.errors.NotFound ? "it was removed meanwhile" : undefined;
      throw new EngineError(`Cannot read blob "${this.#path}"${state ? `: ${state}` : ""}`, {
        kind: state ? "notFound" : "system",
        ...!state && { cause: error },
      });
    }
  }
}
