/**
 * Decompressing zstd by the system's libzstd, on the runtime's pool threads. Every Debian, Ubuntu and
 * Fedora has it: their package managers need it.
 *
 * Why not `node:zlib`: Deno 2.9's reads one frame only, takes data that is cut short for complete,
 * and corrupt data ends the process by an error nobody can catch; older ones have none.
 *
 * @module
 */

// size_t ZSTD_decompressStream(ZSTD_DStream *zds, ZSTD_outBuffer *output, ZSTD_inBuffer *input);
// ZSTD_DStream *ZSTD_createDStream(void);   size_t ZSTD_freeDStream(ZSTD_DStream *zds);
// unsigned ZSTD_isError(size_t code);       const char *ZSTD_getErrorName(size_t code);
//                                              https://facebook.github.io/zstd/zstd_manual.html
const SYMBOLS = {
  ZSTD_createDStream: { parameters: [], result: "pointer" },
  ZSTD_freeDStream: { parameters: ["pointer"], result: "usize" },
  ZSTD_decompressStream: {
    parameters: ["pointer", "buffer", "buffer"],
    result: "usize",
    nonblocking: true,
  },
  ZSTD_isError: { parameters: ["usize"], result: "u32" },
  ZSTD_getErrorName: { parameters: ["usize"], result: "pointer" },
} as const satisfies Deno.ForeignLibraryInterface;

type Library = Deno.DynamicLibrary<typeof SYMBOLS>["symbols"];

/** Fields of `ZSTD_inBuffer` and `ZSTD_outBuffer`: `void *data; size_t size; size_t pos` (zstd.h). */
const Field = { DATA: 0, SIZE: 1, POSITION: 2, COUNT: 3 } as const;

let library: Library | undefined;

/** Decompresses one zstd stream, of one frame or several. */
export class ZstdDecompressor implements Disposable {
  readonly #library: Library;
  readonly #stream: Deno.PointerValue;
  readonly #output = fields();
  readonly #input = fields();
  #isComplete = true;

  /**
   * Makes a decompressor; {@linkcode ZstdDecompressor.open} does where there may be no library.
   *
   * @param symbols The library.
   */
  private constructor(symbols: Library) {
    this.#library = symbols;
    this.#stream = symbols.ZSTD_createDStream();
  }

  /**
   * Makes a decompressor.
   *
   * @returns It; undefined where the system has no libzstd.
   */
  static open(): ZstdDecompressor | undefined {
    try {
      library ??= Deno.dlopen("libzstd.so.1", SYMBOLS).symbols;
    } catch {
      return undefined;
    }
    return new ZstdDecompressor(library);
  }

  /** Whether what was decompressed so far ends where a frame does. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  /**
   * Decompresses some more, on another thread: neither array may be touched, nor this be disposed,
   * until it is done. One call at a time.
   *
   * @param input What comes next in the stream.
   * @param output Where to.
   * @returns How many bytes were taken and given; when the output is full there may be more to come,
   * though all input was taken.
   * @throws {Error} The data is corrupt; the message is libzstd's.
   */
  async decompress(
    input: Uint8Array<ArrayBuffer>,
    output: Uint8Array<ArrayBuffer>,
  ): Promise<{ consumed: number; produced: number }> {
    this.#input.set([address(input), BigInt(input.length), 0n]);
    this.#output.set([address(output), BigInt(output.length), 0n]);
    const wanted = await this.#library.ZSTD_decompressStream(
      this.#stream,
      this.#output,
      this.#input,
    );
    if (this.#library.ZSTD_isError(wanted) !== 0) throw this.#error(wanted);
    const consumed = Number(this.#input[Field.POSITION]);
    const produced = Number(this.#output[Field.POSITION]);
    // Without input or output it says what the next frame begins with.
    if (consumed > 0 || produced > 0) this.#isComplete = wanted === 0n;
    return { consumed, produced };
  }

  /** Frees the decompressor's memory; it cannot be used afterwards. */
  [Symbol.dispose](): void {
    this.#library.ZSTD_freeDStream(this.#stream);
  }

  #error(code: bigint): Error {
    const text = this.#library.ZSTD_getErrorName(code);
    return new Error(
      text === null ? `zstd error ${code}` : Deno.UnsafePointerView.getCString(text),
    );
  }
}

/** With a buffer of its own: V8 moves what is in small arrays without. */
function fields(): BigUint64Array<ArrayBuffer> {
  return new BigUint64Array(new ArrayBuffer(Field.COUNT * BigUint64Array.BYTES_PER_ELEMENT));
}

function address(bytes: Uint8Array<ArrayBuffer>): bigint {
  return Deno.UnsafePointer.value(Deno.UnsafePointer.of(bytes));
}
