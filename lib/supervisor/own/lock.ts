/**
 * Who supervises an instance: at most one process, for as long as it lives.
 *
 * @module
 */

import { close, FlockOperation, open, OpenFlag, tryFlock } from "../../../ffi/mod.ts";
import { identifyProcess } from "../../process/mod.ts";
import { createRun, type Roots } from "../../state/mod.ts";
import { lockPath } from "./presence.ts";
import { PROTOCOL_VERSION } from "../protocol.ts";

/**
 * Takes the supervisor's lock, if it is free; the kernel frees it when the process ends.
 *
 * @param roots The instance's.
 * @returns The lock's descriptor, or nothing where another process has it.
 */
export function takeSupervisorLock(roots: Roots): number | undefined {
  createRun(roots.run);
  const fd = open(lockPath(roots), OpenFlag.RDWR | OpenFlag.CREAT, 0o600);
  if (tryFlock(fd, FlockOperation.EXCLUSIVE)) return fd;
  close(fd);
  return undefined;
}

/**
 * Gives the supervisor's lock back.
 *
 * @param lock What {@linkcode takeSupervisorLock} returned.
 */
export function releaseSupervisorLock(lock: number): void {
  close(lock);
}

/**
 * Says in the lock's file that this process is the supervisor, so that commands can tell that there
 * is one, and how to speak to it, without asking it.
 *
 * @param roots The instance's.
 */
export function announceSupervisor(roots: Roots): void {
  const identity = { ...identifyProcess(Deno.pid), protocol: PROTOCOL_VERSION };
  Deno.writeTextFileSync(lockPath(roots), JSON.stringify(identity));
}
