/**
 * The program in the mode of a command.
 *
 * @module
 */

import { VERSION } from "../version.ts";
import { currentProcess, runCommandLine } from "./command_line/mod.ts";
import { COMMANDS, GROUPS } from "./commands/mod.ts";

const SUMMARY = "Run containers from images, without a daemon";

/**
 * Runs a command line.
 *
 * @param args The arguments of the program.
 * @returns The exit code.
 */
export function runCli(args: readonly string[]): Promise<number> {
  const registry = {
    program: "tsd",
    version: VERSION,
    summary: SUMMARY,
    groups: GROUPS,
    commands: COMMANDS,
  };
  return runCommandLine(registry, args, currentProcess(new AbortController().signal));
}
