/**
 * Connecting the user's streams and signals to a container.
 *
 * @module
 */

import { onUserSignal, Signal, type SignalName } from "../../../ffi/mod.ts";
import type { Attachment } from "../../engine/mod.ts";
import { BrokenPipeError } from "../text_output.ts";
import { DetachScanner } from "./detach_keys.ts";
import { currentTerminalSize } from "./raw_terminal.ts";

// What a person or a service manager may send; the rest is about this process itself. SIGUSR1 comes on
// a way of its own, past the runtime's debugger.
const PASSED_ON: readonly SignalName[] = [
  "SIGHUP",
  "SIGINT",
  "SIGQUIT",
  "SIGTERM",
  "SIGUSR2",
  "SIGALRM",
  "SIGCONT",
];

const BUFFER_SIZE = 32 << 10;

/** A command that our streams and signals can be connected to. */
export type AttachedCommand = Pick<
  Attachment,
  "closeInput" | "exitCode" | "leave" | "resize" | "signal" | "write"
>;

/**
 * Writes a container's output to our own streams.
 *
 * @param stream Which.
 * @param bytes The output.
 * @returns When it is written.
 * @throws {BrokenPipeError} Nobody reads it any more.
 */
export async function writeOutput(stream: "stdout" | "stderr", bytes: Uint8Array): Promise<void> {
  try {
    for (let at = 0; at < bytes.length;) at += await Deno[stream].write(bytes.subarray(at));
  } catch (error) {
    if (error instanceof Deno.errors.BrokenPipe) throw new BrokenPipeError();
    throw error;
  }
}

/**
 * Passes our standard input on, to its end or until the detach keys are pressed.
 *
 * @param attachment The container.
 * @param detachKeys The keys, as bytes; none where they are not looked for.
 * @returns Whether they were pressed.
 */
export async function passInput(
  attachment: AttachedCommand,
  detachKeys: Uint8Array,
): Promise<boolean> {
  const scanner = detachKeys.length > 0 ? new DetachScanner(detachKeys) : undefined;
  const buffer = new Uint8Array(BUFFER_SIZE);
  for (let count; (count = await Deno.stdin.read(buffer)) !== null;) {
    const input = buffer.subarray(0, count);
    const { pass, detached } = scanner?.scan(input) ?? { pass: input, detached: false };
    if (pass.length > 0) await attachment.write(pass);
    if (detached) return true;
  }
  return false;
}

/** What {@linkcode passSignals} passes on. */
export interface PassedSignals {
  /** Whether the command has a terminal, which is ours: changes of its size. */
  terminal: boolean;
  /** Whether signals are passed on as such. */
  signals: boolean;
}

/**
 * Passes signals on to the container's command, and with a terminal changes of its size.
 *
 * @param attachment The container, or one that is about to be attached to: signals wait for it, where
 * they would otherwise end this process alone.
 * @param passed Which of both.
 * @returns Stops that.
 */
export function passSignals(
  attachment: AttachedCommand | Promise<AttachedCommand>,
  { signals, terminal }: PassedSignals,
): Disposable {
  const pass = (what: (attached: AttachedCommand) => Promise<void>) => async () => {
    let attached: AttachedCommand;
    try {
      attached = await attachment;
    } catch {
      // Whoever starts it gets the error.
      return;
    }
    await what(attached);
  };
  const listeners = new Map<Deno.Signal, () => void>();
  for (const name of signals ? PASSED_ON : []) {
    // The terminal is gone, and the container can be attached to from another one.
    if (terminal && name === "SIGHUP") continue;
    listeners.set(name as Deno.Signal, pass((attached) => attached.signal(Signal[name])));
  }
  if (terminal) {
    listeners.set("SIGWINCH", pass((attached) => attached.resize(currentTerminalSize())));
  }
  for (const [signal, listener] of listeners) Deno.addSignalListener(signal, listener);
  const userSignal = signals
    ? onUserSignal(pass((attached) => attached.signal(Signal.SIGUSR1)))
    : undefined;
  return {
    [Symbol.dispose]: () => {
      userSignal?.[Symbol.dispose]();
      for (const [signal, listener] of listeners) Deno.removeSignalListener(signal, listener);
    },
  };
}
