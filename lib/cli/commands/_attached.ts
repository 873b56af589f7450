/**
 * A terminal, or pipes, attached to a container until its command ends or the user detaches.
 *
 * @module
 */

import { type AttachedCommand, passInput } from "../terminal/attach_streams.ts";
import { enterRawMode } from "../terminal/raw_terminal.ts";

/** How a command is attached. */
export interface SessionOptions {
  /** Whether the container has a terminal. */
  terminal: boolean;
  /** Whether our standard input is passed on. */
  input: boolean;
  /**
   * Whether the end of our input is not the end of the command's: others may attach later.
   *
   * @default false
   */
  keepsInput?: boolean;
  /** Whether our terminal has been made raw already. */
  isRaw?: boolean;
  /** The keys that detach, as bytes; only looked for on a terminal. */
  detachKeys: Uint8Array;
}

/**
 * Stays attached until the command has ended or the user has detached.
 *
 * @param attachment The container.
 * @param options How.
 * @returns The command's exit code; 0 after detaching.
 */
export async function stayAttached(
  attachment: AttachedCommand,
  options: SessionOptions,
): Promise<number> {
  const ownTerminal = options.terminal && Deno.stdin.isTerminal();
  const makeRaw = ownTerminal && options.input && !options.isRaw;
  using _raw = makeRaw ? enterRawMode() : undefined;
  const detached = Promise.withResolvers<undefined>();
  if (options.input) {
    const keys = ownTerminal ? options.detachKeys : new Uint8Array();
    // Reading what nobody may ever type must not hold up the end; where it fails, input has ended.
    passInput(attachment, keys).then(
      (isDetached) => {
        if (isDetached) detached.resolve(undefined);
        else if (!options.keepsInput) attachment.closeInput();
      },
      () => attachment.closeInput(),
    );
  }
  const exitCode = await Promise.race([attachment.exitCode, detached.promise]);
  if (exitCode !== undefined) return exitCode;
  await attachment.leave();
  return 0;
}
