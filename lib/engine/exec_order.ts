/**
 * What a command that joins a container is to be.
 *
 * @module
 */

import type { ExecOrder } from "../runtime/exec_messages.ts";
import { CAPABILITIES } from "../runtime/capabilities.ts";
import { Annotation, readSpec, type SpecProcess } from "../runtime/spec.ts";
import type { ExecOptions } from "./exec.ts";

type ExecuteOrder = Extract<ExecOrder, { kind: "execute" }>;

// What Docker gives a command with a terminal.
const TERMINAL_TYPE = "TERM=xterm";

/**
 * Puts the order for a command together: what the container's own command has, and what is asked for.
 *
 * @param bundle The container's folder.
 * @param command The command and its arguments.
 * @param options What is asked for.
 * @param rest What else the order says.
 * @returns The order.
 * @throws {EngineError} `invalid`: the container's configuration cannot be read.
 */
export function execOrder(
  bundle: string,
  command: readonly string[],
  options: ExecOptions,
  rest: Pick<ExecuteOrder, "cgroupFiles" | "nothing">,
): ExecuteOrder {
  const spec = readSpec(bundle);
  const user = options.user || spec.annotations?.[Annotation.USER];
  return {
    kind: "execute",
    process: execProcess(spec.process, command, options),
    ...user !== undefined && { user },
    ...rest,
    endsWithParent: !options.detach && !options.terminal,
  };
}

function execProcess(
  container: SpecProcess,
  command: readonly string[],
  options: ExecOptions,
): SpecProcess {
  const { consoleSize: _ofContainer, ...inherited } = container;
  const { privileged = false, size, terminal = false } = options;
  return {
    ...inherited,
    args: [...command],
    env: environment(container.env, options),
    cwd: options.workingDirectory || container.cwd,
    terminal,
    ...size && { consoleSize: { height: size.rows, width: size.columns } },
    ...privileged && {
      capabilities: { bounding: ALL, effective: ALL, permitted: ALL },
    },
  };
}

const ALL = [...CAPABILITIES];

function environment(container: readonly string[], { env = [], terminal }: ExecOptions): string[] {
  const variables = new Map<string, string>();
  for (const variable of [...terminal ? [TERMINAL_TYPE] : [], ...container, ...env]) {
    variables.set(variable.split("=", 1)[0]!, variable);
  }
  return [...variables.values()];
}
