/**
 * Who supervises an instance: at most one process, for as long as it lives.
 *
 * @module
 */

import { close, FlockOperation, open, OpenFlag, tryFlock } from "../../ffi/mod.ts";
import type { Roots } from "../state/mod.ts";

/**
 * Names the supervisor's socket.
 *
 * @param roots The instance's.
 * @returns Its path.
 */
export function socketPath(roots: Roots): string {
  return `${roots.run}/supervisor.sock`;
}

/**
 * Takes the supervisor's lock, if it is free; the kernel frees it when the process ends.
 *
 * @param roots The instance's.
 * @returns The lock's descriptor, or nothing where another process has it.
 */
export function takeSupervisorLock(roots: Roots): number | undefined {
  Deno.mkdirSync(roots.run, { recursive: true, mode: 0o711 });
  const fd = open(`${roots.run}/supervisor.lock`, OpenFlag.RDWR | OpenFlag.CREAT, 0o600);
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
