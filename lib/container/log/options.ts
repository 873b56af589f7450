/**
 * Where a container's output goes, as the options `--log-driver` and `--log-opt` say.
 *
 * @module
 */

import { type EngineError, invalid } from "../../errors.ts";
import type { LogSettings } from "../record/settings.ts";
import type { JsonLogOptions } from "./json_log_writer.ts";
import { checkTag, logAttributes, type LoggedContainer } from "./attributes.ts";

/** Where output is to go, as far as somebody has said. */
export interface LogChoice {
  /** The driver's name; absent, the default. */
  driver?: string | undefined;
  /** Its options. */
  options?: Readonly<Record<string, string>> | undefined;
}

const DEFAULT_DRIVER = "json-file";
const MODES = ["", "blocking", "non-blocking"];
const TRUE = ["1", "t", "T", "TRUE", "true", "True"];
const FALSE = ["0", "f", "F", "FALSE", "false", "False"];
/** Units of sizes; Docker counts these in thousands. */
const SIZE = /^(\d+(?:\.\d*)?|\.\d+) ?([kmgtp])?i?b?$/i;
const POWERS = " kmgtp";

/** Checks an option's value, by the option's name. */
const CHECKS: Readonly<Record<string, (text: string, options: LogSettings["options"]) => void>> = {
  "max-size": (text) => void maxSize(text),
  "max-file": (text) => void maxFiles(text),
  "compress": checkCompress,
  "mode": (text) => {
    if (!MODES.includes(text)) throw invalid(`logger: logging mode not supported: ${text}`);
  },
  "max-buffer-size": (text, { mode }) => {
    if (mode !== "non-blocking") {
      throw invalid("logger: max-buffer-size option is only supported with 'mode=non-blocking'");
    }
    if (size(text) === undefined) {
      throw invalid(`error parsing option max-buffer-size: invalid size: '${text}'`);
    }
  },
  "labels": () => {},
  "labels-regex": checkPattern,
  "env": () => {},
  "env-regex": checkPattern,
  "tag": checkTag,
};

/**
 * Reads the texts given with `--log-opt`.
 *
 * @param texts `NAME=VALUE` each; a name alone has an empty value.
 * @returns The values by name, as yet unchecked.
 */
export function parseLogOptions(texts: readonly string[]): Record<string, string> {
  return Object.fromEntries(texts.map((text) => {
    const equals = text.indexOf("=");
    return equals === -1 ? [text, ""] : [text.slice(0, equals), text.slice(equals + 1)];
  }));
}

/**
 * Decides where a container's output goes.
 *
 * @param choice What was asked for.
 * @param defaults What the configuration says; its options count where its driver does, as in Docker.
 * @returns The driver and its options, checked.
 * @throws {EngineError} `invalid`: there is no such driver or option, or a value cannot be.
 */
export function logSettings(choice: LogChoice = {}, defaults: LogChoice = {}): LogSettings {
  const defaultDriver = defaults.driver || DEFAULT_DRIVER;
  const driver = choice.driver || defaultDriver;
  if (driver === "none") {
    if (Object.keys(choice.options ?? {}).length > 0) {
      throw invalid("invalid logging opts for driver none");
    }
    return { driver, options: {} };
  }
  if (driver !== "json-file") {
    throw invalid(
      `error looking up logging plugin ${driver}: plugin "${driver}" not found, use json-file or none`,
    );
  }
  const inherited = driver === defaultDriver ? defaults.options : {};
  const options = { ...inherited, ...choice.options };
  for (const [name, value] of Object.entries(options)) {
    const check = Object.hasOwn(CHECKS, name) ? CHECKS[name] : undefined;
    if (!check) throw invalid(`unknown log opt '${name}' for json-file log driver`);
    check(value, options);
  }
  return { driver, options };
}

/**
 * Says how a container's log is written.
 *
 * @param container The container, whose log settings were checked.
 * @returns The writer's options.
 */
export function jsonLogOptions(container: LoggedContainer): JsonLogOptions {
  const { options } = container.settings.log;
  const { "max-file": files, "max-size": size } = options;
  return {
    ...size !== undefined && { maxSize: maxSize(size) },
    ...files !== undefined && { maxFiles: maxFiles(files) },
    attributes: logAttributes(container),
  };
}

function maxSize(text: string): number {
  const bytes = size(text);
  if (bytes === undefined) throw uninitialized(`invalid size: '${text}'`);
  if (bytes < 1) throw uninitialized("max-size must be a positive number");
  return bytes;
}

function maxFiles(text: string): number {
  if (!/^[+-]?\d+$/.test(text)) {
    throw uninitialized(`strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`);
  }
  if (Number(text) < 1) throw uninitialized("max-file cannot be less than 1");
  return Number(text);
}

function size(text: string): number | undefined {
  const [all, number, unit = " "] = SIZE.exec(text) ?? [];
  if (all === undefined) return undefined;
  const bytes = Math.trunc(Number(number) * 1000 ** POWERS.indexOf(unit.toLowerCase()));
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

function checkCompress(text: string): void {
  if (FALSE.includes(text)) return;
  if (!TRUE.includes(text)) {
    throw uninitialized(`strconv.ParseBool: parsing ${JSON.stringify(text)}: invalid syntax`);
  }
  throw uninitialized("compress cannot be true: tsd does not compress rotated logs");
}

function checkPattern(text: string): void {
  try {
    new RegExp(text, "u");
  } catch (error) {
    throw uninitialized(`cannot use the pattern '${text}': ${(error as SyntaxError).message}`);
  }
}

/** What Docker says of values that its driver, and not the daemon, refuses. */
function uninitialized(reason: string): EngineError {
  return invalid(`failed to initialize logging driver: ${reason}`);
}
