/**
 * The layers of a container in a user namespace: the image's, which are mounted with other owners, or
 * copies that have them.
 *
 * @module
 */

import type { ContainerSettings, IdMappings } from "../../container/record/settings.ts";
import { EngineError } from "../../errors.ts";
import { ImageStore } from "../../image/store/mod.ts";
import { shiftedLayer } from "../../image/archive/shifted_layers.ts";
import { findUnmappable } from "../../runtime/root/mapped_mounts.ts";
import { shiftToHost } from "../../runtime/user/owner_shift.ts";
import type { CreateContainerOptions } from "./options.ts";
import type { Instance } from "../instance/instance.ts";

// Hexadecimal digits of a hash that tell user namespaces apart.
const KEY_LENGTH = 16;

/**
 * Finds out how a container in a user namespace gets files that belong to its users.
 *
 * @param instance The instance.
 * @param mappings The user namespace.
 * @param layers The image's layers, or the folder in place of an image, the lowest first.
 * @param options What is asked of the container.
 * @returns What its settings say of it; where copies of layers are needed, they are made.
 * @throws {EngineError} `unavailable`: copies are needed, and there is a folder in place of an image;
 * `system`: the disk is full, for example.
 */
export async function ownLayers(
  { database, roots }: Pick<Instance, "database" | "roots">,
  mappings: IdMappings,
  layers: readonly string[],
  { rootfs }: CreateContainerOptions,
): Promise<Pick<ContainerSettings, "userNamespace"> & Partial<Pick<ContainerSettings, "layers">>> {
  const { groups: gidMappings, users: uidMappings } = mappings;
  const places = onePerDevice([roots.root, ...layers]);
  const unmappable = findUnmappable(places, { uidMappings, gidMappings });
  if (unmappable === undefined) return { userNamespace: mappings };
  if (rootfs !== undefined) {
    throw new EngineError(
      `Cannot create the container: neither the kernel nor the file system of "${unmappable}" can ` +
        `show its files with the owners of a user namespace (idmapped mounts); run with --userns host, ` +
        `or make an image of it with "import"`,
      { kind: "unavailable" },
    );
  }
  const store = new ImageStore(database, roots.root);
  using _pull = await store.beginPull();
  const owners = { key: await keyOf(mappings), shift: shiftToHost(mappings) };
  const copies: string[] = [];
  for (const layer of layers) copies.push(await shiftedLayer(store, layer, owners));
  return { userNamespace: { ...mappings, shifted: true }, layers: copies };
}

function onePerDevice(paths: readonly string[]): string[] {
  return [...new Map(paths.map((path) => [Deno.statSync(path).dev, path])).values()];
}

async function keyOf({ groups, users }: IdMappings): Promise<string> {
  const ranges = [users, groups].map((mappings) =>
    mappings.map(({ containerID, hostID, size }) => [containerID, hostID, size])
  );
  const bytes = new TextEncoder().encode(JSON.stringify(ranges));
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return hash.toHex().slice(0, KEY_LENGTH);
}
