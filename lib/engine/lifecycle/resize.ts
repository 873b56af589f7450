/**
 * The size of containers' terminals, for who is not attached to them.
 *
 * @module
 */

import { hasProcesses } from "../../container/record/status.ts";
import { EngineError } from "../../errors.ts";
import type { TerminalDimensions } from "../../supervisor/protocol.ts";
import { type ContainerContext, findContainer } from "../instance/container_context.ts";

/**
 * Sets the size of the terminal of a running container.
 *
 * @param context What that needs.
 * @param nameOrId A name, an id, or the beginning of one.
 * @param size The size.
 * @throws {EngineError} `notFound`; `conflict`: it does not run.
 */
export async function resizeContainer(
  context: ContainerContext,
  nameOrId: string,
  size: TerminalDimensions,
): Promise<void> {
  const record = await findContainer(context, nameOrId);
  const { id } = record;
  if (!hasProcesses(record)) {
    throw new EngineError(
      `cannot resize container: ${nameOrId}: container ${id} is not running`,
      {
        kind: "conflict",
      },
    );
  }
  await context.supervisor.askAgain({ kind: "resizeContainer", id, size });
}
