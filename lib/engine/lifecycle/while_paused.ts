/**
 * Working on a container's files while none of its processes changes them.
 *
 * @module
 */

import { type ContainerRecord, type ContainerStore, resumeContainer } from "../../container/mod.ts";
import { EngineError } from "../../errors.ts";
import type { Roots } from "../../state/mod.ts";
import { connectSupervisor, type SupervisorConnection } from "../../supervisor/mod.ts";
import { awaitAnswer, SupervisorLostError } from "../instance/attachment.ts";

/**
 * Pauses a running container for as long as some work takes; one that does not run stays as it is.
 *
 * The supervisor does it, and lets the container run on when this process dies over the work.
 *
 * @param roots The instance's.
 * @param store Its records.
 * @param record The container.
 * @param work The work.
 * @returns What the work returned.
 * @throws {EngineError} The container cannot be paused.
 */
export async function whilePaused<T>(
  roots: Roots,
  store: ContainerStore,
  record: ContainerRecord,
  work: () => Promise<T>,
): Promise<T> {
  if (record.status !== "running") return await work();
  const connection = await connectSupervisor(roots);
  try {
    if (!await holdStill(connection, record.id)) return await work();
    try {
      return await work();
    } finally {
      await letGo(connection);
    }
  } catch (error) {
    // The next supervisor could not know that nobody wants the container paused any more.
    if (error instanceof SupervisorLostError) await resumeContainer(roots, store, record.id);
    throw error;
  } finally {
    connection.close();
  }

  async function letGo(connection: SupervisorConnection): Promise<void> {
    try {
      await connection.send({ kind: "letGo" });
      await awaitAnswer(connection);
    } catch {
      // Gone with its supervisor, of which nothing is wanted but this:
      await resumeContainer(roots, store, record.id);
    }
  }
}

/** Tells whether it is paused now; it is not where it has ended, or somebody else has paused it. */
async function holdStill(connection: SupervisorConnection, id: string): Promise<boolean> {
  await connection.send({ kind: "holdStill", id });
  try {
    await awaitAnswer(connection);
    return true;
  } catch (error) {
    if (error instanceof EngineError && error.kind === "conflict") return false;
    throw error;
  }
}
