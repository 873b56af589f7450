/**
 * Reads the values of options.
 *
 * @module
 */

import { describeError, EngineError } from "../../errors.ts";
import { parseBytes, parseDuration } from "../units.ts";
import { type OptionDeclaration, optionFlags, type OptionTypes } from "./option.ts";
import { UsageError } from "./usage_error.ts";

/** The spellings of a switch's value that Docker takes. */
const TRUE = new Set(["1", "t", "T", "TRUE", "true", "True"]);
const FALSE = new Set(["0", "f", "F", "FALSE", "false", "False"]);

const READERS: {
  [Type in Exclude<keyof OptionTypes, "list">]: (text: string) => OptionTypes[Type];
} = {
  bool: readBoolean,
  string: (text) => text,
  int: readInteger,
  decimal: readDecimal,
  bytes: parseBytes,
  duration: parseDuration,
};

/**
 * Reads the text given to an option.
 *
 * @param option The option; a list's texts are read one by one.
 * @param text What was given.
 * @returns The value.
 * @throws {UsageError} The text is no value of the option's type.
 */
export function readOptionValue(
  option: OptionDeclaration,
  text: string,
): boolean | string | number {
  try {
    return READERS[option.type === "list" ? "string" : option.type](text);
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    const flags = optionFlags(option);
    throw new UsageError(`invalid argument "${text}" for "${flags}" flag: ${describeError(error)}`);
  }
}

function readBoolean(text: string): boolean {
  if (TRUE.has(text)) return true;
  if (FALSE.has(text)) return false;
  throw new EngineError("must be true or false", { kind: "invalid" });
}

function readInteger(text: string): number {
  const value = Number(text);
  if (/^[+-]?[0-9]+$/.test(text) && Number.isSafeInteger(value)) return value;
  throw new EngineError("must be a whole number", { kind: "invalid" });
}

function readDecimal(text: string): number {
  if (/^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)$/.test(text)) return Number(text);
  throw new EngineError("must be a number", { kind: "invalid" });
}
