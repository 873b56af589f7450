/**
 * Asking before something is deleted.
 *
 * @module
 */

import type { ProcessContext } from "./command_line/mod.ts";
import { readLine } from "./read_line.ts";

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
