/**
 * Decompressing zstd by the system's libzstd, which every Debian, Ubuntu and Fedora has: their
 * package managers need it.
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
  ZSTD_decompressStream: { parameters: ["pointer", "buffer", "buffer"], result: "usize" },
  ZSTD_isError: { parameters: ["usize"], result: "u32" },
  ZSTD_getErrorName: { parameters: ["usize"], result: "pointer" },
} as const satisfies Deno.ForeignLibraryInterface;

type Library = Deno.DynamicLibrary<typeof SYMBOLS>["symbols"];

/** Fields of `ZSTD_inBuffer` and `ZSTD_outBuffer`: `void *data; size_t size; size_t pos` (zstd.h). */
const Field = { DATA: 0, SIZE: 1, POSITION: 2, COUNT: 3 } as const;
/** Room for the largest block of a frame (RFC 8878, section 3.1.1.2.4). */
const OUTPUT_SIZE = 128 * 1024;

let library: Library | undefined;

/** Decompresses one zstd stream, of one frame or several. */
export class ZstdDecompressor implements Disposable {
  readonly #library: Library;
  readonly #stream: Deno.PointerValue;
  readonly #buffer = new Uint8Array(OUTPUT_SIZE);
  readonly #output = new BigUint64Array(Field.COUNT);
  readonly #input = new BigUint64Array(Field.COUNT);
  #isComplete = true;

  /**
   * Makes a decompressor; {@linkcode ZstdDecompressor.open} does where there may be no library.
   *
   * @param symbols The library.
   */
  private constructor(symbols: Library) {
    this.#library = symbols;
    this.#stream = symbols.ZSTD_createDStream();
    this.#output[Field.DATA] = address(this.#buffer);
    this.#output[Field.SIZE] = BigInt(OUTPUT_SIZE);
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
   * Decompresses what comes next in the stream.
   *
   * @param input Some bytes.
   * @returns What they decompress to, each piece valid until the next.
   * @throws {Error} The data is corrupt; the message is libzstd's.
   */
  *decompress(input: Uint8Array<ArrayBuffer>): Generator<Uint8Array<ArrayBuffer>, void> {
    const size = BigInt(input.length);
    this.#input.set([address(input), size, 0n]);
    let produced = 0;
    // A full output buffer may mean that there is more, though all input is used.
    while (this.#input[Field.POSITION] !== size || produced === OUTPUT_SIZE) {
      this.#output[Field.POSITION] = 0n;
      const wanted = this.#library.ZSTD_decompressStream(this.#stream, this.#output, this.#input);
      if (this.#library.ZSTD_isError(wanted) !== 0) throw this.#error(wanted);
      this.#isComplete = wanted === 0n;
      produced = Number(this.#output[Field.POSITION]);
      if (produced > 0) yield this.#buffer.subarray(0, produced);
    }
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

function address(buffer: Uint8Array<ArrayBuffer>): bigint {
  return Deno.UnsafePointer.value(Deno.UnsafePointer.of(buffer));
}
