/**
 * Limiting what a container's own files may take: they are a project of the file system.
 *
 * @module
 */

import { close, open, OpenFlag, SyscallError } from "../../../ffi/mod.ts";
import {
  hasProjectLimit,
  projectOf,
  setProject,
  setProjectLimit,
} from "../../../ffi/project_quota.ts";
import { EngineError } from "../../errors.ts";

/** Numbers from here on are unlikely to be anybody else's (/etc/projid). */
const FIRST_PROJECT = 0x10000000;
/** How many numbers are tried before one is found that is free. */
const ATTEMPTS = 100;
/** Hexadecimal digits of an id that choose the number. */
const DIGITS = 7;

/**
 * Limits the size of what a container will write.
 *
 * @param bundle The container's folder, whose `upper` and `work` are still empty.
 * @param id The container's whole id.
 * @param bytes The most.
 * @throws {EngineError} `unavailable`: the file system has no project quotas.
 */
export function limitStorage(bundle: string, id: string, bytes: number): void {
  try {
    inFolders(bundle, (upper, work) => {
      const project = freeProject(upper, id);
      setProjectLimit(upper, project, bytes);
      for (const folder of [upper, work]) setProject(folder, project);
    });
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error;
    throw new EngineError(
      "Cannot limit the container's files: Filesystem does not support, or has not enabled quotas " +
        "(xfs with pquota, or ext4 with prjquota, Linux 5.14)",
      { kind: "unavailable", cause: error },
    );
  }
}

/**
 * Forgets the limit of a container that is being removed.
 *
 * @param bundle The container's folder, as it still is.
 */
export function releaseStorage(bundle: string): void {
  try {
    inFolders(bundle, (upper) => {
      const project = projectOf(upper);
      if (project >= FIRST_PROJECT) setProjectLimit(upper, project, 0);
    });
  } catch (error) {
    // Nothing of it is there any more, or there was no limit, as it could not be set.
    if (!(error instanceof SyscallError)) throw error;
  }
}

function inFolders(bundle: string, use: (upper: number, work: number) => void): void {
  const flags = OpenFlag.RDONLY | OpenFlag.DIRECTORY | OpenFlag.CLOEXEC;
  const folders: number[] = [];
  try {
    for (const name of ["upper", "work"]) folders.push(open(`${bundle}/${name}`, flags));
    use(folders[0]!, folders[1]!);
  } finally {
    folders.forEach(close);
  }
}

/** Two containers with one number would share one limit. */
function freeProject(fd: number, id: string): number {
  const first = FIRST_PROJECT + parseInt(id.slice(0, DIGITS), 16);
  for (let project = first; project < first + ATTEMPTS; project++) {
    if (!hasProjectLimit(fd, project)) return project;
  }
  throw new EngineError("Cannot limit the container's files: no project number is free", {
    kind: "unavailable",
  });
}
