/**
 * Whether an instance has a supervisor, as far as files tell.
 *
 * @module
 */

import { exists } from "../../if_present.ts";
import type { ProcessIdentity } from "../../process/identity.ts";
import type { Roots } from "../../state/mod.ts";

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
 * Names the file whose lock makes a process the supervisor, and which says what process that is.
 *
 * @param roots The instance's.
 * @returns Its path.
 */
export function lockPath(roots: Roots): string {
  return `${roots.run}/supervisor.lock`;
}

/**
 * Tells whether there is a supervisor's socket: one listens on it, or one was killed.
 *
 * @param roots The instance's.
 * @returns Whether there is.
 */
export function leftSocket(roots: Roots): boolean {
  return exists(socketPath(roots));
}

/** A process that has become the supervisor. */
export interface SupervisorIdentity extends ProcessIdentity {
  /** The version of the protocol that it speaks; 0 where absent. */
  protocol?: number;
}

/**
 * Tells which process was the last to become the supervisor.
 *
 * @param roots The instance's.
 * @returns The process, which may have ended; nothing where there never was one, or one is just
 * becoming it.
 */
export function supervisorIdentity(roots: Roots): SupervisorIdentity | undefined {
  try {
    return JSON.parse(Deno.readTextFileSync(lockPath(roots))) as SupervisorIdentity;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof SyntaxError) return undefined;
    throw error;
  }
}
