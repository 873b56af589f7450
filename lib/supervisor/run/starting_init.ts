/**
 * Starting the init of a container.
 *
 * @module
 */

import { confineDevices } from "../../cgroup/devices.ts";
import { Cgroup } from "../../cgroup/mod.ts";
import { containerCgroup } from "../../container/mod.ts";
import { userNamespaceOf } from "../../runtime/mod.ts";
import { startBareInit } from "./bare_init_start.ts";
import type { InitStart, StartingInit } from "./init_start.ts";
import { beginNetwork } from "./preparation.ts";
import { needsServer } from "./slow_mounts.ts";

/**
 * Starts a container's init, in the container's cgroup, and begins to connect the container.
 *
 * @param start What it is started for.
 * @returns Init, which waits.
 * @throws {EngineError} It cannot be started; nothing of the attempt runs.
 */
export async function startInit(start: InitStart): Promise<StartingInit> {
  const { context, joined, record, spec, stack } = start;
  const cgroup = new Cgroup(containerCgroup(context.roots, record));
  if (userNamespaceOf(spec) !== undefined || needsServer(spec, context.roots.root)) {
    await createConfined(cgroup);
    const { startRuntimeInit } = await import("./runtime_init_start.ts");
    return await startRuntimeInit(start, cgroup);
  }
  // First, as the programs that it starts are at work meanwhile.
  const network = await beginNetwork(context, record);
  if (network) stack.use(network);
  const path = network?.path ?? joined.network;
  await createConfined(cgroup);
  return await startBareInit(start, { connected: network?.ready, path });
}

async function createConfined(cgroup: Cgroup): Promise<void> {
  cgroup.create();
  // Before anyone is in it, who could open a device meanwhile.
  await confineDevices(cgroup.path);
}
