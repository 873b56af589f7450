/**
 * Decompressing zstd: by the system's library, or by the `zstd` command where there is none.
 *
 * @module
 */

import { hostProgram } from "../../../ffi/host_program.ts";
import { ZstdDecompressor } from "../../../ffi/zstd.ts";
import { EngineError } from "../../errors.ts";
import { corrupt } from "./corruption.ts";
import { decodeAhead, type Decoder, type DecoderStep } from "./decode_ahead.ts";

/**
 * Decompresses a zstd stream, of one frame or several.
 *
 * @param source The compressed bytes.
 * @param pieceSize Bytes decompressed at once, where the system's library does it.
 * @returns The uncompressed bytes, each piece valid until the next one is asked for.
 * @throws {EngineError} The data is corrupt or cut short (`invalid`), or neither libzstd nor the
 * command is installed (`unavailable`).
 */
export async function* decompressZstd(
  source: AsyncIterable<Uint8Array>,
  pieceSize?: number,
): AsyncGenerator<Uint8Array, void> {
  const decompressor = ZstdDecompressor.open();
  if (decompressor === undefined) return yield* decompressByCommand(source);
  yield* decodeAhead(source, new ZstdDecoder(decompressor), { name: "zstd", pieceSize });
}

class ZstdDecoder implements Decoder {
  readonly #decompressor: ZstdDecompressor;

  constructor(decompressor: ZstdDecompressor) {
    this.#decompressor = decompressor;
  }

  get isComplete(): boolean {
    return this.#decompressor.isComplete;
  }

  decode(
    input: Uint8Array<ArrayBuffer>,
    output: Uint8Array<ArrayBuffer>,
  ): Promise<DecoderStep> {
    return this.#decompressor.decompress(input, output);
  }

  [Symbol.dispose](): void {
    this.#decompressor[Symbol.dispose]();
  }
}

/**
 * Decompresses a zstd stream by the `zstd` command.
 *
 * @param source The compressed bytes.
 * @param command The command.
 * @returns The uncompressed bytes.
 * @throws {EngineError} The data is corrupt or cut short (`invalid`), or the command is not installed
 * (`unavailable`).
 */
export async function* decompressByCommand(
  source: AsyncIterable<Uint8Array>,
  command = "zstd",
): AsyncGenerator<Uint8Array, void> {
  const child = spawn(command);
  let sourceError: { error: unknown } | undefined;
  const feeding = feed(source, child).catch((error) => {
    sourceError = { error };
    child.kill("SIGKILL");
  });
  const complaint = new Response(child.stderr).text();
  let finished = false;
  try {
    yield* child.stdout;
    finished = true;
  } finally {
    if (!finished) child.kill("SIGKILL");
    await Promise.all([feeding, complaint, child.status]);
  }
  if (sourceError !== undefined) throw (sourceError as { error: unknown }).error;
  const status = await child.status;
  if (!status.success) throw corrupt("zstd", new Error((await complaint).trim()));
}

function spawn(command: string): Deno.ChildProcess {
  try {
    return hostProgram(command, {
      args: ["--decompress", "--stdout", "--quiet"],
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  } catch (cause) {
    throw new EngineError(
      'Cannot decompress the layer: it is compressed with zstd; install the package "zstd"',
      { kind: "unavailable", cause },
    );
  }
}

async function feed(source: AsyncIterable<Uint8Array>, child: Deno.ChildProcess): Promise<void> {
  const stdin = child.stdin.getWriter();
  try {
    for await (const piece of source) await stdin.write(piece as Uint8Array<ArrayBuffer>);
    await stdin.close();
  } catch (error) {
    await stdin.abort();
    // The command gave up on the data; its exit status says so.
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}
