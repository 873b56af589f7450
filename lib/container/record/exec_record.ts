/**
 * What is remembered and told of commands that were executed in running containers.
 *
 * ```text
 * TSD_RUN/execs/ID    a symbolic link whose text is CONTAINER:PID:START:BOOT, while the command runs
 * ```
 *
 * A link comes to be and goes as a whole, and costs one system call each. One that was left by a
 * process that was killed names a process that is gone; whoever looks next removes it.
 *
 * @module
 */

import { isRecorded, type Roots, unlessStorageFails } from "../../state/mod.ts";
import { isAlive, type ProcessIdentity } from "../../process/identity.ts";
import type { ContainerRecord, ContainerStore } from "./store.ts";

const EXEC_END = "exec_die";

/** A command that was executed in a running container. */
export interface Exec {
  /** 64 hexadecimal digits. */
  id: string;
  /** The container. */
  container: ContainerRecord;
}

/**
 * Tells that a command is to be executed in a container.
 *
 * @param store The records.
 * @param exec The command.
 * @param command The command and its arguments.
 */
export function recordExecCreation(
  store: ContainerStore,
  { container, id }: Exec,
  command: readonly string[],
): void {
  store.recordEvent(container, `exec_create: ${textOf(command)}`, { execID: id });
}

/**
 * Tells that a command is executed in a container.
 *
 * @param store The records.
 * @param exec The command.
 * @param command The command and its arguments.
 */
export function recordExecStart(
  store: ContainerStore,
  { container, id }: Exec,
  command: readonly string[],
): void {
  store.recordEvent(container, `exec_start: ${textOf(command)}`, { execID: id });
}

/** Docker's words end with a space where there are no arguments. */
function textOf([program = "", ...args]: readonly string[]): string {
  return `${program} ${args.join(" ")}`;
}

/**
 * Tells that a command that was executed in a container has ended, and forgets it.
 *
 * @param roots The instance's.
 * @param store The records.
 * @param exec The command.
 * @param exitCode Its code, or 128 and the signal's number.
 */
export function recordExecEnd(
  roots: Roots,
  store: ContainerStore,
  { container, id }: Exec,
  exitCode: number,
): void {
  remove(linkPath(roots, id));
  store.recordEvent(container, EXEC_END, { execID: id, exitCode: `${exitCode}` });
}

/**
 * Tells that a command that was executed in a container has ended, unless that has been told.
 *
 * @param roots The instance's.
 * @param store The records.
 * @param exec The command.
 * @param exitCode Its code, or 128 and the signal's number.
 */
export function recordUntoldExecEnd(
  roots: Roots,
  store: ContainerStore,
  exec: Exec,
  exitCode: number,
): void {
  store.database.attempt(() => {
    const isTold = isRecorded(store.database, {
      actorId: exec.container.id,
      action: EXEC_END,
      attribute: ["execID", exec.id],
    });
    if (!isTold) recordExecEnd(roots, store, exec, exitCode);
  });
}

/**
 * Remembers a command while it runs; where there is no room for that, it runs all the same.
 *
 * @param roots The instance's.
 * @param exec The command.
 * @param process Its process.
 */
export function rememberExec(
  roots: Roots,
  { container, id }: Exec,
  { bootId, pid, start }: ProcessIdentity,
): void {
  const text = [container.id, pid, start, bootId].join(":");
  unlessStorageFails(() => {
    try {
      Deno.symlinkSync(text, linkPath(roots, id));
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      Deno.mkdirSync(folder(roots), { recursive: true, mode: 0o700 });
      Deno.symlinkSync(text, linkPath(roots, id));
    }
  });
}

/**
 * Lists the commands that were executed in a container and run; forgets those of any container that
 * do not run any more.
 *
 * @param roots The instance's.
 * @param container The container's whole id.
 * @returns Their ids.
 */
export function runningExecs(roots: Roots, container: string): string[] {
  const running = forgetEndedExecs(roots);
  return running.filter(({ of }) => of === container).map(({ id }) => id);
}

/**
 * Forgets commands that do not run any more although nobody has told of their end.
 *
 * @param roots The instance's.
 * @returns Those that run, and the whole ids of their containers.
 */
export function forgetEndedExecs(roots: Roots): { id: string; of: string }[] {
  return names(folder(roots)).flatMap((id) => {
    const link = readLink(linkPath(roots, id));
    if (link === undefined) return [];
    const [of = "", pid, start, bootId = ""] = link.split(":");
    if (isAlive({ pid: Number(pid), start: Number(start), bootId })) return [{ id, of }];
    remove(linkPath(roots, id));
    return [];
  });
}

function folder(roots: Roots): string {
  return `${roots.run}/execs`;
}

function linkPath(roots: Roots, id: string): string {
  return `${folder(roots)}/${id}`;
}

function names(path: string): string[] {
  try {
    return Array.from(Deno.readDirSync(path), ({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

function readLink(path: string): string | undefined {
  try {
    return Deno.readLinkSync(path);
  } catch (error) {
    // It has ended meanwhile.
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function remove(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
