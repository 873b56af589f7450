/**
 * Filling a new volume with what the image has in its place.
 *
 * @module
 */

import {
  close,
  Errno,
  flock,
  FlockOperation,
  isErrno,
  mount,
  open,
  openat,
  openat2,
  OpenFlag,
  Resolve,
  unlinkat,
} from "../../../ffi/mod.ts";
import { getdents64 } from "../../../ffi/getdents.ts";
import { EngineError } from "../../errors.ts";
import { archiveTree, TarWriter } from "../../image/archive/mod.ts";
import { applyLayer } from "../../image/layer/mod.ts";
import { parseMountOptions } from "../../runtime/spec/mount_options.ts";
import { detachedMount } from "../../runtime/root/private_mounts.ts";
import { detachedOverlay } from "../../runtime/root/rootfs.ts";
import type { Roots } from "../../state/mod.ts";
import {
  type LocalMount,
  localMountError,
  volumeData,
  volumeDirectory,
  type VolumeMount,
} from "../../volume/mod.ts";

/** The file that says that a copy was begun; what it has left is not what users put there. */
const COPYING = "copying";
const DIRECTORY = OpenFlag.RDONLY | OpenFlag.DIRECTORY;
const IN_ROOT = Resolve.IN_ROOT | Resolve.NO_MAGICLINKS;

/** Where the content comes from. */
export interface ImageRoot {
  /** Folders of the image's layers, the lowest first. */
  layers: readonly string[];
  /** An empty folder that is of no other use at the moment. */
  mountPoint: string;
}

/**
 * Copies what an image has at the places of empty volumes into them, ownership and all.
 *
 * Containers that run may have these volumes as well: nothing is opened there by a path they could
 * redirect. A copy that was interrupted is done again by the next container with that volume.
 *
 * @param roots The instance's.
 * @param image Where the content comes from.
 * @param mounts The volumes.
 * @throws {EngineError} `system`: the disk is full, for example.
 */
export async function populateVolumes(
  roots: Roots,
  image: ImageRoot,
  mounts: readonly VolumeMount[],
): Promise<void> {
  const wanted = mounts.filter(({ local, noCopy }) => !noCopy && local?.type !== "tmpfs");
  if (wanted.length === 0) return;
  const root = openImage(image);
  try {
    for (const mount of wanted) {
      try {
        await populate(roots, root, mount);
      } catch (cause) {
        if (cause instanceof EngineError) throw cause;
        throw new EngineError(
          `Cannot copy "${mount.target}" of the image to volume "${mount.name}"`,
          { kind: "system", cause },
        );
      }
    }
  } finally {
    close(root);
  }
}

function openImage({ layers, mountPoint }: ImageRoot): number {
  const [only, ...others] = layers;
  return only !== undefined && others.length === 0
    ? open(only, OpenFlag.PATH | OpenFlag.DIRECTORY)
    : detachedOverlay(mountPoint, { lower: [...layers] });
}

async function populate(roots: Roots, image: number, mount: VolumeMount): Promise<void> {
  const folder = open(volumeDirectory(roots, mount.name), DIRECTORY);
  try {
    // Of two containers that begin to use it at once, the second finds it filled.
    await flock(folder, FlockOperation.EXCLUSIVE);
    const target = openVolume(roots, mount);
    try {
      await fill(image, mount.target, { folder, target });
    } finally {
      close(target);
    }
  } finally {
    close(folder);
  }
}

function openVolume(roots: Roots, { local, name, subpath }: VolumeMount): number {
  const data = volumeData(roots, name);
  const top = local === undefined ? open(data, DIRECTORY) : openLocal(data, local);
  if (subpath === undefined) return top;
  try {
    return openat2(top, subpath, DIRECTORY, IN_ROOT);
  } catch (cause) {
    throw new EngineError(
      `Cannot mount "${subpath}" of volume "${name}": cannot access path ${data}/${subpath}`,
      { kind: "invalid", cause },
    );
  } finally {
    close(top);
  }
}

function openLocal(data: string, { options, source, type }: LocalMount): number {
  try {
    if (type === "bind") return open(source, DIRECTORY);
    const { data: words, flags } = parseMountOptions(options);
    return detachedMount(data, () => mount(source, data, type, flags, words));
  } catch (error) {
    throw localMountError(data, error);
  }
}

async function fill(
  image: number,
  path: string,
  { folder, target }: { folder: number; target: number },
): Promise<void> {
  if (!isCopying(folder) && !isEmpty(target)) return;
  const source = openInImage(image, path);
  if (source === undefined) return;
  try {
    close(openat(folder, COPYING, OpenFlag.CREAT | OpenFlag.WRONLY, 0o600));
    await applyLayer(archive(source), `/proc/self/fd/${target}`, { whiteouts: "none" });
    unlinkat(folder, COPYING);
  } finally {
    close(source);
  }
}

async function* archive(source: number): AsyncGenerator<Uint8Array> {
  const writer = new TarWriter();
  // With the top itself, whose owner and mode the volume takes over.
  for (const piece of archiveTree(writer, source, { as: "." })) yield piece.slice();
  yield* writer.end();
}

/** Nothing where the image has no such folder. */
function openInImage(image: number, path: string): number | undefined {
  try {
    return openat2(image, path, OpenFlag.PATH | OpenFlag.DIRECTORY, IN_ROOT);
  } catch (error) {
    if (isErrno(error, Errno.ENOENT, Errno.ENOTDIR, Errno.ELOOP)) return undefined;
    throw error;
  }
}

function isCopying(folder: number): boolean {
  try {
    close(openat(folder, COPYING, OpenFlag.PATH));
    return true;
  } catch (error) {
    if (isErrno(error, Errno.ENOENT)) return false;
    throw error;
  }
}

function isEmpty(directory: number): boolean {
  const fd = openat(directory, ".", DIRECTORY);
  try {
    return getdents64(fd).length === 0;
  } finally {
    close(fd);
  }
}
