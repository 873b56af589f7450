/**
 * A directory with everything in it as a tar archive.
 *
 * @module
 */

import { FileType, readlinkat } from "../../../ffi/directory_entry.ts";
import { close } from "../../../ffi/fd.ts";
import type { FileStatus } from "../../../ffi/statx.ts";
import type { OwnerShift } from "../../runtime/user/owner_shift.ts";
import type { Attribute } from "../layer/attributes.ts";
import { type ByteString, toByteString } from "../layer/byte_string.ts";
import { MemberType, type TarMember } from "./tar_member.ts";
import type { TarWriter } from "./tar_writer.ts";
import { openContent, type TreeNode, walkTree } from "./tree_walk.ts";

/** Options of {@linkcode archiveTree}. */
export interface ArchiveTreeOptions {
  /**
   * The top's name in the archive. Without one, what is in the top directory lies at the archive's
   * root, and the top itself is left out.
   */
  as?: ByteString;
  /** Whether a file, and everything in it, is left out; paths begin below the top. */
  skips?: (path: ByteString, status: FileStatus) => boolean;
  /** Translates owners on the disk to those in the archive. */
  shift?: OwnerShift | undefined;
}

/** Attributes that are notes of one machine to itself: overlay's, and labels of its policy. */
const LOCAL_ATTRIBUTES: readonly string[] = [
  "trusted.overlay.",
  "user.overlay.",
  "security.selinux",
];

/**
 * Packs a file, or a directory with everything in it.
 *
 * Sockets are left out: an archive has no type for them, and they mean nothing without their server.
 *
 * @param writer Where to; its end is the caller's.
 * @param top A descriptor of the file or directory, `O_PATH` or other; it stays open.
 * @param options The top's name, and what is left out.
 * @returns What is ready of the archive; a piece is gone once the next one is asked for.
 * @throws {EngineError} `invalid`: directories are nested deeper than a path can say.
 * @throws {SyscallError} The kernel refused.
 */
export function* archiveTree(
  writer: TarWriter,
  top: number,
  options: ArchiveTreeOptions = {},
): Generator<Uint8Array<ArrayBuffer>, void> {
  const { as = "", shift, skips } = options;
  const nodes = new NodeArchiver(writer, shift);
  for (const node of walkTree(top, skips)) {
    const path = [as, node.path].filter((part) => part !== "").join("/");
    if (path !== "") yield* nodes.add(node, path);
  }
}

/** Packs the files of one tree, and knows which of them are the same file under several names. */
export class NodeArchiver {
  readonly #writer: TarWriter;
  readonly #shift: OwnerShift | undefined;
  readonly #linked = new Map<string, { path: ByteString; names: number }>();

  /**
   * Starts an archive of a tree.
   *
   * @param writer Where to.
   * @param shift Translates owners on the disk to those in the archive.
   */
  constructor(writer: TarWriter, shift?: OwnerShift) {
    this.#writer = writer;
    this.#shift = shift;
  }

  /**
   * Packs one file; the second name of one is a hard link to the first.
   *
   * @param node The file.
   * @param path Its name in the archive, without a slash at the end.
   * @returns What is ready of the archive.
   * @throws {SyscallError} The kernel refused.
   */
  *add(node: TreeNode, path: ByteString): Generator<Uint8Array<ArrayBuffer>, void> {
    const member = describe(node, path, this.#shift);
    if (member === undefined) return;
    const first = member.type === MemberType.DIRECTORY ? undefined : this.#firstName(node, path);
    if (first !== undefined) {
      yield* this.#writer.add({ ...bare(member), type: MemberType.HARDLINK, target: first });
    } else if (member.type === MemberType.FILE && node.status.size > 0) {
      const content = openContent(node);
      try {
        yield* this.#writer.add({ ...member, size: node.status.size }, content);
      } finally {
        close(content);
      }
    } else {
      yield* this.#writer.add(member);
    }
  }

  #firstName({ status }: TreeNode, path: ByteString): ByteString | undefined {
    const { device, inode, links } = status;
    if (links < 2) return undefined;
    const key = `${device}:${inode}`;
    const known = this.#linked.get(key);
    if (known === undefined) {
      this.#linked.set(key, { path, names: links - 1 });
      return undefined;
    }
    // Forgotten with its last name, so that only links that lead out of the tree add up.
    if (--known.names === 0) this.#linked.delete(key);
    return known.path;
  }
}

/** Size, target and attributes of a hard link are those of the name before. */
function bare({ path, mode, uid, gid, modified }: TarMember): Omit<TarMember, "type"> {
  return { path, mode, uid: uid ?? 0, gid: gid ?? 0, modified };
}

const TYPES: Readonly<Record<number, TarMember["type"]>> = {
  [FileType.REGULAR]: MemberType.FILE,
  [FileType.SYMLINK]: MemberType.SYMLINK,
  [FileType.CHARACTER]: MemberType.CHARACTER,
  [FileType.BLOCK]: MemberType.BLOCK,
  [FileType.DIRECTORY]: MemberType.DIRECTORY,
  [FileType.FIFO]: MemberType.FIFO,
};

/**
 * Describes a file for an archive.
 *
 * @param node The file.
 * @param path Its name in the archive, without a slash at the end.
 * @param shift Translates its owners on the disk to those in the archive.
 * @returns Its header, without its size; nothing for a socket.
 * @throws {SyscallError} The kernel refused.
 */
export function describe(
  node: TreeNode,
  path: ByteString,
  shift: OwnerShift = (owned) => owned,
): TarMember | undefined {
  const { handle, status } = node;
  const type = TYPES[status.mode & FileType.MASK];
  if (type === undefined) return undefined;
  const member: TarMember = {
    type,
    path: type === MemberType.DIRECTORY ? `${path}/` : path,
    mode: status.mode & 0o7777,
    modified: status.modified,
    ...shift({ uid: status.uid, gid: status.gid, attributes: portableAttributes(node) }),
  };
  if (type === MemberType.SYMLINK) member.target = toByteString(readlinkat(handle, ""));
  if (type === MemberType.CHARACTER || type === MemberType.BLOCK) {
    member.deviceMajor = status.deviceMajor;
    member.deviceMinor = status.deviceMinor;
  }
  return member;
}

function portableAttributes({ attributes }: TreeNode): Attribute[] {
  return attributes.filter(({ name }) =>
    !LOCAL_ATTRIBUTES.some((prefix) => name.startsWith(prefix))
  );
}
