/**
 * The mounts that init, in a user namespace, cannot make itself.
 *
 * Files on the disk keep the owners they have for containers without a user namespace, and so images
 * and changes are the same for all: they are mounted such that the namespace's users own them. Only a
 * process outside may do that. It does so in its own private mount namespace, which init's is then a
 * copy of.
 *
 * @module
 */

import {
  attachMount,
  chdir,
  cloneMount,
  close,
  Errno,
  isErrno,
  mapMountOwners,
  mount,
  MountFlag,
  open,
  OpenFlag,
  umount,
  UmountFlag,
} from "../../../ffi/mod.ts";
import { EngineError } from "../../errors.ts";
import { isKernelSince } from "../../kernel_version.ts";
import { asFileOwner } from "./file_creator.ts";
import { hostId, type UserNamespace } from "../user/id_mappings.ts";
import { mountOverlay } from "./rootfs.ts";
import { Annotation, type OverlayRoot, type Spec } from "../spec/spec.ts";
import { openUserNamespace } from "../user/user_namespace.ts";

/** Where init finds what was mounted for it. */
export interface MappedPaths {
  /** The container's root. */
  root: string;
  /** Sources of bind mounts, by destination. */
  sources: Record<string, string>;
}

/** Mounts for init; to be disposed of once init has its own copy of them. */
export interface MappedMounts extends Disposable {
  /** Where they are. */
  paths: MappedPaths;
}

/** The Linux from which on an overlay may lie on folders whose owners are mapped. */
const MAPPED_OVERLAY_SINCE = [5, 19] as const;

/** The option of a bind mount whose owners are those of the user namespace (config.md, "Mounts"). */
export const MAPPED_OPTION = "idmap";

/**
 * Mounts a container's root, and its bind mounts with the option `idmap`, for a user namespace.
 *
 * @param spec The container's configuration; its root is an overlay.
 * @param userNamespace A descriptor of the user namespace.
 * @param folder A folder to mount it in; it is created where it is missing.
 * @returns What was mounted.
 * @throws {EngineError} `unavailable`: the kernel or the file system cannot show other owners.
 */
export function mountMapped(spec: Spec, userNamespace: number, folder: string): MappedMounts {
  Deno.mkdirSync(folder, { recursive: true, mode: 0o700 });
  // All that is below ends with this one mount, and spreads to no other namespace.
  mount("tsd", folder, "tmpfs", MountFlag.NOSUID | MountFlag.NODEV, "mode=700,size=64k");
  try {
    mount("", folder, "", MountFlag.PRIVATE);
    const mapped = new MappedFolder(folder, userNamespace);
    const paths = { root: mountRoot(spec, mapped), sources: mountSources(spec, mapped) };
    return { paths, [Symbol.dispose]: () => umount(folder, UmountFlag.DETACH) };
  } catch (error) {
    umount(folder, UmountFlag.DETACH);
    throw error;
  }
}

/** A folder of mounts that show the owners of a user namespace. */
class MappedFolder {
  readonly path: string;
  readonly #userNamespace: number;
  #count = 0;

  constructor(path: string, userNamespace: number) {
    this.path = path;
    this.#userNamespace = userNamespace;
  }

  /** Mounts a file or folder, without the mounts below it. */
  add(source: string): string {
    const target = `${this.path}/${this.#count++}`;
    const fd = cloneMount(source, false);
    try {
      mapMountOwners(fd, this.#userNamespace, source);
      if (Deno.statSync(source).isDirectory) Deno.mkdirSync(target);
      else Deno.writeFileSync(target, new Uint8Array());
      const place = open(target, OpenFlag.PATH);
      attachMount(fd, place, target);
      close(place);
      return target;
    } catch (error) {
      throw isErrno(error, Errno.EINVAL, Errno.EPERM) ? unmappable(source, error) : error;
    } finally {
      close(fd);
    }
  }
}

function mountRoot(spec: Spec, mapped: MappedFolder): string {
  const overlay = JSON.parse(spec.annotations![Annotation.OVERLAY]!) as OverlayRoot;
  const root = `${mapped.path}/root`;
  Deno.mkdirSync(root);
  try {
    if (overlay.shifted) mountOverlay(root, overlay);
    else mountMappedOverlay(root, overlay, spec, mapped);
    return root;
  } finally {
    chdir("/");
  }
}

function mountMappedOverlay(
  root: string,
  overlay: OverlayRoot,
  { linux: { gidMappings, uidMappings } }: Spec,
  mapped: MappedFolder,
): void {
  const lower = overlay.lower.map((path) => mapped.add(path));
  // Both within one mount, as the kernel wants it.
  const folder = overlay.upper.slice(0, overlay.upper.lastIndexOf("/"));
  const base = mapped.add(folder);
  const [upper, work] = [overlay.upper, overlay.work].map((path) =>
    base + path.slice(folder.length)
  );
  // An overlay keeps the rights of whoever mounted it, and works on its folders with them.
  asFileOwner(hostId(uidMappings, 0), hostId(gidMappings, 0), () => {
    const { volatile = false } = overlay;
    mountOverlay(root, { lower, upper: upper!, work: work!, volatile });
  });
}

function mountSources(spec: Spec, mapped: MappedFolder): Record<string, string> {
  const wanted = spec.mounts.filter(({ options }) => options?.includes(MAPPED_OPTION));
  return Object.fromEntries(
    wanted.map(({ destination, source }) => [destination, mapped.add(source!)]),
  );
}

/**
 * Looks for files that cannot be mounted such that a user namespace's users own them.
 *
 * @param paths Where files are.
 * @param user The user namespace.
 * @returns The first path for which the kernel or the file system cannot do that, below an overlay.
 * @throws {EngineError} `unavailable`: the kernel gives no user namespace.
 */
export function findUnmappable(
  paths: readonly string[],
  user: UserNamespace,
): string | undefined {
  if (!isKernelSince(...MAPPED_OVERLAY_SINCE)) return paths[0];
  const userNamespace = openUserNamespace(user);
  try {
    return paths.find((path) => !canMap(path, userNamespace));
  } finally {
    close(userNamespace);
  }
}

function canMap(path: string, userNamespace: number): boolean {
  const fd = cloneMount(path, false);
  try {
    mapMountOwners(fd, userNamespace, path);
    return true;
  } catch (error) {
    if (isErrno(error, Errno.EINVAL, Errno.EPERM)) return false;
    throw error;
  } finally {
    close(fd);
  }
}

function unmappable(path: string, cause: unknown): EngineError {
  return new EngineError(
    `the file system of "${path}" cannot show its files with the owners of a user namespace ` +
      `(idmapped mounts): keep it on ext4, xfs or btrfs with Linux 5.19 or later, or run with ` +
      `--userns host`,
    { kind: "unavailable", cause },
  );
}
