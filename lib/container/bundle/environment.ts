/**
 * A container's environment.
 *
 * @module
 */

import { EngineError } from "../../errors.ts";
import { DEFAULT_PATH } from "../../runtime/spec/default_path.ts";

/** The variable that says where executables are looked for, if an image does not. */
export const DEFAULT_PATH_VARIABLE = `PATH=${DEFAULT_PATH}`;

/**
 * Reads a variable as `-e` has it.
 *
 * @param text `KEY=value`, or `KEY` alone for the value it has here.
 * @param lookUp Looks a variable up here.
 * @returns `KEY=value`; nothing for a `KEY` that is not set here.
 * @throws {EngineError} `invalid`: it has no name.
 */
export function parseVariable(
  text: string,
  lookUp: (name: string) => string | undefined,
): string | undefined {
  const name = text.split("=", 1)[0]!;
  if (name === "" || text.includes("\0")) {
    throw new EngineError(`Cannot set a variable: invalid environment variable: ${text}`, {
      kind: "invalid",
    });
  }
  if (text.includes("=")) return text;
  const value = lookUp(name);
  return value === undefined ? undefined : `${name}=${value}`;
}

/**
 * Reads a file of variables as `--env-file` has it: one a line, `#` begins a comment line.
 *
 * @param path The file, for errors.
 * @param text Its content.
 * @param lookUp Looks a variable up here.
 * @returns `KEY=value` each.
 * @throws {EngineError} `invalid`: a line has no name, or one with white space in it.
 */
export function parseVariableFile(
  path: string,
  text: string,
  lookUp: (name: string) => string | undefined,
): string[] {
  const result: string[] = [];
  text.replace(/^\uFEFF/, "").split(/\r?\n/).forEach((line, index) => {
    const trimmed = line.replace(/^\s+/, "");
    if (trimmed === "" || trimmed.startsWith("#")) return;
    const name = trimmed.split("=", 1)[0]!;
    if (name === "" || /\s/.test(name)) {
      throw new EngineError(
        `Cannot read the variables in "${path}": line ${
          index + 1
        }: poorly formatted environment: ` +
          (name === ""
            ? `no variable name on line '${line}'`
            : `variable '${name}' contains whitespaces`),
        { kind: "invalid" },
      );
    }
    const variable = parseVariable(trimmed, lookUp);
    if (variable !== undefined) result.push(variable);
  });
  return result;
}

/** What a container's environment is made of. */
export interface EnvironmentParts {
  /** The image's variables. */
  image: readonly string[];
  /** The user's, which override the image's. */
  own: readonly string[];
  /** The container's host name. */
  hostname: string;
  /** Whether it has a terminal. */
  terminal: boolean;
}

/**
 * Puts a container's environment together, in Docker's order.
 *
 * @param parts What it is made of.
 * @returns `KEY=value` each; `HOME` is added by init, which knows the user.
 */
export function buildEnvironment(parts: EnvironmentParts): string[] {
  const variables = new Map<string, string>();
  const defaults = [
    DEFAULT_PATH_VARIABLE,
    `HOSTNAME=${parts.hostname}`,
    ...parts.terminal ? ["TERM=xterm"] : [],
  ];
  for (const variable of [...defaults, ...parts.image, ...parts.own]) {
    variables.set(variable.split("=", 1)[0]!, variable);
  }
  return [...variables.values()];
}
