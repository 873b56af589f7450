/**
 * Removing everything of an instance.
 *
 * @module
 */

import { isAlive } from "../container/mod.ts";
import { EngineError } from "../errors.ts";
import { removeTree, type Roots } from "../state/mod.ts";
import { removeSupervisorLeftovers, takeSupervisorLock } from "../supervisor/mod.ts";
import { supervisorIdentity } from "../supervisor/presence.ts";
import { Engine } from "./engine.ts";
import { removeHostNetworks } from "./host_networks.ts";
import { type InstanceOptions, openInstance } from "./instance.ts";

const RETRY_MILLISECONDS = 10;
const RETRIES = 1_000;

/**
 * Removes everything of an instance: containers, images, networks with their bridges and firewall
 * rules, and what is on record of them.
 *
 * @param options Which instance.
 * @throws {EngineError} Something cannot be removed; what comes after it is still there.
 */
export async function resetInstance(options: InstanceOptions = {}): Promise<void> {
  await removeContainers(options);
  let roots: Roots;
  {
    using instance = openInstance(options);
    roots = instance.roots;
    await endSupervisor(roots);
    await removeHostNetworks(instance);
  }
  for (const folder of [roots.root, roots.run]) await removeContents(folder);
}

async function removeContainers(options: InstanceOptions): Promise<void> {
  using engine = Engine.open(options);
  for (const { id } of await engine.containers.list({ all: true })) {
    try {
      await engine.containers.remove(id, { force: true });
    } catch (error) {
      // With --rm it may have gone by itself.
      if (!(error instanceof EngineError && error.kind === "notFound")) throw error;
    }
  }
}

/** It would go by itself a few seconds after the last container. */
async function endSupervisor(roots: Roots): Promise<void> {
  const supervisor = supervisorIdentity(roots);
  if (supervisor && isAlive(supervisor)) Deno.kill(supervisor.pid, "SIGTERM");
  for (let attempt = 0; attempt < RETRIES; attempt++) {
    // Held to the end of this process, so that no command starts another one meanwhile.
    if (takeSupervisorLock(roots) !== undefined) return await removeSupervisorLeftovers(roots);
    await new Promise((resolve) => setTimeout(resolve, RETRY_MILLISECONDS));
  }
  throw new EngineError(
    `Cannot reset the instance: a supervisor holds "${roots.run}/supervisor.lock" and does not end`,
    { kind: "conflict" },
  );
}

/** The folder itself stays where it is a mount point. */
async function removeContents(folder: string): Promise<void> {
  const entries = await Array.fromAsync(Deno.readDir(folder));
  for (const { name } of entries) await removeTree(`${folder}/${name}`);
  try {
    await Deno.remove(folder);
  } catch (error) {
    if ((error as { code?: string }).code !== "EBUSY") throw error;
  }
}
