/**
 * Folders of the host that are made because a container has them mounted.
 *
 * @module
 */

import { EngineError } from "../errors.ts";

/** Who owns a folder. */
export interface FolderOwner {
  /** The host's number of the user. */
  uid: number;
  /** The host's number of the group. */
  gid: number;
}

const MODE = 0o755;

/**
 * Creates a folder where nothing is, with those above it.
 *
 * @param path An absolute path on the host.
 * @param owner Who is to own what is created; the process's own user where it is absent.
 * @throws {EngineError} `invalid`: it cannot be created.
 */
export function createBindSource(path: string, owner?: FolderOwner): void {
  if (exists(path)) return;
  try {
    for (const folder of [...missingAbove(path), path]) createFolder(folder, owner);
  } catch (error) {
    throw new EngineError(
      `Cannot mount "${path}": error while creating mount source path '${path}'`,
      { kind: "invalid", cause: error },
    );
  }
}

function createFolder(path: string, owner: FolderOwner | undefined): void {
  try {
    Deno.mkdirSync(path);
  } catch (error) {
    // Another container wants it as well, or one below it.
    if (error instanceof Deno.errors.AlreadyExists && isFolder(path)) return;
    throw error;
  }
  // Whatever the umask is.
  Deno.chmodSync(path, MODE);
  if (owner) Deno.chownSync(path, owner.uid, owner.gid);
}

/**
 * Finds what is there of a path.
 *
 * @param path An absolute path on the host.
 * @returns The path, or the nearest folder above it that exists.
 */
export function existingPart(path: string): string {
  return exists(path) || path === "/" ? path : existingPart(parentOf(path));
}

function missingAbove(path: string): string[] {
  const above = parentOf(path);
  return exists(above) ? [] : [...missingAbove(above), above];
}

/** Without the module for paths, whose loading would cost every start 8 ms. */
function parentOf(path: string): string {
  const clean = path.replace(/\/+$/, "");
  return clean.slice(0, clean.lastIndexOf("/")).replace(/\/+$/, "") || "/";
}

function exists(path: string): boolean {
  return statOf(path) !== undefined;
}

function isFolder(path: string): boolean {
  return statOf(path)?.isDirectory ?? false;
}

function statOf(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch {
    return undefined;
  }
}
