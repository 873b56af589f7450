/**
 * Finding out in what two trees of files differ.
 *
 * @module
 */

import { FileType, readlinkat } from "../../../ffi/directory_entry.ts";
import { close, open, OpenFlag, read } from "../../../ffi/fd.ts";
import type { ExtendedAttribute } from "../../../ffi/listxattr.ts";
import { openContent, type TreeNode, walkTree } from "../archive/mod.ts";
import { showByteString, toByteString } from "../layer/byte_string.ts";

const READ_BYTES = 256 * 1024;
// How many files are looked at before others get their turn: the calls here are synchronous.
const NODES_AT_ONCE = 256;
/** Labels of the machine's policy, which may have changed. */
const LOCAL_ATTRIBUTE = "security.selinux";

/**
 * Compares two trees: names, kinds, owners, permissions, times, extended attributes and content.
 *
 * Times of directories do not count: an archive need not have an entry for each of them.
 *
 * @param actual The tree that may be damaged.
 * @param wanted The tree as it must be.
 * @param signal Ends it.
 * @returns The first difference in words, such as `"/etc/passwd" has other content`; nothing where
 * there is none.
 * @throws {SyscallError} A file cannot be read.
 */
export async function findTreeDifference(
  actual: string,
  wanted: string,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const tops = [actual, wanted].map((path) => open(path, OpenFlag.PATH | OpenFlag.DIRECTORY));
  const [one, other] = tops.map((top) => walkTree(top)) as [TreeWalk, TreeWalk];
  try {
    for (let count = 1;; count++) {
      const [have, want] = [one.next(), other.next()];
      if (have.done && want.done) return undefined;
      const difference = differenceOf(have.value, want.value);
      if (difference !== undefined) return difference;
      if (count % NODES_AT_ONCE === 0) {
        await new Promise((resolve) => setTimeout(resolve, 0));
        signal?.throwIfAborted();
      }
    }
  } finally {
    one.return(undefined);
    other.return(undefined);
    tops.forEach(close);
  }
}

type TreeWalk = Generator<TreeNode, void>;

function differenceOf(
  have: TreeNode | undefined | void,
  want: TreeNode | undefined | void,
): string | undefined {
  // Both walks go by name: where they part, the one that is ahead lacks a file.
  if (!have || (want && want.path < have.path)) return `${show(want!)} is missing`;
  if (!want || have.path < want.path) return `${show(have)} does not belong there`;
  const what = statusDifference(have, want) ?? attributeDifference(have, want) ??
    contentDifference(have, want) ?? timeDifference(have, want);
  return what && `${show(want)} has ${what}`;
}

function statusDifference({ status: have }: TreeNode, { status: want }: TreeNode):
  | string
  | undefined {
  const kind = want.mode & FileType.MASK;
  if ((have.mode & FileType.MASK) !== kind) return "another type";
  if (have.mode !== want.mode) return "other permissions";
  if (have.uid !== want.uid || have.gid !== want.gid) return "another owner";
  if (kind === FileType.DIRECTORY) return undefined;
  const isDevice = kind === FileType.CHARACTER || kind === FileType.BLOCK;
  if (isDevice) {
    const isSame = have.deviceMajor === want.deviceMajor && have.deviceMinor === want.deviceMinor;
    return isSame ? undefined : "another device number";
  }
  if (have.size !== want.size) return "another size";
  if (have.links !== want.links) return "another number of names";
  return undefined;
}

function attributeDifference(have: TreeNode, want: TreeNode): string | undefined {
  const [one, other] = [have, want].map((node) =>
    node.attributes.filter(({ name }) => name !== LOCAL_ATTRIBUTE).map(attributeText).join("\n")
  );
  return one === other ? undefined : "other extended attributes";
}

function timeDifference({ status: have }: TreeNode, { status: want }: TreeNode):
  | string
  | undefined {
  // An archive knows no time of whiteouts, which are devices, and need not have all directories.
  if (TIMELESS.includes(want.mode & FileType.MASK)) return undefined;
  const isSame = have.modified.seconds === want.modified.seconds &&
    have.modified.nanoseconds === want.modified.nanoseconds;
  return isSame ? undefined : "another time";
}

const TIMELESS: readonly number[] = [FileType.DIRECTORY, FileType.CHARACTER, FileType.BLOCK];

function attributeText({ name, value }: ExtendedAttribute): string {
  return `${name}=${value.join(",")}`;
}

function contentDifference(have: TreeNode, want: TreeNode): string | undefined {
  const kind = want.status.mode & FileType.MASK;
  if (kind === FileType.SYMLINK) {
    const [one, other] = [have, want].map(({ handle }) => toByteString(readlinkat(handle, "")));
    return one === other ? undefined : "another target";
  }
  const hasContent = kind === FileType.REGULAR && want.status.size > 0;
  return hasContent && !isSameContent(have, want) ? "other content" : undefined;
}

const buffers = [new Uint8Array(READ_BYTES), new Uint8Array(READ_BYTES)] as const;

function isSameContent(have: TreeNode, want: TreeNode): boolean {
  const files: number[] = [];
  try {
    files.push(openContent(have));
    files.push(openContent(want));
    while (true) {
      const [one, other] = [fill(files[0]!, buffers[0]), fill(files[1]!, buffers[1])];
      if (!isEqual(one, other)) return false;
      if (one.length < READ_BYTES) return true;
    }
  } finally {
    files.forEach(close);
  }
}

function fill(file: number, buffer: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  let length = 0;
  while (length < buffer.length) {
    const count = read(file, buffer.subarray(length));
    // Regular files are never "not ready".
    if (!count) break;
    length += count;
  }
  return buffer.subarray(0, length);
}

function isEqual(one: Uint8Array, other: Uint8Array): boolean {
  if (one.length !== other.length) return false;
  // Eight bytes at a time; the buffers begin where a word does.
  const words = one.length >> 3;
  const [left, right] = [one, other].map((bytes) =>
    new BigUint64Array(bytes.buffer, bytes.byteOffset, words)
  ) as [BigUint64Array, BigUint64Array];
  for (let at = 0; at < words; at++) if (left[at] !== right[at]) return false;
  for (let at = words << 3; at < one.length; at++) if (one[at] !== other[at]) return false;
  return true;
}

function show({ path }: TreeNode): string {
  return JSON.stringify(`/${showByteString(path)}`);
}
