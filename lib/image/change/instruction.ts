/**
 * Changing an image's configuration by Dockerfile instructions, as `commit -c` and `import -c` do.
 *
 * @module
 * @see https://docs.docker.com/reference/dockerfile/
 */

import { EngineError } from "../../errors.ts";
import { nearestName } from "../../nearest_name.ts";
import type { ContainerDefaults } from "../spec/config.ts";
import { expandWord, splitWords } from "./dockerfile_words.ts";
import { parseHealthcheck } from "./healthcheck_instruction.ts";

/** A configuration that is being changed. */
type Draft = { -readonly [Key in keyof ContainerDefaults]: ContainerDefaults[Key] };

/** What an instruction works on. */
interface Change {
  /** The configuration so far. */
  draft: Draft;
  /** What follows the instruction's name. */
  rest: string;
  /** Whether an instruction before has set the command. */
  isCommandSet: boolean;
}

const DEFAULT_SHELL = ["/bin/sh", "-c"];
const INSTRUCTIONS: Readonly<Record<string, (change: Change) => void>> = {
  CMD: ({ draft, rest }) => {
    draft.Cmd = command(draft, rest);
  },
  ENTRYPOINT: ({ draft, isCommandSet, rest }) => {
    draft.Entrypoint = command(draft, rest);
    // A command was made for the entrypoint it came with.
    if (!isCommandSet) draft.Cmd = [];
  },
  ENV: ({ draft, rest }) => {
    const variables = new Map((draft.Env ?? []).map((text) => [text.split("=", 1)[0]!, text]));
    for (const [name, value] of pairs(draft, rest)) variables.set(name, `${name}=${value}`);
    draft.Env = [...variables.values()];
  },
  EXPOSE: ({ draft, rest }) => {
    const ports = splitWords(rest).flatMap((word) => portRange(expand(draft, word)));
    draft.ExposedPorts = { ...draft.ExposedPorts, ...set(ports) };
  },
  HEALTHCHECK: ({ draft, rest }) => {
    draft.Healthcheck = parseHealthcheck(rest, (text) => words(text));
  },
  LABEL: ({ draft, rest }) => {
    draft.Labels = { ...draft.Labels, ...Object.fromEntries(pairs(draft, rest)) };
  },
  ONBUILD: ({ draft, rest }) => {
    const name = rest.split(/\s/, 1)[0]!.toUpperCase();
    if (name === "ONBUILD") {
      throw new SyntaxError("Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed");
    }
    if (name === "MAINTAINER" || name === "FROM") {
      throw new SyntaxError(`${name} isn't allowed as an ONBUILD trigger`);
    }
    draft.OnBuild = [...draft.OnBuild ?? [], rest];
  },
  STOPSIGNAL: ({ draft, rest }) => {
    draft.StopSignal = single(draft, rest);
  },
  USER: ({ draft, rest }) => {
    draft.User = single(draft, rest);
  },
  VOLUME: ({ draft, rest }) => {
    const paths = words(rest) ?? splitWords(rest);
    const expanded = paths.map((path) => expand(draft, path).trim());
    if (expanded.includes("")) throw new SyntaxError("VOLUME specified can not be an empty string");
    draft.Volumes = { ...draft.Volumes, ...set(expanded) };
  },
  WORKDIR: ({ draft, rest }) => {
    draft.WorkingDir = joined(draft.WorkingDir ?? "/", single(draft, rest));
  },
};

/**
 * Changes a configuration.
 *
 * @param defaults The configuration.
 * @param changes Dockerfile instructions, one or several lines each.
 * @returns The new configuration.
 * @throws {EngineError} `invalid`: an instruction is unknown, not for this purpose, or wrong.
 */
export function applyChanges(
  defaults: ContainerDefaults,
  changes: readonly string[],
): ContainerDefaults {
  const draft: Draft = { ...defaults };
  let isCommandSet = false;
  for (const line of changes.flatMap(instructionLines)) {
    const [, name, rest] = /^(\S+)\s*(.*)$/s.exec(line)!;
    const instruction = name!.toUpperCase();
    const apply = Object.hasOwn(INSTRUCTIONS, instruction) && INSTRUCTIONS[instruction];
    if (!apply) throw unknown(line, name!);
    if (rest === "") throw refuse(line, `${instruction} requires at least one argument`);
    try {
      apply({ draft, rest: rest!, isCommandSet });
    } catch (error) {
      throw error instanceof SyntaxError ? refuse(line, error.message) : error;
    }
    isCommandSet ||= instruction === "CMD";
  }
  return Object.fromEntries(Object.entries(draft).filter(([, value]) => !isEmpty(value)));
}

/** Lines that are neither empty nor comments, those that end with a backslash joined. */
function instructionLines(text: string): string[] {
  return text.replaceAll(/\\[ \t]*\n/g, "").split("\n").map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
}

/** An exec form as it is; the shell form as arguments of a shell. */
function command(draft: Draft, rest: string): string[] {
  return words(rest) ?? [...draft.Shell ?? DEFAULT_SHELL, rest];
}

/** The words of a JSON array; what is not one, Docker takes for the shell form. */
function words(rest: string): string[] | undefined {
  if (!rest.startsWith("[")) return undefined;
  try {
    const list: unknown = JSON.parse(rest);
    const isWords = Array.isArray(list) && list.every((word) => typeof word === "string");
    return isWords ? list : undefined;
  } catch {
    return undefined;
  }
}

/** `name=value` each, or one `name value`, as ENV and LABEL began. */
function pairs(draft: Draft, rest: string): [name: string, value: string][] {
  const [first, ...more] = splitWords(rest);
  if (!first!.includes("=")) {
    if (more.length === 0) throw new SyntaxError(`${first} must have two arguments`);
    const value = rest.slice(rest.indexOf(first!) + first!.length).trim();
    return [[expand(draft, first!), expand(draft, value)]];
  }
  return [first!, ...more].map((word) => {
    const equals = word.indexOf("=");
    if (equals < 0) {
      throw new SyntaxError(
        `Syntax error - can't find = in "${word}". Must be of the form: name=value`,
      );
    }
    if (equals === 0) throw new SyntaxError("names can not be blank");
    return [expand(draft, word.slice(0, equals)), expand(draft, word.slice(equals + 1))];
  });
}

function single(draft: Draft, rest: string): string {
  return expand(draft, rest);
}

function expand({ Env = [] }: Draft, word: string): string {
  return expandWord(
    word,
    (name) => Env.find((text) => text.startsWith(`${name}=`))?.slice(name.length + 1),
  );
}

const MAX_PORT = 65_535;

function portRange(text: string): string[] {
  const [, first, last = first, protocol = "tcp"] =
    /^(\d+)(?:-(\d+))?(?:\/(tcp|udp|sctp))?$/i.exec(text) ?? [];
  const [from, to] = [Number(first), Number(last)];
  if (!(from >= 1 && from <= to && to <= MAX_PORT)) {
    throw new SyntaxError(`Invalid containerPort: ${text}`);
  }
  return Array.from({ length: to - from + 1 }, (_, n) => `${from + n}/${protocol.toLowerCase()}`);
}

function set(names: readonly string[]): Record<string, Record<string, never>> {
  return Object.fromEntries(names.map((name) => [name, {}]));
}

function joined(base: string, path: string): string {
  const names: string[] = [];
  for (const name of (path.startsWith("/") ? path : `${base}/${path}`).split("/")) {
    if (name === "..") names.pop();
    else if (name !== "" && name !== ".") names.push(name);
  }
  return `/${names.join("/")}`;
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === "" || (Array.isArray(value) && value.length === 0) ||
    (typeof value === "object" && Object.keys(value as object).length === 0);
}

function unknown(line: string, name: string): EngineError {
  const nearest = nearestName(name.toUpperCase(), Object.keys(INSTRUCTIONS));
  const hint = nearest ? `, did you mean ${nearest}?` : "";
  return refuse(line, `${name.toLowerCase()} is not a valid change command${hint}`);
}

function refuse(line: string, state: string): EngineError {
  return new EngineError(`Cannot apply the change "${line}": ${state}`, { kind: "invalid" });
}
