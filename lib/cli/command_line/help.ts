/**
 * The help texts, made from the declarations of commands.
 *
 * @module
 */

import type { Command } from "./command.ts";
import type { OptionDeclaration } from "./option.ts";
import { optionTable } from "./option_table.ts";
import { type CommandEntry, type CommandGroup, nameIn, type Registry } from "./registry.ts";

/** The least width of the column of commands' names. */
const LEAST_NAME_WIDTH = 12;

/**
 * Writes a command's help.
 *
 * @param registry The program it belongs to.
 * @param entry Its names and summary.
 * @param name The name it was called by.
 * @param command What it is made of.
 * @param columns The width to fit, in characters.
 * @returns Lines, each ended by a line feed.
 */
export function commandHelp(
  registry: Registry,
  entry: CommandEntry,
  name: string,
  command: Command,
  columns: number,
): string {
  const { program } = registry;
  const names = entry.names.map((alias) => `${program} ${alias}`).join(", ");
  const options = optionTable(command.options, columns);
  return sections([
    usageLine(registry, name, command),
    entry.summary,
    entry.names.length > 1 ? `Aliases:\n  ${names}` : "",
    options && `Options:\n${options}`,
    command.examples ? `Examples:\n${command.examples.map((line) => `  ${line}`).join("\n")}` : "",
  ]);
}

/**
 * Writes a command's usage line.
 *
 * @param registry The program it belongs to.
 * @param name The name it was called by.
 * @param command What it is made of.
 * @returns The line, without a line feed.
 */
export function usageLine(registry: Registry, name: string, command: Command): string {
  return `Usage:  ${registry.program} ${name} ${command.usage}`.trimEnd();
}

/**
 * Writes a group's help.
 *
 * @param registry The program it belongs to.
 * @param group The group.
 * @returns Lines, each ended by a line feed.
 */
export function groupHelp(registry: Registry, group: CommandGroup): string {
  const path = `${registry.program} ${group.name}`;
  const commands = visible(registry, group.name).sort(byName);
  return sections([
    `Usage:  ${path} COMMAND`,
    group.summary,
    listing("Commands", commands),
    `Run '${path} COMMAND --help' for more information on a command.`,
  ]);
}

/**
 * Writes the program's help.
 *
 * @param registry The program.
 * @param globalOptions The options that stand before a command.
 * @param columns The width to fit, in characters.
 * @returns Lines, each ended by a line feed.
 */
export function programHelp(
  registry: Registry,
  globalOptions: readonly OptionDeclaration[],
  columns: number,
): string {
  const { program, summary, groups } = registry;
  const commons = registry.commands.filter(({ common }) => common);
  const isOther = ({ entry }: Item): boolean => !entry?.common;
  return sections([
    `Usage:  ${program} [OPTIONS] COMMAND`,
    summary,
    listing("Common Commands", visible({ ...registry, commands: commons }, "")),
    listing("Management Commands", [...groups].sort(byName)),
    listing("Commands", visible(registry, "").filter(isOther).sort(byName)),
    `Global Options:\n${optionTable(globalOptions, columns)}`,
    `Run '${program} COMMAND --help' for more information on a command.`,
  ]);
}

/** A line of a list of commands. */
interface Item {
  name: string;
  summary: string;
  entry?: CommandEntry;
}

function visible({ commands }: Registry, group: string): Item[] {
  return commands.filter(({ hidden }) => !hidden).flatMap((entry) => {
    const name = nameIn(entry, group);
    if (name === undefined) return [];
    return [{ name: name.slice(name.indexOf(" ") + 1), summary: entry.summary, entry }];
  });
}

function listing(title: string, items: readonly Item[]): string {
  if (items.length === 0) return "";
  const width = Math.max(LEAST_NAME_WIDTH, ...items.map(({ name }) => name.length + 1));
  const lines = items.map(({ name, summary }) => `  ${name.padEnd(width)}${summary}`);
  return `${title}:\n${lines.join("\n")}`;
}

function byName(a: { name: string }, b: { name: string }): number {
  return a.name < b.name ? -1 : 1;
}

/** Puts an empty line between the sections that are there. */
function sections(parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join("\n\n") + "\n";
}
