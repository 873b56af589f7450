/**
 * Giving containers other names.
 *
 * @module
 */

import { checkContainerName } from "../../container/record/name.ts";
import { ContainerStore } from "../../container/record/store.ts";
import { EngineError } from "../../errors.ts";
import { containerConnections } from "../describe/connections.ts";
import { findRecord } from "../instance/find_container.ts";
import type { Instance } from "../instance/instance.ts";

/**
 * Gives a container another name, also for those that look it up in its networks.
 *
 * @param instance The instance.
 * @param nameOrId A name, an id, or the beginning of one.
 * @param name The new name.
 * @throws {EngineError} `notFound`; `conflict`: the name is in use; `invalid`: it cannot be a name.
 */
export async function renameContainer(
  instance: Pick<Instance, "database" | "roots">,
  nameOrId: string,
  name: string,
): Promise<void> {
  const { database, roots } = instance;
  const record = await findRecord(instance, nameOrId);
  checkContainerName(name, "rename container to");
  if (name === record.name) {
    throw new EngineError(
      `Cannot rename container "${name}": Renaming a container with the same name as its current name`,
      { kind: "conflict" },
    );
  }
  const store = new ContainerStore(database);
  store.rename(record.id, name);
  store.recordEvent({ ...record, name }, "rename", { oldName: record.name });
  const connections = await containerConnections(database, record);
  if (connections.length === 0) return;
  const { refreshNames } = await import("../../container/names/member_names.ts");
  refreshNames(roots, database, connections.map(({ network }) => network.id));
}
