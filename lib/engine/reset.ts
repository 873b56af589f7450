/**
 * Removing everything of an instance.
 *
 * @module
 */

import { EngineError } from "../errors.ts";
import { removeTree } from "../state/mod.ts";
import { endSupervisor } from "./instance/end_supervisor.ts";
import { removeHostNetworks } from "./network/host_networks.ts";
import { containerContext } from "./instance/container_context.ts";
import type { Instance } from "./instance/instance.ts";
import { refreshRecords } from "./instance/refresh.ts";
import { removeOnRequest } from "./lifecycle/remove.ts";

/**
 * Removes everything of an instance: containers, images, networks with their bridges and firewall
 * rules, and what is on record of them.
 *
 * @param instance The instance; it is closed then.
 * @throws {EngineError} Something cannot be removed; what comes after it is still there.
 */
export async function resetInstance(instance: Instance): Promise<void> {
  const { roots } = instance;
  await removeContainers(instance);
  await endSupervisor(roots, "reset the instance");
  await removeHostNetworks(instance);
  instance[Symbol.dispose]();
  for (const folder of [roots.root, roots.run]) await removeContents(folder);
}

async function removeContainers(instance: Instance): Promise<void> {
  const context = containerContext(instance);
  await refreshRecords(context.roots, context.store);
  for (const { id } of context.store.list()) {
    try {
      await removeOnRequest(context, id, { force: true });
    } catch (error) {
      // With --rm it may have gone by itself.
      if (!(error instanceof EngineError && error.kind === "notFound")) throw error;
    }
  }
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
