/**
 * Changing containers, also while they run.
 *
 * @module
 */

import type { ResourceLimits } from "../../container/record/limits.ts";
import type { RestartPolicy } from "../../container/record/settings.ts";
import { ContainerStore } from "../../container/record/store.ts";
import { EngineError } from "../../errors.ts";
import { findRecord } from "../instance/find_container.ts";
import type { Instance } from "../instance/instance.ts";

/** What {@linkcode Containers.update} changes. */
export interface ContainerChanges {
  /** When it is started again after its command has ended. */
  restart?: RestartPolicy | undefined;
  /** Limits of its use of the machine; the others stay as they are. */
  limits?: ResourceLimits | undefined;
  /** Takes what the user should know about limits. */
  onWarning?: ((text: string) => void) | undefined;
}

/**
 * Changes what a container is, also while it runs.
 *
 * @param instance The instance.
 * @param nameOrId A name, an id, or the beginning of one.
 * @param changes What changes.
 * @throws {EngineError} `notFound`; `conflict`: it is removed once it has ended, and cannot be
 * started again; `invalid`, `unavailable`, `system`: limits cannot be, or the kernel refused them.
 */
export async function updateContainer(
  instance: Pick<Instance, "database" | "roots">,
  nameOrId: string,
  { limits = {}, onWarning, restart }: ContainerChanges,
): Promise<void> {
  const record = await findRecord(instance, nameOrId);
  const store = new ContainerStore(instance.database);
  if (restart && record.settings.autoRemove && restart.name !== "no") {
    throw new EngineError(
      `cannot update container: ${nameOrId}: Restart policy cannot be updated because ` +
        `AutoRemove is enabled for the container`,
      { kind: "conflict" },
    );
  }
  if (Object.keys(limits).length > 0) {
    const { updateLimits } = await import("./update_limits.ts");
    updateLimits({ roots: instance.roots, store, onWarning }, record, limits);
  }
  if (restart) store.updateSettings(record.id, (settings) => ({ ...settings, restart }));
  store.recordEvent(record, "update");
}
