/**
 * The container's root: mounting it and making it the root of the mount namespace.
 *
 * @module
 */

import {
  chdir,
  close,
  closing,
  Errno,
  fchdir,
  isErrno,
  mount,
  MountFlag,
  open,
  OpenFlag,
  pivotRoot,
  umount,
  UmountFlag,
} from "../../../ffi/mod.ts";
import { EngineError } from "../../errors.ts";
import { detachedMount } from "./private_mounts.ts";
import { Annotation, type OverlayRoot, type Spec } from "../spec/spec.ts";

/**
 * Mounts the container's root and leaves its folder as the working directory.
 *
 * @param bundle The bundle's folder, absolute.
 * @param spec The bundle's configuration.
 * @param mounted Where it is mounted already, if it is.
 * @throws {EngineError} `system` or `unavailable`: it cannot be mounted.
 */
export function mountRoot(bundle: string, spec: Spec, mounted?: string): void {
  const { path } = spec.root;
  const root = mounted ?? (path.startsWith("/") ? path : `${bundle}/${path}`);
  const overlay = mounted === undefined ? spec.annotations?.[Annotation.OVERLAY] : undefined;
  if (overlay === undefined) {
    // pivot_root wants a mount point.
    mount(root, root, "", MountFlag.BIND | MountFlag.REC);
  } else {
    mountOverlay(root, JSON.parse(overlay) as OverlayRoot, spec.linux.mountLabel);
  }
  chdir(root);
}

/** The folders of an overlay; without `upper` and `work` it is read-only, of two layers or more. */
export type OverlayFolders = Pick<OverlayRoot, "lower"> & Partial<OverlayRoot>;

/**
 * Mounts an overlay that nobody else sees.
 *
 * @param target An empty folder that serves meanwhile.
 * @param overlay Its folders.
 * @returns A descriptor of the mount, which ends with its last descriptor.
 * @throws {EngineError} `system` or `unavailable`: it cannot be mounted.
 */
export function detachedOverlay(target: string, overlay: OverlayFolders): number {
  return detachedMount(target, () => mountOverlay(target, overlay));
}

/**
 * Mounts an overlay, and changes the working directory.
 *
 * Its folders are named by descriptor: mount data is limited to a page, which sixty layers named by
 * digest would fill, and has `:` and `,` as separators, which a path may hold.
 *
 * @param target A folder to mount it on.
 * @param overlay What it is made of.
 * @param label The SELinux context of its files; what the disk says where absent.
 * @throws {EngineError} `unavailable` or `system`: the kernel refused.
 */
export function mountOverlay(target: string, overlay: OverlayFolders, label?: string): void {
  const fds: number[] = [];
  const name = (path: string) => {
    const fd = open(path, OpenFlag.PATH | OpenFlag.DIRECTORY);
    fds.push(fd);
    return `${fd}`;
  };
  try {
    // The kernel wants the topmost first.
    const lower = overlay.lower.map(name).reverse().join(":");
    const { upper, volatile, work } = overlay;
    if (volatile && work !== undefined) allowAgain(work);
    const changes = upper === undefined || work === undefined
      ? ""
      : `,upperdir=${name(upper)},workdir=${name(work)}`;
    // Off, whatever the kernel's default: the upper directory alone is to say what has changed.
    const context = label === undefined ? "" : `,context="${label}"`;
    const sync = volatile ? ",volatile" : "";
    const data = `lowerdir=${lower}${changes},redirect_dir=off,metacopy=off${sync}${context}`;
    chdir("/proc/self/fd");
    mount("overlay", target, "overlay", 0, data);
  } catch (error) {
    throw overlayError(overlay, error);
  } finally {
    fds.forEach(close);
  }
}

/**
 * Takes away the note by which the kernel refuses to mount again what was volatile, because the machine
 * might have crashed since (overlayfs of the kernel's documentation, "Volatile mount"): of containers
 * that are removed when they end, there are none after a crash.
 */
function allowAgain(work: string): void {
  try {
    Deno.removeSync(`${work}/work/incompat`, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

function overlayError(overlay: OverlayFolders, error: unknown): EngineError {
  if (isErrno(error, Errno.ENODEV)) {
    return new EngineError(
      'the kernel has no overlay file system: load it with "modprobe overlay"',
      { kind: "unavailable", cause: error },
    );
  }
  if (isErrno(error, Errno.EINVAL)) {
    return new EngineError(
      `the file system of "${
        overlay.upper ?? overlay.lower.at(-1)
      }" cannot hold an overlay's changes: set TSD_ROOT to a ` +
        `folder on ext4, xfs, btrfs or tmpfs`,
      { kind: "unavailable", cause: error },
    );
  }
  return new EngineError("mounting the root file system", { kind: "system", cause: error });
}

/**
 * Makes the working directory, a mount point, the root, and lets go of the old root.
 *
 * @throws {SyscallError} The kernel refused.
 */
export function enterRoot(): void {
  closing(open("/", OpenFlag.PATH | OpenFlag.DIRECTORY), exchangeRoots);
}

function exchangeRoots(oldRoot: number): void {
  // With "." twice the old root ends up stacked upon the new one, so no folder in the image is
  // needed to put it (pivot_root(2), notes).
  pivotRoot(".", ".");
  fchdir(oldRoot);
  // Unmounting must not propagate to the host.
  mount("", ".", "", MountFlag.SLAVE | MountFlag.REC);
  umount(".", UmountFlag.DETACH);
  chdir("/");
}
