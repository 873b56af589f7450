/**
 * What a container has changed of its root.
 *
 * @module
 * @see https://docs.kernel.org/filesystems/overlayfs.html#whiteouts-and-opaque-directories
 */

import { FileType } from "../../../ffi/directory_entry.ts";
import { Errno, isErrno } from "../../../ffi/error.ts";
import { close, open, OpenFlag } from "../../../ffi/fd.ts";
import { getdents64 } from "../../../ffi/getdents.ts";
import { lgetxattr } from "../../../ffi/getxattr.ts";
import { openat } from "../../../ffi/openat.ts";
import { type FileStatus, statx } from "../../../ffi/statx.ts";
import { OWN_FILES, OWN_FOLDERS, OWN_PARENT } from "./own_mount_points.ts";
import { isWhiteout } from "../../runtime/root/whiteout.ts";

/** A path that differs from the image's. */
export interface Change {
  /** `A` was added, `C` changed, `D` deleted. */
  kind: "A" | "C" | "D";
  /** The path in the container; bytes that are no UTF-8 show as `\uFFFD`. */
  path: string;
}

type Name = Uint8Array<ArrayBuffer>;

/** A folder of the container and what lies below it in the image. */
interface Folder {
  /** Descriptor of the folder in the upper directory. */
  upper: number;
  /** The same folder in the layers that still show through, the topmost first. */
  lower: LowerFolder[];
  /** Its path in the container, without a slash at the end. */
  path: string;
}

interface LowerFolder {
  /** Descriptor of the layer's root. */
  layer: number;
  /** The folder's path in it, with a slash at the end; empty for the root. */
  path: Name;
}

const OPAQUE = "trusted.overlay.opaque";
const CAPABILITY = "security.capability";
const DIRECTORY = OpenFlag.RDONLY | OpenFlag.DIRECTORY | OpenFlag.NOFOLLOW;

/**
 * Compares a container's root with its image.
 *
 * @param upper The folder that holds what the container changed.
 * @param layers The folders below it, the lowest first.
 * @returns What differs, sorted by path within each folder; of what was deleted, the top only.
 * @throws {SyscallError} The kernel refused: `ENAMETOOLONG` or `EMFILE` where the container has
 * nested folders deeper than a path can say.
 */
export function listChanges(upper: string, layers: readonly string[]): Change[] {
  const opened: number[] = [];
  const openFolder = (path: string) => {
    const fd = open(path, OpenFlag.RDONLY | OpenFlag.DIRECTORY);
    opened.push(fd);
    return fd;
  };
  try {
    const lower = layers.map((path) => ({ layer: openFolder(path), path: new Uint8Array() }));
    const changes: Change[] = [];
    compareFolder({ upper: openFolder(upper), lower: lower.reverse(), path: "" }, changes);
    return changes;
  } finally {
    opened.forEach(close);
  }
}

function compareFolder(folder: Folder, changes: Change[]): void {
  const names = namesIn(folder.upper);
  for (const [text, name] of names) {
    const path = `${folder.path}/${text}`;
    if (OWN_FOLDERS.includes(path) || OWN_FILES.includes(path)) continue;
    const status = statusAt(folder.upper, name);
    // Undefined: the container has removed it meanwhile.
    if (status !== undefined) compareEntry(folder, { name, path, status }, changes);
  }
  if (isOpaque(folder.upper)) reportHidden(folder, names, changes);
}

interface Entry {
  name: Name;
  path: string;
  status: FileStatus;
}

function compareEntry(folder: Folder, { name, path, status }: Entry, changes: Change[]): void {
  const below = lookBelow(folder.lower, name);
  if (isWhiteout(status)) {
    if (below.status) changes.push({ kind: "D", path });
    return;
  }
  const isOwn = path === OWN_PARENT && below.status === undefined;
  if (isOwn || below.status) {
    const isSame = isOwn || isUnchanged(folder, name, status, below);
    if (!isSame) changes.push({ kind: "C", path });
    if (isDirectory(status)) compareInside(folder, { name, path, status }, below, isSame, changes);
    return;
  }
  changes.push({ kind: "A", path });
  if (isDirectory(status)) compareInside(folder, { name, path, status }, below, false, changes);
}

/** A folder has changed when anything in it has, even if nothing of its own has. */
function compareInside(
  { upper }: Folder,
  { name, path }: Entry,
  { folders }: Below,
  isSame: boolean,
  changes: Change[],
): void {
  const position = changes.length;
  const inner = openInside(upper, name);
  if (inner === undefined) return;
  try {
    compareFolder({ upper: inner, lower: folders, path }, changes);
  } finally {
    close(inner);
  }
  if (isSame && changes.length > position) changes.splice(position, 0, { kind: "C", path });
}

/** Nothing where the container has put something else in its place. */
function openInside(directory: number, name: Name): number | undefined {
  try {
    return openat(directory, name, DIRECTORY);
  } catch (error) {
    if (isErrno(error, Errno.ENOENT, Errno.ENOTDIR, Errno.ELOOP)) return undefined;
    throw error;
  }
}

/** What the image has under a name. */
interface Below {
  /** What it is; nothing where there is nothing, or it is hidden by a layer above. */
  status?: FileStatus;
  /** Where that is: the layer's root, and the path in it. */
  found?: { layer: number; path: Name };
  /** The folders that are merged under that name, the topmost first. */
  folders: LowerFolder[];
}

function lookBelow(folders: readonly LowerFolder[], name: Name): Below {
  const below: Below = { folders: [] };
  for (const { layer, path: parent } of folders) {
    const path = join(parent, name);
    const status = statusAt(layer, path);
    if (status === undefined) continue;
    if (isWhiteout(status)) break;
    // A file ends what is merged, and is itself hidden by a folder above it.
    if (!isDirectory(status) && below.status !== undefined) break;
    below.status ??= status;
    below.found ??= { layer, path };
    if (!isDirectory(status)) break;
    below.folders.push({ layer, path: join(path.subarray(0, -1), SLASH) });
    if (isOpaque(layer, path)) break;
  }
  return below;
}

/** Reports what an opaque folder hides and does not have itself. */
function reportHidden(
  folder: Folder,
  own: ReadonlyMap<string, Name>,
  changes: Change[],
): void {
  const hidden = new Map<string, Name>();
  for (const { layer, path } of folder.lower) {
    const fd = path.length === 0 ? layer : openat(layer, terminated(path), DIRECTORY);
    try {
      for (const [text, name] of namesIn(fd)) hidden.set(text, name);
    } finally {
      if (fd !== layer) close(fd);
    }
  }
  for (const text of [...hidden.keys()].sort()) {
    if (own.has(text) || lookBelow(folder.lower, hidden.get(text)!).status === undefined) continue;
    changes.push({ kind: "D", path: `${folder.path}/${text}` });
  }
}

/** As Docker compares: of folders neither size nor time count. */
function isUnchanged(folder: Folder, name: Name, now: FileStatus, { status, found }: Below) {
  const before = status!;
  const sameContent = isDirectory(before) ||
    now.size === before.size && now.modified.seconds === before.modified.seconds &&
      now.modified.nanoseconds === before.modified.nanoseconds;
  return sameContent && now.mode === before.mode && now.uid === before.uid &&
    now.gid === before.gid && now.deviceMajor === before.deviceMajor &&
    now.deviceMinor === before.deviceMinor &&
    capability(folder.upper, name) === capability(found!.layer, found!.path);
}

function capability(directory: number, path: Name): string {
  return String(lgetxattr(throughDescriptor(directory, path), CAPABILITY));
}

function isOpaque(directory: number, path: Name = DOT): boolean {
  const value = lgetxattr(throughDescriptor(directory, path), OPAQUE);
  return value?.length === 1 && value[0] === "y".charCodeAt(0);
}

const SLASH = new TextEncoder().encode("/");
const DOT = new TextEncoder().encode(".\0");

function throughDescriptor(directory: number, path: Name): Name {
  return join(new TextEncoder().encode(`/proc/self/fd/${directory}/`), path);
}

function join(parent: Uint8Array, name: Name): Name {
  const path = new Uint8Array(parent.length + name.length);
  path.set(parent);
  path.set(name, parent.length);
  return path;
}

function terminated(path: Name): Name {
  return join(path, new Uint8Array(1));
}

/** Names by their text, sorted. */
function namesIn(directory: number): Map<string, Name> {
  const names: [string, Name][] = [];
  for (let batch = getdents64(directory); batch.length > 0; batch = getdents64(directory)) {
    for (const { name } of batch) names.push([decode(name), name]);
  }
  return new Map(names.sort(([one], [other]) => one < other ? -1 : 1));
}

function decode(name: Name): string {
  return new TextDecoder().decode(name.subarray(0, -1));
}

function statusAt(directory: number, path: Name): FileStatus | undefined {
  try {
    return statx(directory, path);
  } catch (error) {
    if (isErrno(error, Errno.ENOENT, Errno.ENOTDIR)) return undefined;
    throw error;
  }
}

function isDirectory({ mode }: FileStatus): boolean {
  return (mode & FileType.MASK) === FileType.DIRECTORY;
}
