/**
 * Asking before something is deleted.
 *
 * @module
 */

import type { ProcessContext } from "./command_line/mod.ts";

/**
 * Warns and asks whether to go on.
 *
 * @param context Where to ask; the answer is a line of its standard input.
 * @param warning What will happen.
 * @returns Whether the answer was yes; the end of the input is a no.
 * @throws The signal's reason, when the user ends the command instead.
 */
export async function confirm(context: ProcessContext, warning: string): Promise<boolean> {
  const { stdout, stdin, signal } = context;
  stdout.line(`WARNING! ${warning}`);
  stdout.write("Are you sure you want to continue? [y/N] ");
  const answer = await readLine(stdin.readable, signal);
  return /^y(es)?$/i.test(answer.trim());
}

async function readLine(input: ReadableStream<Uint8Array>, signal: AbortSignal): Promise<string> {
  const reader = input.getReader();
  const decoder = new TextDecoder();
  const aborted = Promise.withResolvers<never>();
  const abort = () => aborted.reject(signal.reason);
  signal.addEventListener("abort", abort);
  let text = "";
  try {
    signal.throwIfAborted();
    while (!text.includes("\n")) {
      const { done, value } = await Promise.race([reader.read(), aborted.promise]);
      if (done) break;
      text += decoder.decode(value, { stream: true });
    }
  } finally {
    signal.removeEventListener("abort", abort);
    reader.releaseLock();
  }
  return text.split("\n", 1)[0]!;
}
