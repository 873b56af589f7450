/**
 * The quick way to the commands that list.
 *
 * They are what people and scripts type most, and do so little that the parsing of the command line
 * would be a third of it. Where nothing but switches follows the command, there is nothing to parse;
 * whatever else there is, or goes wrong, is left to the usual way.
 *
 * @module
 */

import type { Command } from "./command_line/command.ts";
import { currentProcess } from "./command_line/context.ts";
import { camelCase, type OptionDeclaration } from "./command_line/option.ts";
import { images } from "./commands/image/images.ts";
import { ps } from "./commands/container/ps.ts";

const COMMANDS: Readonly<Record<string, Command>> = { images, ps };

/**
 * Runs a command line, if it is a plain one.
 *
 * @param args The arguments of the program, of which the first is the command's name.
 * @returns The exit code; nothing where it is for the usual way to run it, and nothing was done.
 */
export async function runQuick([name = "", ...switches]: readonly string[]): Promise<
  number | undefined
> {
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  const options = command && switchValues(command.options, switches);
  if (!command || !options) return undefined;
  const context = {
    ...currentProcess(new AbortController().signal),
    root: undefined,
    config: undefined,
    isDebug: false,
    debug: () => {},
  };
  try {
    return await command.run({ options, operands: [] }, context);
  } catch {
    // These commands write at their very end. The usual way meets the same, and says so.
    return undefined;
  }
}

/** Values by name in camel case. */
export type SwitchValues = Record<string, boolean | string | number | string[] | undefined>;

/**
 * Finds the options' values where only switches are given.
 *
 * @param options The command's options.
 * @param args What follows its name.
 * @returns The values by name in camel case; nothing where anything else is given.
 */
export function switchValues(
  options: readonly OptionDeclaration[],
  args: readonly string[],
): SwitchValues | undefined {
  const values: SwitchValues = {};
  for (const { name, type, ...option } of options) {
    values[camelCase(name)] = type === "bool" ? false : type === "list" ? [] : option.default;
  }
  for (const word of args.flatMap(splitSwitches)) {
    const option = options.find(({ name, short }) => word === `--${name}` || word === `-${short}`);
    if (option?.type !== "bool") return undefined;
    values[camelCase(option.name)] = true;
  }
  return values;
}

/** `-aq` as `-a -q`. */
function splitSwitches(word: string): string[] {
  return /^-[a-z]{2,}$/i.test(word) ? [...word.slice(1)].map((letter) => `-${letter}`) : [word];
}
