/**
 * Telling others which volumes a container mounts and unmounts.
 *
 * @module
 */

import { recordEvent } from "../../state/mod.ts";
import { LOCAL_DRIVER } from "../../volume/mod.ts";
import type { ContainerRecord, ContainerStore } from "../record/store.ts";

/**
 * Records that the volumes of a container were mounted, or are no longer.
 *
 * @param store The records.
 * @param record The container.
 * @param action In Docker's words.
 */
export function recordVolumeEvents(
  store: ContainerStore,
  record: ContainerRecord,
  action: "mount" | "unmount",
): void {
  for (const { name, readonly, target } of record.settings.volumeMounts ?? []) {
    recordEvent(store.database, {
      type: "volume",
      action,
      actorId: name,
      attributes: {
        container: record.id,
        ...action === "mount" && {
          destination: target,
          propagation: "",
          "read/write": String(!readonly),
        },
        driver: LOCAL_DRIVER,
      },
    });
  }
}
