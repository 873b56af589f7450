/**
 * Containers' processes as the host sees them.
 *
 * @module
 */
import type { Tsd } from "./tsd.ts";

/**
 * Finds a container's first process.
 *
 * @param tsd The instance.
 * @param name The container.
 * @returns Its pid on the host.
 */
export async function firstProcess(tsd: Tsd, name: string): Promise<number> {
  return Number((await tsd.run(["inspect", "-f", "{{.State.Pid}}", name])).stdout);
}

/**
 * Tells who a process is on the host.
 *
 * @param pid The process.
 * @returns Its real user.
 */
export async function hostUid(pid: number): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  return Number(/^Uid:\s+(\d+)/m.exec(status)![1]);
}
