/**
 * `--security-opt`, and how it is shown.
 *
 * @module
 */

import { EngineError } from "../../errors.ts";
import { parseJson } from "../../json.ts";
import { type SecuritySettings, UNCONFINED } from "./security_settings.ts";

const NO_NEW_PRIVILEGES = "no-new-privileges";
/** Docker's word for the default seccomp profile. */
const BUILTIN = "builtin";
const TRUE = ["1", "t", "T", "TRUE", "true", "True"];
const FALSE = ["0", "f", "F", "FALSE", "false", "False"];

/**
 * Reads options, later ones over earlier ones.
 *
 * @param options Options as `KEY=VALUE`, of older times `KEY:VALUE`.
 * @param readFile Reads a file.
 * @returns What they ask for.
 * @throws {EngineError} `invalid`: there is no such option, or its file cannot be read.
 */
export function parseSecurityOptions(
  options: readonly string[],
  readFile: (path: string) => string = Deno.readTextFileSync,
): SecuritySettings {
  const settings: SecuritySettings = {};
  for (const option of options) applyOption(settings, option, readFile);
  return settings;
}

function applyOption(
  settings: SecuritySettings,
  option: string,
  readFile: (path: string) => string,
): void {
  const at = option.includes("=") ? option.indexOf("=") : option.indexOf(":");
  const [key, value] = at === -1 ? [option, ""] : [option.slice(0, at), option.slice(at + 1)];
  if (key === NO_NEW_PRIVILEGES) {
    settings.noNewPrivileges = at === -1 || truth(value, option);
    return;
  }
  if (value === "") throw invalidOption(option);
  switch (key) {
    case "seccomp":
      if (value === BUILTIN) delete settings.seccomp;
      else settings.seccomp = value === UNCONFINED ? value : readProfile(value, readFile);
      return;
    case "apparmor":
      settings.apparmor = value;
      return;
    case "label":
      settings.label = [...settings.label ?? [], value];
      return;
    case "systempaths":
      if (value !== UNCONFINED) throw invalidOption(option);
      settings.unconfinedPaths = true;
      return;
    default:
      throw invalidOption(option);
  }
}

function truth(text: string, option: string): boolean {
  if (TRUE.includes(text)) return true;
  if (FALSE.includes(text)) return false;
  throw invalidOption(option);
}

function invalidOption(option: string): EngineError {
  return new EngineError(
    `Cannot create the container: invalid --security-opt: ${JSON.stringify(option)}`,
    { kind: "invalid" },
  );
}

/** Without its white space: it is kept with the container. What it says is checked by the engine. */
function readProfile(path: string, readFile: (path: string) => string): string {
  try {
    return JSON.stringify(parseJson(readFile(path)));
  } catch (error) {
    const failed = error instanceof SyntaxError
      ? `compacting json for seccomp profile (${path}) failed`
      : `opening seccomp profile (${path}) failed`;
    throw new EngineError(failed, { kind: "invalid", cause: error });
  }
}

/**
 * Writes down what is asked for, as Docker's `inspect` shows it.
 *
 * @param security What is asked for.
 * @returns Options as `KEY=VALUE`.
 */
export function securityOptionTexts(security: SecuritySettings): string[] {
  const { apparmor, label = [], noNewPrivileges, seccomp } = security;
  return [
    ...noNewPrivileges ? [NO_NEW_PRIVILEGES] : [],
    ...seccomp === undefined ? [] : [`seccomp=${seccomp}`],
    ...apparmor === undefined ? [] : [`apparmor=${apparmor}`],
    ...label.map((part) => `label=${part}`),
  ];
}
