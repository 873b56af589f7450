/**
 * Folders of the host that containers have mounted and that may be missing.
 *
 * @module
 */

import type { ContainerSettings } from "../../container/mod.ts";
import { hostId } from "../../runtime/user/id_mappings.ts";
import { createBindSource } from "../../volume/mod.ts";

/**
 * Creates the folders that a container wants where they are missing, as its root's.
 *
 * @param settings What the container is.
 * @throws {EngineError} `invalid`: one cannot be created.
 */
export function createBindSources(
  { binds, userNamespace }: Pick<ContainerSettings, "binds" | "userNamespace">,
): void {
  const owner = userNamespace &&
    { uid: hostId(userNamespace.users, 0), gid: hostId(userNamespace.groups, 0) };
  for (const { createSource, source } of binds) {
    if (createSource) createBindSource(source, owner);
  }
}
