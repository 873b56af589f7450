/**
 * Looking at a file of a container.
 *
 * @module
 */

import { close, FileType, readlinkat, statx } from "../../../ffi/mod.ts";
import type { Instance } from "../instance/instance.ts";
import { openFiles } from "./copy.ts";
import { parseCopyPath } from "./placement.ts";

/** A file of a container. */
export interface FileStat {
  /** Its last name; `/` for the root. */
  name: string;
  /** In bytes; a link's is the length of its target, and a directory's is up to its file system. */
  size: number;
  /** Its type and permissions, as `st_mode` has them (inode(7)). */
  mode: number;
  /** When its content was changed last, in milliseconds since the epoch. */
  modifiedAt: number;
  /** Where it leads to, if it is a symbolic link; empty otherwise. */
  linkTarget: string;
}

/**
 * Looks at a file of a container; a link that is its last name is looked at itself.
 *
 * @param instance The instance.
 * @param nameOrId The container: a name, an id, or the beginning of one.
 * @param path A path in it.
 * @returns What is there.
 * @throws {EngineError} `notFound`: there is no such container or file; `conflict`: the container is
 * being created or removed.
 */
export async function statFile(
  instance: Pick<Instance, "database" | "roots">,
  nameOrId: string,
  path: string,
): Promise<FileStat> {
  using files = await openFiles(instance, nameOrId);
  const parsed = parseCopyPath(path);
  const handle = files.open(parsed, false);
  try {
    const { mode, modified, size } = statx(handle);
    const isLink = (mode & FileType.MASK) === FileType.SYMLINK;
    return {
      name: parsed.name || "/",
      size,
      mode,
      modifiedAt: modified.seconds * 1000 + modified.nanoseconds / 1e6,
      linkTarget: isLink ? new TextDecoder().decode(readlinkat(handle, "")) : "",
    };
  } finally {
    close(handle);
  }
}
