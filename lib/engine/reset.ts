/**
 * Removing everything of an instance.
 *
 * @module
 */

import { EngineError } from "../errors.ts";
import { removeTree, type Roots } from "../state/mod.ts";
import { endSupervisor } from "./instance/end_supervisor.ts";
import { Engine } from "./engine.ts";
import { removeHostNetworks } from "./network/host_networks.ts";
import { type InstanceOptions, openInstance } from "./instance/instance.ts";

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
    await endSupervisor(roots, "reset the instance");
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
