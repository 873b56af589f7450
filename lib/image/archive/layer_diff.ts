/**
 * The upper directory of an overlay as a layer: whiteouts and opaque directories in OCI's form.
 *
 * @see https://github.com/opencontainers/image-spec/blob/main/layer.md
 * @see https://docs.kernel.org/filesystems/overlayfs.html#whiteouts-and-opaque-directories
 *
 * @module
 */

import type { FileStatus } from "../../../ffi/statx.ts";
import type { OwnerShift } from "../../runtime/user/owner_shift.ts";
import { EngineError } from "../../errors.ts";
import { type ByteString, showByteString } from "../layer/byte_string.ts";
import { MemberType } from "./tar_member.ts";
import type { TarWriter } from "./tar_writer.ts";
import { NodeArchiver } from "./tree_archive.ts";
import { isDirectory, isOpaque, type TreeNode, walkTree } from "./tree_walk.ts";
import { isWhiteout } from "../../runtime/root/whiteout.ts";

const WHITEOUT_PREFIX = ".wh.";
const OPAQUE_MARK = ".wh..wh..opq";
/** Notes of an overlay that renames directories, or copies up without content: parts of a file or
 * directory are then elsewhere. We never mount one like that, but the kernel's default could be it. */
const INCOMPLETE = ["trusted.overlay.redirect", "trusted.overlay.metacopy"];
/** The kernel gives many whiteouts one inode, whose time says nothing of any of them. */
const NO_TIME = { seconds: 0, nanoseconds: 0 };

/** Options of {@linkcode archiveUpper}. */
export interface ArchiveUpperOptions {
  /** Whether a file, and everything in it, is no change of the container's. */
  skips: (path: ByteString, status: FileStatus) => boolean;
  /** Translates owners on the disk to those in the archive. */
  shift?: OwnerShift | undefined;
}

/**
 * Packs what an overlay has changed.
 *
 * @param writer Where to; its end is the caller's.
 * @param upper A descriptor of the upper directory.
 * @param options What is left out.
 * @returns What is ready of the archive; a piece is gone once the next one is asked for.
 * @throws {EngineError} `invalid`: a name means a deletion in layers, or the overlay keeps parts of a
 * file elsewhere.
 * @throws {SyscallError} The kernel refused.
 */
export function* archiveUpper(
  writer: TarWriter,
  upper: number,
  options: ArchiveUpperOptions,
): Generator<Uint8Array<ArrayBuffer>, void> {
  const nodes = new NodeArchiver(writer, options.shift);
  for (const node of walkTree(upper, options.skips)) {
    const slash = node.path.lastIndexOf("/");
    const name = node.path.slice(slash + 1);
    if (name.startsWith(WHITEOUT_PREFIX)) {
      throw refuse(node.path, 'its name begins with ".wh.", which means a deletion in layers');
    }
    if (isWhiteout(node.status)) {
      yield* addMark(writer, `${node.path.slice(0, slash + 1)}${WHITEOUT_PREFIX}${name}`);
      continue;
    }
    checkComplete(node);
    if (node.path !== "") yield* nodes.add(node, node.path);
    else if (!isUsualRoot(node.status, options.shift)) yield* nodes.add(node, ".");
    if (isDirectory(node.status) && isOpaque(node)) {
      yield* addMark(writer, node.path === "" ? OPAQUE_MARK : `${node.path}/${OPAQUE_MARK}`);
    }
  }
}

function addMark(writer: TarWriter, path: ByteString): Iterable<Uint8Array<ArrayBuffer>> {
  return writer.add({ type: MemberType.FILE, path, mode: 0, modified: NO_TIME });
}

/** What a root is without an entry for it in any layer. */
function isUsualRoot(
  { mode, ...status }: FileStatus,
  shift: OwnerShift = (owned) => owned,
): boolean {
  const { gid, uid } = shift({ uid: status.uid, gid: status.gid, attributes: [] });
  return (mode & 0o7777) === 0o755 && uid === 0 && gid === 0;
}

function checkComplete({ attributes, path }: TreeNode): void {
  if (attributes.some(({ name }) => INCOMPLETE.includes(name))) {
    throw refuse(path, "the overlay keeps its content elsewhere (redirect_dir or metacopy)");
  }
}

function refuse(path: ByteString, state: string): EngineError {
  return new EngineError(`Cannot archive "/${showByteString(path)}": ${state}`, {
    kind: "invalid",
  });
}
