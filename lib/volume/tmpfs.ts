/**
 * `--tmpfs CONTAINER[:OPTIONS]`: file systems in memory.
 *
 * @module
 */

import { EngineError } from "../errors.ts";
import { cleanPath } from "./mount_path.ts";

/** A file system in memory inside a container. */
export interface TmpfsMount {
  /** An absolute path in the container. */
  target: string;
  /** Options as mount(8) takes them, such as `size=64m`. */
  options: string[];
  /** Whether it was asked for by `--mount`, for `inspect`. */
  asMount?: true;
}

// tmpfs(5) and the generic options of mount(8), as Docker lets them through.
const FLAGS =
  /^(ro|rw|exec|noexec|suid|nosuid|dev|nodev|sync|async|dirsync|atime|noatime|diratime|nodiratime|relatime|norelatime|strictatime)$/;
const VALUES =
  /^(size|nr_blocks|nr_inodes)=\d+[kKmMgG%]?$|^mode=[0-7]{1,4}$|^(uid|gid)=\d+$|^mpol=\S+$/;

/**
 * Reads a tmpfs mount as `--tmpfs` has it.
 *
 * @param text `CONTAINER` or `CONTAINER:OPTIONS`.
 * @returns The mount.
 * @throws {EngineError} `invalid`: the path is not absolute, or an option is unknown.
 */
export function parseTmpfs(text: string): TmpfsMount {
  const colon = text.indexOf(":");
  const target = colon === -1 ? text : text.slice(0, colon);
  const options = colon === -1 ? [] : text.slice(colon + 1).split(",").filter(Boolean);
  if (!target.startsWith("/")) {
    throw new EngineError(`Cannot mount a tmpfs on "${target}": mount path must be absolute`, {
      kind: "invalid",
    });
  }
  if (cleanPath(target) === "/") {
    throw new EngineError(`Cannot mount a tmpfs on "${target}": destination can't be '/'`, {
      kind: "invalid",
    });
  }
  const unknown = options.find((option) => !FLAGS.test(option) && !VALUES.test(option));
  if (unknown !== undefined) {
    throw new EngineError(
      `Cannot mount a tmpfs on "${target}": invalid tmpfs option "${unknown}"`,
      {
        kind: "invalid",
      },
    );
  }
  return { target: cleanPath(target), options };
}
