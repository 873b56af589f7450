/**
 * The command line: declarations of commands, their parsing, help and errors.
 *
 * @module
 */

export {
  type Arity,
  type Command,
  type CommandArguments,
  type CommandDeclaration,
  defineCommand,
} from "./command.ts";
export {
  type CommandContext,
  currentProcess,
  type ProcessContext,
  type StandardInput,
  type TerminalSize,
} from "./context.ts";
export type { CamelCase, OptionDeclaration, OptionTypes, OptionValues } from "./option.ts";
export type { CommandEntry, CommandGroup, Registry } from "./registry.ts";
export { runCommandLine } from "./run_command_line.ts";
export { UsageError, type UsageErrorOptions } from "./usage_error.ts";
