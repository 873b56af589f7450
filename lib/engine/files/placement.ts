/**
 * Where a copied file or folder ends up, and under what name, as `docker cp` has it.
 *
 * @see https://docs.docker.com/reference/cli/docker/container/cp/
 * @module
 */

import { EngineError } from "../../errors.ts";
import { cleanPath } from "../../volume/mod.ts";

/** A path of a copy, taken apart by its text. */
export interface CopyPath {
  /** The path, absolute and without `.`, `..` and a slash at the end. */
  clean: string;
  /** Its folder. */
  directory: string;
  /** Its last name; empty for the root. */
  name: string;
  /** Whether it ends with `/` or `/.`, and so can only be a folder. */
  isDirectory: boolean;
  /** Whether it ends with `/.`, which stands for what is in the folder. */
  isContent: boolean;
}

/**
 * Takes a path apart.
 *
 * @param path The path; it starts at `base` unless it is absolute.
 * @param base An absolute path.
 * @returns The parts.
 */
export function parseCopyPath(path: string, base = "/"): CopyPath {
  const clean = cleanPath(path.startsWith("/") ? path : `${base}/${path}`);
  const slash = clean.lastIndexOf("/");
  const isContent = path === "." || path.endsWith("/.");
  return {
    clean,
    directory: clean.slice(0, slash) || "/",
    name: clean.slice(slash + 1),
    isContent,
    isDirectory: isContent || path.endsWith("/") || clean === "/",
  };
}

/** What is copied. */
export interface CopySource {
  /** Whether it is a folder. */
  isDirectory: boolean;
  /** Its name, or `.` where what is in it is meant. */
  name: string;
}

/** Where it is to be copied to. */
export interface CopyTarget {
  /** What is there: nothing, a folder or something else. */
  found: "nothing" | "directory" | "file";
  /** Its name. */
  name: string;
  /** Whether its path can only be a folder's. */
  isDirectory: boolean;
}

/** Where a copy goes. */
export interface Placement {
  /** Into the target itself, which is a folder, or into the folder it is in. */
  into: "target" | "parent";
  /** The name it has there; `.` to go on top of that folder. */
  as: string;
}

/**
 * Decides where a copy goes.
 *
 * @param source What is copied.
 * @param target Where to.
 * @returns Where it goes.
 * @throws {EngineError} `invalid`: a folder is to replace a file, or there is no such folder.
 */
export function placeCopy(source: CopySource, target: CopyTarget): Placement {
  if (target.found === "directory") return { into: "target", as: source.name };
  if (target.found === "file" && source.isDirectory) {
    throw new EngineError("cannot copy directory", { kind: "invalid" });
  }
  // A slash behind a file's name does not make it a folder.
  if (!source.isDirectory && target.isDirectory) {
    throw new EngineError("no such directory", { kind: "invalid" });
  }
  return { into: "parent", as: target.name };
}
