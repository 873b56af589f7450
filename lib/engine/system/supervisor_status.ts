/**
 * What an instance's supervisor is doing.
 *
 * @module
 */

import { identifyProcess, openProcess, ProcessGoneError } from "../../process/mod.ts";
import { connectIfRunning, type SupervisorConnection } from "../../supervisor/mod.ts";
import { awaitAnswer, MOST_LOST, SupervisorLostError } from "../instance/attachment.ts";
import type { Instance } from "../instance/instance.ts";

/** A supervisor that runs. */
export interface SupervisorStatus {
  /** Its pid. */
  pid: number;
  /** When it started, in milliseconds since the epoch. */
  startedAt: number;
  /** Whole ids of the containers it holds. */
  containers: string[];
  /** What it takes of the machine's memory, its part of shared pages included, in bytes. */
  memory: number;
}

/**
 * Asks an instance's supervisor what it is doing; starts none.
 *
 * @param instance The instance.
 * @returns The supervisor, or nothing where none runs.
 * @throws {SupervisorLostError} Several died before they answered.
 */
export async function supervisorStatus(
  instance: Pick<Instance, "roots">,
): Promise<SupervisorStatus | undefined> {
  for (let lost = 1;; lost++) {
    const connection = await connectIfRunning(instance.roots);
    if (!connection) return undefined;
    try {
      return await describe(connection);
    } catch (error) {
      // Perhaps there is another by now.
      if (!(error instanceof SupervisorLostError) || lost === MOST_LOST) throw error;
    } finally {
      connection.close();
    }
  }
}

async function describe(connection: SupervisorConnection): Promise<SupervisorStatus | undefined> {
  await connection.send({ kind: "describe" });
  const answer = await awaitAnswer(connection);
  if (answer.kind !== "description") return undefined;
  const { containers, pid, startedAt } = answer;
  return { pid, startedAt, containers, memory: proportionalMemory(pid) };
}

/** `Pss` of `/proc/PID/smaps_rollup` (proc_pid_smaps(5)), in bytes. */
function proportionalMemory(pid: number): number {
  // It has just answered.
  const supervisor = identifyProcess(pid);
  if (!supervisor) throw new SupervisorLostError();
  try {
    using process = openProcess(supervisor);
    const text = process.readText("smaps_rollup");
    return Number(/^Pss:\s+(\d+) kB$/m.exec(text)?.[1] ?? 0) * 1024;
  } catch (error) {
    if (error instanceof ProcessGoneError) throw new SupervisorLostError();
    throw error;
  }
}
