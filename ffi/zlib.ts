/**
 * Decompressing gzip by the system's zlib, on the runtime's pool threads.
 *
 * Why not `node:zlib`: it works on the main thread, which hashes and unpacks meanwhile.
 *
 * @module
 */

// int inflateInit2_(z_stream *strm, int windowBits, const char *version, int stream_size);
// int inflate(z_stream *strm, int flush);   int inflateReset(z_stream *strm);
// int inflateEnd(z_stream *strm);                            https://zlib.net/manual.html
const SYMBOLS = {
  inflateInit2_: { parameters: ["buffer", "i32", "buffer", "i32"], result: "i32" },
  // The result says it all, so errno, which is the pool thread's, is not missed.
  inflate: { parameters: ["buffer", "i32"], result: "i32", nonblocking: true },
  inflateReset: { parameters: ["buffer"], result: "i32" },
  inflateEnd: { parameters: ["buffer"], result: "i32" },
} as const satisfies Deno.ForeignLibraryInterface;

type Library = Deno.DynamicLibrary<typeof SYMBOLS>["symbols"];

/** Size of `z_stream`, and its fields by their number, as 8 or 4 bytes wide (zlib.h, LP64). */
const STREAM_SIZE = 112;
const Pointer = { NEXT_IN: 0, NEXT_OUT: 3, MESSAGE: 6 } as const;
const Count = { AVAILABLE_IN: 2, AVAILABLE_OUT: 8 } as const;
/** The largest window, 15, and 16 for a gzip header and trailer. */
const GZIP_WINDOW = 15 + 16;
/** zlib compares the first digit. */
const VERSION = new TextEncoder().encode("1\0");
const Z_NO_FLUSH = 0;
/** Results of zlib (zlib.h); `BUF_ERROR` says no more than that nothing could be done. */
const Result = { OK: 0, STREAM_END: 1, BUF_ERROR: -5 } as const;

let library: Library | undefined;

/** Decompresses one gzip stream, member by member. */
export class GzipInflater implements Disposable {
  readonly #library: Library;
  // With a buffer of its own: V8 moves what is in small arrays without.
  readonly #stream = new ArrayBuffer(STREAM_SIZE);
  readonly #pointers = new BigUint64Array(this.#stream);
  readonly #counts = new Uint32Array(this.#stream);
  #isAtEnd = false;

  /**
   * Makes an inflater; {@linkcode GzipInflater.open} does where there may be no library.
   *
   * @param symbols The library.
   */
  private constructor(symbols: Library) {
    this.#library = symbols;
    this.#check(symbols.inflateInit2_(this.#pointers, GZIP_WINDOW, VERSION, STREAM_SIZE));
  }

  /**
   * Makes an inflater.
   *
   * @returns It; undefined where the system has no zlib.
   */
  static open(): GzipInflater | undefined {
    try {
      library ??= Deno.dlopen("libz.so.1", SYMBOLS).symbols;
    } catch {
      return undefined;
    }
    return new GzipInflater(library);
  }

  /** Whether the last member read has ended; {@linkcode nextMember} begins another one. */
  get isAtEnd(): boolean {
    return this.#isAtEnd;
  }

  /** Prepares for another member. */
  nextMember(): void {
    this.#check(this.#library.inflateReset(this.#pointers));
    this.#isAtEnd = false;
  }

  /**
   * Decompresses some more, on another thread: neither array may be touched, nor this be disposed,
   * until it is done. One call at a time.
   *
   * @param input What comes next in the stream.
   * @param output Where to.
   * @returns How many bytes were taken and given; less than all when the member or the room ended.
   * @throws {Error} The data is corrupt; the message is zlib's.
   */
  async inflate(
    input: Uint8Array<ArrayBuffer>,
    output: Uint8Array<ArrayBuffer>,
  ): Promise<{ consumed: number; produced: number }> {
    this.#pointers[Pointer.NEXT_IN] = address(input);
    this.#counts[Count.AVAILABLE_IN] = input.length;
    this.#pointers[Pointer.NEXT_OUT] = address(output);
    this.#counts[Count.AVAILABLE_OUT] = output.length;
    const result = await this.#library.inflate(this.#pointers, Z_NO_FLUSH);
    if (result !== Result.BUF_ERROR) this.#check(result);
    this.#isAtEnd = result === Result.STREAM_END;
    // Looking at both here also keeps them alive until now.
    return {
      consumed: input.length - this.#counts[Count.AVAILABLE_IN]!,
      produced: output.length - this.#counts[Count.AVAILABLE_OUT]!,
    };
  }

  /** Frees the inflater's memory; it cannot be used afterwards. */
  [Symbol.dispose](): void {
    this.#library.inflateEnd(this.#pointers);
  }

  #check(result: number): void {
    if (result >= Result.OK) return;
    const text = Deno.UnsafePointer.create(this.#pointers[Pointer.MESSAGE]!);
    throw new Error(
      text === null ? `zlib error ${result}` : Deno.UnsafePointerView.getCString(text),
    );
  }
}

function address(bytes: Uint8Array<ArrayBuffer>): bigint {
  return Deno.UnsafePointer.value(Deno.UnsafePointer.of(bytes));
}
