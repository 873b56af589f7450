/**
 * Containers as lists show them.
 *
 * @module
 */

import type { ContainerRecord } from "../../container/record/store.ts";
import { imageIdFinder } from "../image/id_finder.ts";
import type { Instance } from "../instance/instance.ts";
import { type NetworkNames, networkNames } from "./connections.ts";
import { listContainers, type ListContainersOptions } from "./list.ts";
import type { ContainerSize } from "./size.ts";

/** Options of {@linkcode summarizeContainers}. */
export interface SummarizeContainersOptions extends ListContainersOptions {
  /**
   * Whether the containers are measured, which takes a look at each file they have changed.
   *
   * @default false
   */
  size?: boolean;
}

/** A container, and what a list shows of what is around it; that is read once it is asked for. */
export interface ContainerSummary {
  /** The container. */
  readonly record: ContainerRecord;
  /** The id of the image that the name of its image stands for now; nothing where there is none. */
  readonly imageOfName: string | undefined;
  /** Its networks and its addresses in them. */
  readonly networks: NetworkNames;
  /** How much space it takes, if that was asked for. */
  readonly size?: ContainerSize;
}

/**
 * Lists containers with what is around them.
 *
 * @param instance The instance.
 * @param options Which, and whether they are measured.
 * @returns The containers, the newest first.
 * @throws {EngineError} `invalid`: a filter is wrong; `notFound`: a container named by one is missing.
 */
export async function summarizeContainers(
  instance: Pick<Instance, "database" | "roots">,
  { size, ...options }: SummarizeContainersOptions,
): Promise<ContainerSummary[]> {
  const records = await listContainers(instance, options);
  const sizeOf = size ? (await import("./size.ts")).containerSize : undefined;
  const findImage = imageIdFinder(instance.database);
  const networksOf = networkNames(instance.database);
  return records.map((record) => ({
    record,
    get imageOfName() {
      return findImage(record.imageName);
    },
    get networks() {
      return networksOf(record);
    },
    ...sizeOf && { size: sizeOf(instance, record) },
  }));
}
