/**
 * Running a command in a new container to its end.
 *
 * @module
 */

import type { Containers } from "../containers.ts";
import type { CreateContainerOptions } from "../create/options.ts";

/** What a command run to its end has left. */
export interface CollectedRun {
  /** Its code, or 128 and the signal's number. */
  exitCode: number;
  /** What it wrote to its standard output. */
  stdout: Uint8Array<ArrayBuffer>;
  /** What it wrote to its standard error. */
  stderr: Uint8Array<ArrayBuffer>;
}

/** Options of {@linkcode Engine.run}, besides the image and the command. */
export type RunOptions =
  & Omit<CreateContainerOptions, "image" | "command" | "provisional" | "terminal">
  & {
    /** What the command reads from its standard input. */
    stdin?: Uint8Array;
  };

/**
 * Runs a command in a new container to its end and collects what it writes.
 *
 * @param containers The engine's.
 * @param image The image: a name, an id, or the beginning of one.
 * @param command The command and its arguments; the image's where there are none.
 * @param options What else is asked of the container.
 * @returns What the command has left.
 * @throws {EngineError} It cannot be run.
 */
export async function collectRun(
  containers: Containers,
  image: string,
  command: readonly string[],
  { stdin, ...wanted }: RunOptions,
): Promise<CollectedRun> {
  const openStdin = stdin !== undefined;
  const { id } = await containers.create({
    ...{ ...wanted, image, command, openStdin },
    provisional: true,
  });
  const chunks: Record<"stdout" | "stderr", Uint8Array<ArrayBuffer>[]> = { stdout: [], stderr: [] };
  const attachment = await containers.startAttached(id, {
    owner: true,
    onOutput: (stream, bytes) => void chunks[stream].push(bytes.slice()),
  });
  if (stdin) {
    await attachment.write(stdin);
    await attachment.closeInput();
  }
  const exitCode = await attachment.exitCode;
  const [stdout, stderr] = await Promise.all(
    [chunks.stdout, chunks.stderr].map((parts) => new Blob(parts).bytes()),
  );
  return { exitCode, stdout: stdout!, stderr: stderr! };
}
