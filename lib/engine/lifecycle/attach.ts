/**
 * Attaching to containers.
 *
 * @module
 */

import { IDLE } from "../../container/record/status.ts";
import { EngineError } from "../../errors.ts";
import { Attachment, type AttachOptions } from "../instance/attachment.ts";
import { type ContainerContext, findContainer } from "../instance/container_context.ts";

/** What {@linkcode attachContainer} does besides attaching. */
export interface AttachContainerOptions extends AttachOptions {
  /**
   * Whether a container that does not run is attached to as well: to its next run, from its first byte
   * of output on. That is waited for until somebody starts it, or the attachment is left.
   *
   * @default false
   */
  beforeStart?: boolean;
}

/**
 * Attaches to a container.
 *
 * @param context What that needs.
 * @param nameOrId A name, an id, or the beginning of one.
 * @param options How to attach.
 * @returns The attachment.
 * @throws {EngineError} `notFound`; `conflict`: it does not run, is paused or is being removed.
 */
export async function attachContainer(
  context: ContainerContext,
  nameOrId: string,
  { beforeStart = false, ...options }: AttachContainerOptions,
): Promise<Attachment> {
  const record = await findContainer(context, nameOrId);
  if (record.status === "paused") {
    throw new EngineError("cannot attach to a paused container, unpause it first", {
      kind: "conflict",
    });
  }
  if (beforeStart && IDLE.includes(record.status)) {
    return await Attachment.attachNext(context.roots, record, options);
  }
  if (record.status !== "running") {
    throw new EngineError("cannot attach to a stopped container, start it first", {
      kind: "conflict",
    });
  }
  const attachment = await Attachment.reattach(context.roots, record.id, options);
  context.store.recordEvent(record, "attach");
  return attachment;
}
