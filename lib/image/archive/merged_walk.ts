/**
 * Going through the directories of an overlay as if it were mounted.
 *
 * Without a mount there is nothing to unmount, nothing mounted upon it is in the way, and it makes no
 * difference whether the overlay is in use.
 *
 * @see https://docs.kernel.org/filesystems/overlayfs.html
 *
 * @module
 */

import { close } from "../../../ffi/fd.ts";
import { statx } from "../../../ffi/statx.ts";
import type { ByteString } from "../layer/byte_string.ts";
import { isDirectory, isOpaque, namesIn, openDirectory, takeHold, TreeNode } from "./tree_walk.ts";
import { isWhiteout } from "../../runtime/root/whiteout.ts";

/** A directory as it is merged of those of several layers. */
interface MergedDirectory {
  path: ByteString;
  /** Descriptors for reading, the topmost layer's first. */
  fds: number[];
  /** Names, sorted, and which of the descriptors has each first. */
  names: [name: ByteString, layer: number][];
  next: number;
}

/**
 * Goes through merged layers: a directory comes before what is in it, names in the order of their
 * bytes. What is mounted upon a layer is not entered.
 *
 * @param layers Descriptors of the layers' top directories, the topmost first; they stay open.
 * @returns The nodes, the top itself first; what is removed meanwhile is left out.
 * @throws {SyscallError} The kernel refused.
 */
export function* walkMerged(layers: readonly number[]): Generator<TreeNode, void> {
  yield new TreeNode("", layers[0]!);
  const levels: MergedDirectory[] = [];
  try {
    levels.push(merge("", layers.map(openDirectory)));
    for (let level = levels.at(-1); level !== undefined; level = levels.at(-1)) {
      const entry = level.names[level.next++];
      if (entry === undefined) {
        levels.pop()!.fds.forEach(close);
        continue;
      }
      const inner = yield* visit(level, ...entry);
      if (inner !== undefined) levels.push(inner);
    }
  } finally {
    for (const { fds } of levels) fds.forEach(close);
  }
}

function* visit(
  parent: MergedDirectory,
  name: ByteString,
  layer: number,
): Generator<TreeNode, MergedDirectory | undefined> {
  const handle = takeHold(parent.fds[layer]!, name);
  if (handle === undefined) return undefined;
  try {
    const path = parent.path === "" ? name : `${parent.path}/${name}`;
    const node = new TreeNode(path, handle);
    if (isWhiteout(node.status)) return undefined;
    yield node;
    if (!isDirectory(node.status) || isMountPoint(parent.fds[layer]!, node)) return undefined;
    return merge(path, [openDirectory(handle), ...lowerDirectories(parent, name, layer, node)]);
  } finally {
    close(handle);
  }
}

/** Directories of one name in the layers below, down to the first thing that hides the rest. */
function lowerDirectories(
  parent: MergedDirectory,
  name: ByteString,
  layer: number,
  top: TreeNode,
): number[] {
  const found: number[] = [];
  if (isOpaque(top)) return found;
  for (const fd of parent.fds.slice(layer + 1)) {
    const handle = takeHold(fd, name);
    if (handle === undefined) continue;
    try {
      const node = new TreeNode(top.path, handle);
      if (!isDirectory(node.status)) break;
      found.push(openDirectory(handle));
      if (isOpaque(node)) break;
    } finally {
      close(handle);
    }
  }
  return found;
}

function merge(path: ByteString, fds: number[]): MergedDirectory {
  const first = new Map<ByteString, number>();
  fds.forEach((fd, layer) => {
    for (const name of namesIn(fd)) if (!first.has(name)) first.set(name, layer);
  });
  const names = [...first].sort(([one], [other]) => one < other ? -1 : 1);
  return { path, fds, names, next: 0 };
}

function isMountPoint(parent: number, { status }: TreeNode): boolean {
  return statx(parent).device !== status.device;
}
