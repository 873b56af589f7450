/**
 * The command of a container as lists show it.
 *
 * @module
 */

import { containerArguments, type ContainerSettings } from "../../container/record/settings.ts";

/**
 * Writes a container's command and its arguments as Docker does: arguments with a space in them are
 * set in quotes, the command itself never.
 *
 * @param settings The container's.
 * @returns The text, of any length.
 */
export function commandText(settings: ContainerSettings): string {
  const [command = "", ...args] = containerArguments(settings);
  return [command, ...args.map((arg) => arg.includes(" ") ? `'${arg}'` : arg)].join(" ");
}
