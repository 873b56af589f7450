/**
 * What state a container is in, and which may follow which.
 *
 * @module
 */

import { EngineError } from "../../errors.ts";

/**
 * The status of a container, in the words of the OCI runtime-spec:
 *
 * - `creating`: a command is making it, or has asked for its first start; without that command it
 *   is removed
 * - `created`: it can be started, and never was
 * - `running`: its PID 1 exists
 * - `paused`: its processes exist and are kept from running
 * - `restarting`: its command has ended, and its restart policy is about to start it again
 * - `stopped`: its command has ended; it can be started again
 * - `removing`: a command is removing it; without that command the removal is finished by the next
 */
export type ContainerStatus =
  | "creating"
  | "created"
  | "running"
  | "paused"
  | "restarting"
  | "stopped"
  | "removing";

/** The statuses of containers that have processes. */
export const WITH_PROCESSES: readonly ContainerStatus[] = ["running", "paused"];

/**
 * Tells whether a container has processes.
 *
 * @param record The container.
 * @returns Whether it runs or is paused; one that waits for its restart has none.
 */
export function hasProcesses({ status }: { status: ContainerStatus }): boolean {
  return WITH_PROCESSES.includes(status);
}

/** The statuses of containers that can be started, and have nothing that runs. */
export const IDLE: readonly ContainerStatus[] = ["created", "stopped"];

/** The statuses that `running` may follow. */
export const BEFORE_START: readonly ContainerStatus[] = ["creating", ...IDLE, "restarting"];

/** For each status, those that may follow it (runtime-spec, "Lifecycle"). */
const NEXT: Readonly<Record<ContainerStatus, readonly ContainerStatus[]>> = {
  creating: ["created", "running", "removing"],
  // "created" again, as in Docker, where a start fails.
  created: ["created", "running", "removing"],
  running: ["paused", "restarting", "stopped", "created", "removing"],
  paused: ["running", "restarting", "stopped", "removing"],
  restarting: ["running", "stopped", "created", "removing"],
  stopped: ["running", "created", "removing"],
  // By a second command, after the first was killed.
  removing: ["removing"],
};

/**
 * Checks that a status may follow another.
 *
 * @param name The container's name, for the message.
 * @param from Its status.
 * @param to The status wanted.
 * @throws {EngineError} `conflict`: it may not.
 */
export function checkTransition(name: string, from: ContainerStatus, to: ContainerStatus): void {
  if (NEXT[from].includes(to)) return;
  throw new EngineError(`Cannot make container "${name}" ${to}: it is ${from}`, {
    kind: "conflict",
  });
}
