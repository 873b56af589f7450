/**
 * Starting an instance's supervisor on demand.
 *
 * @module
 */

import { close, open, OpenFlag, pipe, spawn } from "../../../ffi/mod.ts";
import { EngineError } from "../../errors.ts";
import { selfCommand } from "../../runtime/start/self_command.ts";
import { createRun, type Roots } from "../../state/mod.ts";

/** Where a supervisor says that it is ready, as JSON; then it closes the pipe. */
export const READY_FD = 3;

/** What a supervisor that starts has to say. */
export type ReadyMessage =
  | {
    /** It listens. */
    kind: "ready";
  }
  | {
    /** Another process has the lock: it supervises, is about to, or is ending. */
    kind: "other";
  }
  | {
    /** It cannot. */
    kind: "failed";
    /** Why, in one line. */
    message: string;
  };

/**
 * Starts a supervisor in a session of its own, and waits until it has said how that went.
 *
 * @param roots The instance's.
 * @returns Whether it is ready; if not, another process has the lock.
 * @throws {EngineError} `system`: it cannot supervise.
 */
export async function startSupervisor(roots: Roots): Promise<boolean> {
  createRun(roots.run);
  const ready = pipe();
  const nothing = open("/dev/null", OpenFlag.RDWR);
  const logFlags = OpenFlag.WRONLY | OpenFlag.CREAT | OpenFlag.APPEND;
  const log = open(`${roots.run}/supervisor.log`, logFlags, 0o600);
  try {
    spawn({
      ...selfCommand().spawn("supervisor", [roots.root, roots.run]),
      fds: { 0: nothing, 1: nothing, 2: log, [READY_FD]: ready.write },
      newSession: true,
    });
  } finally {
    [nothing, log, ready.write].forEach(close);
  }
  const message = await readMessage(ready.read);
  if (message?.kind === "failed") {
    throw new EngineError(`Cannot start the supervisor: ${message.message}`, { kind: "system" });
  }
  if (!message) {
    throw new EngineError(
      `Cannot start the supervisor: it died, see "${roots.run}/supervisor.log"`,
      { kind: "system" },
    );
  }
  return message.kind === "ready";
}

/** Reads in the runtime's thread pool, so that the command goes on meanwhile. */
async function readMessage(fd: number): Promise<ReadyMessage | undefined> {
  try {
    const text = await Deno.readTextFile(`/proc/self/fd/${fd}`);
    return text === "" ? undefined : JSON.parse(text) as ReadyMessage;
  } finally {
    close(fd);
  }
}
