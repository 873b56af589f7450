/**
 * The commands there are, without loading any of them.
 *
 * @module
 */

import type { Command } from "./command.ts";
import { nearest } from "./nearest.ts";

/** A command the program has. */
export interface CommandEntry {
  /**
   * Everything it is called, a group's name in front: `image ls`, `image list`, `images`. Of the
   * names in one group the first is the one help shows.
   */
  readonly names: readonly [string, ...string[]];
  /** An imperative, with a capital and without a full stop. */
  readonly summary: string;
  /** Whether help lists it first. */
  readonly common?: boolean;
  /** Whether help leaves it out. */
  readonly hidden?: boolean;
  /**
   * Loads the command's module.
   *
   * @returns The command.
   */
  load(): Promise<Command>;
}

/** Commands about one kind of object. */
export interface CommandGroup {
  /** Its name: `image`. */
  readonly name: string;
  /** What it is for: `Manage images`. */
  readonly summary: string;
}

/** All commands of a program. */
export interface Registry {
  /** The program's name. */
  readonly program: string;
  /** Its version. */
  readonly version: string;
  /** What it is, in one line. */
  readonly summary: string;
  /** The groups. */
  readonly groups: readonly CommandGroup[];
  /** The commands; the common ones are listed in this order. */
  readonly commands: readonly CommandEntry[];
}

/** What the words of a command line name. */
export type Resolved =
  | { kind: "command"; entry: CommandEntry; name: string; args: string[] }
  | { kind: "group"; group: CommandGroup; args: string[] }
  | { kind: "unknown"; written: string; suggestion: string | undefined };

/**
 * Finds the command that words name.
 *
 * @param registry The commands.
 * @param words The first word and what follows it.
 * @returns The command and its arguments; a group where no command of it is named; or nothing.
 */
export function resolve(registry: Registry, words: readonly string[]): Resolved {
  const [first = "", second, ...others] = words;
  const group = registry.groups.find(({ name }) => name === first);
  if (group === undefined) return named(registry, first, words.slice(1));
  if (second === undefined || second.startsWith("-")) {
    return { kind: "group", group, args: words.slice(1) };
  }
  return named(registry, `${first} ${second}`, others);
}

function named(registry: Registry, written: string, args: string[]): Resolved {
  const entry = registry.commands.find(({ names }) => names.includes(written));
  if (entry === undefined) {
    return { kind: "unknown", written, suggestion: suggest(registry, written) };
  }
  const name = nameIn(entry, groupOf(written)) ?? written;
  return { kind: "command", entry, name, args };
}

function suggest(registry: Registry, written: string): string | undefined {
  const visible = registry.commands.filter(({ hidden }) => !hidden);
  const names = [...visible.flatMap(({ names }) => names), ...registry.groups.map(nameOf)];
  const group = groupOf(written);
  return nearest(written, names.filter((name) => groupOf(name) === group));
}

function nameOf({ name }: CommandGroup): string {
  return name;
}

/**
 * Gives the group a command's name begins with.
 *
 * @param name A command's name.
 * @returns The group's name; empty for a command of the program itself.
 */
export function groupOf(name: string): string {
  return name.includes(" ") ? name.slice(0, name.indexOf(" ")) : "";
}

/**
 * Gives the name under which a group lists a command.
 *
 * @param entry The command.
 * @param group The group's name; empty for the program itself.
 * @returns The first of its names in that group, or `undefined` where it has none.
 */
export function nameIn(entry: CommandEntry, group: string): string | undefined {
  return entry.names.find((name) => groupOf(name) === group);
}
