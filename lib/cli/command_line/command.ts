/**
 * What a command is: data, and a function that runs it.
 *
 * @module
 */

import type { CommandContext } from "./context.ts";
import type { OptionDeclaration, OptionValues } from "./option.ts";

/** How many operands a command takes. */
export interface Arity {
  /** The least number. */
  readonly least: number;
  /** The largest number; absent, any. */
  readonly most?: number;
}

/** The parsed command line of a command. */
export interface CommandArguments<T extends readonly OptionDeclaration[]> {
  /** The options' values by name in camel case. */
  options: OptionValues<T>;
  /** The operands, as many as the arity allows. */
  operands: string[];
}

/** What a command is made of; its names and its summary are the registry's. */
export interface CommandDeclaration<T extends readonly OptionDeclaration[]> {
  /** What follows the name: `[OPTIONS] CONTAINER [CONTAINER...]`. */
  readonly usage: string;
  /** Its options. */
  readonly options: T;
  /** How many operands it takes. */
  readonly arity: Arity;
  /** Whether the first operand ends the options, so that what follows it is passed on untouched. */
  readonly passThrough?: boolean;
  /** Command lines to learn from, for help. */
  readonly examples?: readonly string[];
  /** The exit code of failures without a code of their own; 1 by default. */
  readonly failureCode?: number;
  /**
   * Runs the command.
   *
   * @param args The parsed command line.
   * @param context What the command works with.
   * @returns The exit code.
   */
  run(args: CommandArguments<T>, context: CommandContext): Promise<number>;
}

/** A command whose options' types are known to itself only. */
export type Command = CommandDeclaration<readonly OptionDeclaration[]>;

/**
 * Declares a command; the options' declarations give `run` the types of their values.
 *
 * @param declaration What the command is made of.
 * @returns The command.
 *
 * @example
 * ```ts
 * import { defineCommand } from "./mod.ts";
 *
 * export const stop = defineCommand({
 *   usage: "[OPTIONS] CONTAINER [CONTAINER...]",
 *   options: [{ name: "timeout", short: "t", type: "int", summary: "Seconds to wait", default: 10 }],
 *   arity: { least: 1 },
 *   run: ({ options, operands }, context) => {
 *     for (const name of operands) context.stdout.line(`${name} ${options.timeout}`);
 *     return Promise.resolve(0);
 *   },
 * });
 * ```
 */
export function defineCommand<const T extends readonly OptionDeclaration[]>(
  declaration: CommandDeclaration<T>,
): Command {
  // The parser makes the values from the same declarations, so they have the types `run` expects.
  return declaration as unknown as Command;
}
