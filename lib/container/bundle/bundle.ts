/**
 * A container's folder: an OCI bundle and what belongs to it.
 *
 * ```text
 * TSD_ROOT/containers/ID/
 *   config.json      the OCI configuration
 *   rootfs/          where the overlay is mounted, in the container's mount namespace only
 *   upper/, work/    what the container changed, and the kernel's scratch space beside it
 *   hosts, hostname, resolv.conf
 * ```
 *
 * @module
 */

import { getRlimit, Rlimit } from "../../../ffi/mod.ts";
import { EngineError } from "../../errors.ts";
import { hostId, type Spec } from "../../runtime/mod.ts";
import type { ContainerFilter } from "../../seccomp/container_filter.ts";
import type { Roots } from "../../state/mod.ts";
import { volumesDirectory } from "../../volume/mod.ts";
import { buildBundleSpec } from "./spec.ts";
import { bundleDirectory, containerCgroup } from "../record/folders.ts";
import { hostsFileText } from "../names/hosts_file.ts";
import { sharedWith } from "../record/network_mode.ts";
import { resolvConfText } from "../names/resolv_conf.ts";
import type { ContainerSettings, IdMappings } from "../record/settings.ts";

/**
 * Writes a container's folder.
 *
 * @param roots The instance's.
 * @param id The container's whole id.
 * @param settings What it is.
 * @param filter Its filter of system calls, if it has one.
 * @throws {EngineError} `system`: it cannot be written, because the disk is full, say.
 */
export function writeBundle(
  roots: Roots,
  id: string,
  settings: ContainerSettings,
  filter?: ContainerFilter,
): void {
  const directory = bundleDirectory(roots, id);
  // The container's users have to reach these files, whatever mask the caller's shell has set.
  const umask = Deno.umask(0o022);
  try {
    Deno.mkdirSync(directory, { recursive: true, mode: 0o710 });
    for (const name of ["rootfs", "upper", "work"]) Deno.mkdirSync(`${directory}/${name}`);
    // The overlay's root has the mode of its uppermost folder, which is this one.
    Deno.chmodSync(`${directory}/upper`, rootMode(settings.layers.at(-1)));
    // Names and addresses are those of the network, and of whoever it belongs to.
    const owner = sharedWith(settings.network) ?? id;
    const spec = buildBundleSpec(settings, {
      directory,
      filesDirectory: bundleDirectory(roots, owner),
      volumesDirectory: volumesDirectory(roots),
      cgroupsPath: containerCgroup(roots, { id, settings }),
      openFilesLimit: Number(getRlimit(Rlimit.RLIMIT_NOFILE).hard),
      filter,
    });
    const files = {
      "config.json": JSON.stringify(spec),
      "hostname": `${settings.hostname}\n`,
      "hosts": hostsFileText(settings),
      "resolv.conf": resolvConfText(settings),
    };
    for (const [name, text] of Object.entries(files)) {
      Deno.writeTextFileSync(`${directory}/${name}`, text, { mode: 0o644 });
    }
    if (settings.userNamespace?.shifted) giveToRoot(directory, settings.userNamespace);
  } catch (error) {
    throw new EngineError(`Cannot write the container's folder "${directory}"`, {
      kind: "system",
      cause: error,
    });
  } finally {
    Deno.umask(umask);
  }
}

/**
 * Replaces a container's configuration.
 *
 * @param roots The instance's.
 * @param id The container's whole id.
 * @param spec The new one.
 */
export function replaceSpec(roots: Roots, id: string, spec: Spec): void {
  const path = `${bundleDirectory(roots, id)}/config.json`;
  // Whoever reads it meanwhile has the old one or the new one.
  Deno.writeTextFileSync(`${path}.new`, JSON.stringify(spec), { mode: 0o644 });
  Deno.renameSync(`${path}.new`, path);
}

/** What the container may change belongs to its root; the rest it may see is there for everyone. */
function giveToRoot(directory: string, { groups, users }: IdMappings): void {
  const [uid, gid] = [hostId(users, 0), hostId(groups, 0)];
  for (const name of ["upper", "hostname", "hosts", "resolv.conf"]) {
    Deno.chownSync(`${directory}/${name}`, uid, gid);
  }
}

function rootMode(layer: string | undefined): number {
  return layer === undefined ? 0o755 : (Deno.statSync(layer).mode ?? 0o755) & 0o7777;
}
