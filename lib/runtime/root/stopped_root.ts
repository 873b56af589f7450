/**
 * The root of a container that does not run, with its files of the host and its volumes in place.
 *
 * @module
 */

import { cloneMount, openLibc } from "../../../ffi/mod.ts";
import { prepareMounts } from "./mounts.ts";
import { inPrivateMounts } from "./private_mounts.ts";
import { enterRoot, mountRoot } from "./rootfs.ts";
import { readSpec, type SpecMount } from "../spec/spec.ts";

/**
 * Mounts a container's root where nobody sees it, as init would: links in the container lead no mount
 * out of it.
 *
 * @param bundle The bundle's folder.
 * @returns A descriptor of the root. The mounts end with its last descriptor, whatever this process
 * dies of.
 * @throws {EngineError} It cannot be mounted.
 */
export function mountStoppedRoot(bundle: string): number {
  // In the container's root there is nothing to load it from.
  openLibc();
  const spec = readSpec(bundle);
  const binds = spec.mounts.filter(({ type }) => type === "bind").map(withShared);
  return inPrivateMounts(() => {
    using prepared = prepareMounts(binds);
    mountRoot(bundle, spec);
    enterRoot();
    prepared.perform();
    return cloneMount("/", true);
  });
}

/** What is in memory is empty while nobody has it; what is on a device is there. */
function withShared(mount: SpecMount): SpecMount {
  return mount.shared === undefined ? mount : { ...mount, staged: mount.shared };
}
