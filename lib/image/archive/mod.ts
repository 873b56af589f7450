/**
 * Writing tar archives.
 *
 * @module
 */

export { MemberType, type TarMember } from "./tar_member.ts";
export { type TarContent, TarWriter } from "./tar_writer.ts";
export { archiveTree, type ArchiveTreeOptions, describe, NodeArchiver } from "./tree_archive.ts";
export { openContent, type TreeNode, walkTree } from "./tree_walk.ts";
