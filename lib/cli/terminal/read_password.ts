/**
 * Reading a password that does not show.
 *
 * @module
 */

import { setTerminalSettings, silentSettings, terminalSettings } from "../../../ffi/mod.ts";
import type { ProcessContext } from "../command_line/mod.ts";
import { readLine } from "../read_line.ts";

const STDIN = 0;

/**
 * Asks for a password on the terminal.
 *
 * @param context Where to ask; its standard input is a terminal.
 * @param prompt The question.
 * @returns The password.
 * @throws The signal's reason, when the user ends the command instead.
 */
export async function readPassword(context: ProcessContext, prompt: string): Promise<string> {
  const before = terminalSettings(STDIN);
  const restore = () => setTerminalSettings(STDIN, before);
  setTerminalSettings(STDIN, silentSettings(before));
  // However the process ends, but by SIGKILL, the terminal shows again what is typed.
  globalThis.addEventListener("unload", restore);
  try {
    context.stderr.write(prompt);
    return await readLine(context.stdin.readable, context.signal);
  } finally {
    globalThis.removeEventListener("unload", restore);
    restore();
  }
}
