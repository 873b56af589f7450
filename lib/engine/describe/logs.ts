/**
 * Reading the log of a container.
 *
 * @module
 */

import { readLogBatches, type ReadLogOptions } from "../../container/log/json_log_reader.ts";
import { logPath } from "../../container/log/files.ts";
import type { LogRecord } from "../../container/log/record.ts";
import { type ContainerRecord, ContainerStore } from "../../container/record/store.ts";
import { EngineError } from "../../errors.ts";
import type { Instance } from "../instance/instance.ts";

/** What of a log is read. */
export interface ContainerLogOptions extends Omit<ReadLogOptions, "follow"> {
  /**
   * Goes on with what is written later, over rotations and restarts, until the container has ended.
   *
   * @default false
   */
  follow?: boolean;
}

/**
 * Reads what a container has written to its standard output and error. Nothing needs to run for it.
 *
 * @param instance The instance.
 * @param nameOrId A name, an id, or the beginning of one.
 * @param options What of it.
 * @returns The records of its log, in batches of at least one.
 * @throws {EngineError} `notFound`; `conflict`: several ids begin like that, or it has no log.
 */
export async function* containerLog(
  instance: Pick<Instance, "database" | "roots">,
  nameOrId: string,
  options: ContainerLogOptions = {},
): AsyncGenerator<LogRecord[]> {
  const { follow = false, ...rest } = options;
  const record = new ContainerStore(instance.database).find(nameOrId);
  if (record.settings.log.driver === "none") {
    throw new EngineError("configured logging driver does not support reading", {
      kind: "conflict",
    });
  }
  using following = follow ? await startFollowing(instance, record) : undefined;
  yield* readLogBatches(logPath(instance.roots, record.id), { ...rest, follow: following });
}

/** Loaded where it is needed: a log that is only read does without the calls to the kernel. */
async function startFollowing(
  instance: Pick<Instance, "database" | "roots">,
  { id }: ContainerRecord,
): Promise<Disposable & { ended: Promise<void> }> {
  const { ContainerEnd } = await import("../instance/container_end.ts");
  return new ContainerEnd(instance, id);
}
