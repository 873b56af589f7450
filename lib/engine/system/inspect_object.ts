/**
 * Describing whatever a name stands for.
 *
 * @module
 */

import { bundleDirectory } from "../../container/record/folders.ts";
import { EngineError } from "../../errors.ts";
import { containerConnections } from "../describe/connections.ts";
import { type ContainerInspection, inspectContainer } from "../describe/container.ts";
import type { Instance } from "../instance/instance.ts";
import { findRecord } from "../instance/find_container.ts";
import { OBJECT_TYPES, type ObjectType } from "./object_types.ts";

/** How a container is described. */
export interface InspectOptions {
  /**
   * Whether a container's size is measured, which takes a look at each file it has changed.
   *
   * @default false
   */
  size?: boolean;
}

/** How {@linkcode inspectObject} describes, and what. */
export interface InspectObjectOptions extends InspectOptions {
  /** Of what type it is; any where absent. */
  type?: ObjectType | undefined;
}

type Inspector = (instance: Instance, name: string, options: InspectOptions) => Promise<unknown>;

const INSPECTORS: Readonly<Record<ObjectType, Inspector>> = {
  container: describeContainer,
  image: async (instance, name) => {
    const { describeImage } = await import("../image/describe.ts");
    return describeImage(instance, name);
  },
  network: async (instance, name) => {
    const { InstanceNetworks } = await import("../network/networks.ts");
    return await new InstanceNetworks(instance).inspect(name);
  },
  volume: async (instance, name) => {
    const { InstanceVolumes } = await import("../volume/volumes.ts");
    return new InstanceVolumes(instance).inspect(name);
  },
};

/**
 * Describes an object with Docker's fields.
 *
 * @param instance The instance.
 * @param name Its name, its id or the beginning of one.
 * @param options Of what type it is, and how it is described.
 * @returns The description.
 * @throws {EngineError} `notFound`; `conflict`: several ids begin like that.
 */
export async function inspectObject(
  instance: Instance,
  name: string,
  options: InspectObjectOptions = {},
): Promise<unknown> {
  const { type } = options;
  if (type !== undefined) return await INSPECTORS[type](instance, name, options);
  for (const type of OBJECT_TYPES) {
    try {
      return await INSPECTORS[type](instance, name, options);
    } catch (error) {
      // What cannot be an image's name may be that of something else.
      const isOther = error instanceof EngineError &&
        (error.kind === "notFound" || error.kind === "invalid");
      if (!isOther) throw error;
    }
  }
  throw new EngineError(`No such object: ${name}`, { kind: "notFound" });
}

/**
 * Describes a container with Docker's fields.
 *
 * @param instance The instance.
 * @param name Its name, its id or the beginning of one.
 * @param options Whether its size is measured.
 * @returns The description.
 * @throws {EngineError} `notFound`; `conflict`: several ids begin like that.
 */
export async function describeContainer(
  instance: Pick<Instance, "database" | "roots">,
  name: string,
  options: InspectOptions = {},
): Promise<ContainerInspection> {
  const { database, roots } = instance;
  const record = await findRecord(instance, name);
  const connections = await containerConnections(database, record);
  const bundle = bundleDirectory(roots, record.id);
  const description = inspectContainer(record, roots, bundle, connections);
  if (!options.size) return description;
  const { containerSize } = await import("../describe/size.ts");
  const { writable, root } = containerSize(instance, record);
  return { ...description, SizeRw: writable, SizeRootFs: root };
}
