/**
 * Attaching to containers.
 *
 * @module
 */

import { EngineError } from "../../errors.ts";
import { Attachment, type AttachOptions } from "../instance/attachment.ts";
import { type ContainerContext, findContainer } from "../instance/container_context.ts";

/**
 * Attaches to a running container.
 *
 * @param context What that needs.
 * @param nameOrId A name, an id, or the beginning of one.
 * @param options How to attach.
 * @returns The attachment.
 * @throws {EngineError} `notFound`; `conflict`: it does not run.
 */
export async function attachContainer(
  context: ContainerContext,
  nameOrId: string,
  options: AttachOptions,
): Promise<Attachment> {
  const record = await findContainer(context, nameOrId);
  if (record.status === "paused") {
    throw new EngineError("cannot attach to a paused container, unpause it first", {
      kind: "conflict",
    });
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
