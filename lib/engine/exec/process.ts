/**
 * What a command that joins a container has and is.
 *
 * @module
 */

import { EngineError } from "../../errors.ts";
import { CAPABILITIES } from "../../runtime/user/capabilities.ts";
import type { SpecProcess } from "../../runtime/spec/spec.ts";
import type { ExecOptions } from "./options.ts";

// What Docker gives a command with a terminal.
const TERMINAL_TYPE = "TERM=xterm";

/**
 * Puts together what the container's own command has, and what is asked for.
 *
 * @param container The container's own command.
 * @param command The command and its arguments.
 * @param options What is asked for.
 * @returns The command, as the container's configuration would have it.
 * @throws {EngineError} `invalid`: the working directory is no absolute path.
 */
export function execProcess(
  container: SpecProcess,
  command: readonly string[],
  options: ExecOptions,
): SpecProcess {
  const { privileged = false, terminal = false } = options;
  const cwd = options.workingDirectory || container.cwd;
  if (!cwd.startsWith("/")) {
    throw new EngineError("Cwd must be an absolute path", { kind: "invalid" });
  }
  const all = privileged ? [...CAPABILITIES] : [];
  return {
    ...container,
    args: [...command],
    env: environment(container.env, options),
    cwd,
    terminal,
    ...privileged && { capabilities: { bounding: all, effective: all, permitted: all } },
  };
}

function environment(container: readonly string[], { env = [], terminal }: ExecOptions): string[] {
  const variables = new Map<string, string>();
  for (const variable of [...terminal ? [TERMINAL_TYPE] : [], ...container, ...env]) {
    variables.set(variable.split("=", 1)[0]!, variable);
  }
  return [...variables.values()];
}
