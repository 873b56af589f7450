/**
 * Describing whatever a name stands for.
 *
 * @module
 */

import { bundleDirectory } from "../../container/folders.ts";
import { ContainerStore } from "../../container/store.ts";
import { EngineError } from "../../errors.ts";
import { containerConnections } from "../describe/container_connections.ts";
import { inspectContainer } from "../describe/container_inspection.ts";
import type { Instance } from "../instance/instance.ts";
import { refreshRecords } from "../instance/refresh.ts";

/** How {@linkcode inspectObject} describes. */
export interface InspectOptions {
  /**
   * Whether a container's size is measured, which takes a look at each file it has changed.
   *
   * @default false
   */
  size?: boolean;
}

type Inspector = (instance: Instance, name: string, options: InspectOptions) => Promise<unknown>;

/** By type; where a name may be of several types, the first counts, as in Docker. */
const INSPECTORS: Readonly<Record<string, Inspector>> = {
  container: describeContainer,
  image: async (instance, name) => {
    const { Images } = await import("../image/images.ts");
    return new Images(instance.database, instance.roots, instance.config).inspect(name);
  },
  network: async (instance, name) => {
    const { Networks } = await import("../network/networks.ts");
    return await new Networks(instance).inspect(name);
  },
  volume: async (instance, name) => {
    const { Volumes } = await import("../volume/volumes.ts");
    return new Volumes(instance).inspect(name);
  },
};

/** The types of objects there are. */
export const OBJECT_TYPES: readonly string[] = Object.keys(INSPECTORS);

/**
 * Describes an object with Docker's fields.
 *
 * @param instance The instance.
 * @param name Its name, its id or the beginning of one.
 * @param type Its type, one of {@linkcode OBJECT_TYPES}; any where absent.
 * @param options How.
 * @returns The description.
 * @throws {EngineError} `notFound`; `conflict`: several ids begin like that.
 */
export async function inspectObject(
  instance: Instance,
  name: string,
  type?: string,
  options: InspectOptions = {},
): Promise<unknown> {
  if (type !== undefined) return await INSPECTORS[type]!(instance, name, options);
  for (const inspect of Object.values(INSPECTORS)) {
    try {
      return await inspect(instance, name, options);
    } catch (error) {
      // What cannot be an image's name may be that of something else.
      const isOther = error instanceof EngineError &&
        (error.kind === "notFound" || error.kind === "invalid");
      if (!isOther) throw error;
    }
  }
  throw new EngineError(`No such object: ${name}`, { kind: "notFound" });
}

async function describeContainer(
  instance: Instance,
  name: string,
  options: InspectOptions,
): Promise<unknown> {
  const { database, roots } = instance;
  const store = new ContainerStore(database);
  await refreshRecords(roots, store);
  const record = store.find(name);
  const connections = await containerConnections(database, record);
  const bundle = bundleDirectory(roots, record.id);
  const description = inspectContainer(record, roots, bundle, connections);
  if (!options.size) return description;
  const { containerSize } = await import("../describe/container_size.ts");
  const { writable, root } = containerSize(instance, record);
  return { ...description, SizeRw: writable, SizeRootFs: root };
}
