/**
 * The host's side of a copy.
 *
 * @module
 */

import { AT_FDCWD, Errno, FileType, isErrno, openat, OpenFlag } from "../../../ffi/mod.ts";
import { EngineError } from "../../errors.ts";
import { typeOf } from "./container_files.ts";
import { type CopyPath, type CopySource, type CopyTarget, parseCopyPath } from "./placement.ts";

const MAX_LINKS = 40;

/** A file or folder of the host that is copied. */
export interface LocalSource extends CopySource {
  /** An `O_PATH` descriptor, to be closed by the caller. */
  handle: number;
}

/**
 * Opens what is to be copied.
 *
 * @param text Its path.
 * @param followLink Whether a link is followed that is the last name; one before a slash always is.
 * @returns What it is.
 * @throws {EngineError} `notFound`: there is none.
 */
export function openLocalSource(text: string, followLink: boolean): LocalSource {
  const path = parseCopyPath(text, Deno.cwd());
  // Not by its text alone: what ".." means depends on links before it.
  const opened = path.isContent ? `${text}/` : text;
  const flags = followLink || path.isDirectory ? 0 : OpenFlag.NOFOLLOW;
  try {
    const handle = openat(AT_FDCWD, opened, OpenFlag.PATH | flags);
    const isDirectory = typeOf(handle) === FileType.DIRECTORY;
    return { handle, isDirectory, name: sourceName(path) };
  } catch (cause) {
    if (!isErrno(cause, Errno.ENOENT)) {
      throw new EngineError(`Cannot open "${path.clean}"`, { kind: "invalid", cause });
    }
    throw new EngineError(`lstat ${path.clean}: no such file or directory`, { kind: "notFound" });
  }
}

/**
 * Names what is copied, as it is to be called in the folder it is copied into.
 *
 * @param path Its path.
 * @returns Its last name, or `.` where what is in it is meant.
 */
export function sourceName({ isContent, name }: CopyPath): string {
  return isContent || name === "" ? "." : name;
}

/** Where a copy goes on the host. */
export interface LocalTarget extends CopyTarget {
  /** Its path. */
  path: string;
  /** The folder it is in. */
  parent: string;
}

/**
 * Looks at the place where a copy is to go.
 *
 * @param text Its path; a link that is the last name is followed, also to where there is nothing yet.
 * @returns What is there.
 * @throws {EngineError} `invalid`: its folder does not exist.
 */
export function findLocalTarget(text: string): LocalTarget {
  let path = parseCopyPath(text, Deno.cwd());
  for (let links = 0; links < MAX_LINKS; links++) {
    const link = readLink(path.clean);
    if (link === undefined) break;
    path = { ...parseCopyPath(link, path.directory), isDirectory: path.isDirectory };
  }
  const { clean, directory, isDirectory, name } = path;
  const found = typeOfPath(clean);
  if (found === "nothing" && typeOfPath(directory) !== "directory") {
    throw new EngineError(`invalid output path: directory "${directory}" does not exist`, {
      kind: "invalid",
    });
  }
  return { path: clean, parent: directory, name, isDirectory, found };
}

function readLink(path: string): string | undefined {
  try {
    return Deno.readLinkSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || isNoLink(error)) return undefined;
    throw error;
  }
}

/** EINVAL, which has no class of its own. */
function isNoLink(error: unknown): boolean {
  const { code } = error as { code?: string };
  return code === "EINVAL" || code === "ENOTDIR" || error instanceof Deno.errors.NotADirectory;
}

function typeOfPath(path: string): CopyTarget["found"] {
  try {
    return Deno.statSync(path).isDirectory ? "directory" : "file";
  } catch (error) {
    const isMissing = error instanceof Deno.errors.NotFound ||
      error instanceof Deno.errors.NotADirectory;
    if (isMissing) return "nothing";
    throw error;
  }
}
