/**
 * Where commands that take archives read them from: a file, or standard input.
 *
 * @module
 */

import { EngineError } from "../errors.ts";
import type { CommandContext } from "./command_line/mod.ts";

/** Bytes read at once. */
const PIECE_SIZE = 1024 * 1024;

/**
 * Opens a file for reading.
 *
 * @param path The file.
 * @returns Its bytes; a piece is gone once the next one is asked for. It is closed with the last one,
 * or when nobody wants any more.
 * @throws {EngineError} `notFound`, `invalid`: there is no such file, or it is a directory.
 */
export function readFilePieces(path: string): AsyncIterable<Uint8Array> {
  let file: Deno.FsFile;
  try {
    file = Deno.openSync(path);
  } catch (cause) {
    const isMissing = cause instanceof Deno.errors.NotFound;
    const state = isMissing ? `: open ${path}: no such file or directory` : "";
    throw new EngineError(`Cannot read "${path}"${state}`, {
      kind: isMissing ? "notFound" : "system",
      ...!isMissing && { cause },
    });
  }
  if (file.statSync().isDirectory) {
    file.close();
    throw new EngineError(`Cannot read "${path}": it is a directory`, { kind: "invalid" });
  }
  return piecesOf(file);
}

async function* piecesOf(opened: Deno.FsFile): AsyncGenerator<Uint8Array, void> {
  using file = opened;
  const buffer = new Uint8Array(PIECE_SIZE);
  for (let length = await file.read(buffer); length !== null; length = await file.read(buffer)) {
    yield buffer.subarray(0, length);
  }
}

/**
 * Reads standard input.
 *
 * @param verb What the command does, for the message: `load`.
 * @param context What the command works with.
 * @returns What comes in.
 * @throws {EngineError} `invalid`: it is a terminal, from which no archive comes.
 */
export function readStandardInput(
  verb: string,
  { stdin }: CommandContext,
): AsyncIterable<Uint8Array> {
  if (!stdin.isTerminal()) return stdin.readable;
  throw new EngineError(`requested ${verb} from stdin, but stdin is empty`, { kind: "invalid" });
}

/**
 * Downloads a file.
 *
 * @param url Its address.
 * @param signal Ends the download.
 * @returns Its bytes.
 */
export async function* fetchPieces(
  url: string,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  const response = await get(url, signal);
  if (!response.ok) {
    await response.body?.cancel();
    throw new EngineError(
      `Cannot download "${url}": the server answers ${response.status} ${response.statusText}`,
      { kind: response.status === 404 ? "notFound" : "unavailable" },
    );
  }
  const announced = Number(response.headers.get("content-length") ?? NaN);
  const isEncoded = response.headers.has("content-encoding");
  let received = 0;
  for await (const piece of response.body ?? []) {
    received += piece.length;
    yield piece;
  }
  if (isEncoded || Number.isNaN(announced) || announced === received) return;
  throw new EngineError(`Cannot download "${url}": ${received} of ${announced} bytes came`, {
    kind: "unavailable",
  });
}

async function get(url: string, signal: AbortSignal): Promise<Response> {
  try {
    return await fetch(url, { signal });
  } catch (cause) {
    signal.throwIfAborted();
    throw new EngineError(`Cannot download "${url}"`, { kind: "unavailable", cause });
  }
}
