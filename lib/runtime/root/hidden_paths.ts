/**
 * Paths of `/proc` and `/sys` that a container may not read or not write.
 *
 * @module
 */

import {
  attachMount,
  cloneMount,
  cloneOpenMount,
  close,
  closing,
  Errno,
  fchdir,
  FileType,
  isErrno,
  mount,
  MountAttribute,
  MountFlag,
  setMountAttributes,
  statx,
} from "../../../ffi/mod.ts";
import { EngineError } from "../../errors.ts";
import { openInContainer } from "./container_path.ts";

/**
 * Hides paths: an empty read-only folder over folders, `/dev/null` over files. What does not exist is
 * passed over.
 *
 * @param paths Absolute paths in the container.
 * @throws {EngineError} `system`: one cannot be hidden.
 */
export function maskPaths(paths: readonly string[]): void {
  for (const path of paths) onExisting(path, maskPath);
}

function maskPath(path: string, target: number): void {
  if ((statx(target).mode & FileType.MASK) === FileType.DIRECTORY) {
    fchdir(target);
    mount("tmpfs", ".", "tmpfs", MountFlag.RDONLY, "size=0k");
    return;
  }
  closing(cloneMount("/dev/null", false), (source) => {
    // The image or a volume may have put something else there, which would then become readable or
    // writable under the masked name (CVE-2025-31133).
    const { mode, deviceMajor, deviceMinor } = statx(source);
    if ((mode & FileType.MASK) !== FileType.CHARACTER || deviceMajor !== 1 || deviceMinor !== 3) {
      throw new EngineError("/dev/null is not the null device", { kind: "system" });
    }
    attachMount(source, target, path);
  });
}

/**
 * Makes paths read-only. What does not exist is passed over.
 *
 * @param paths Absolute paths in the container.
 * @throws {EngineError} `system`: one cannot be made read-only.
 */
export function protectPaths(paths: readonly string[]): void {
  for (const path of paths) {
    onExisting(path, (_, target) => {
      // Of the descriptor, so that nothing can be exchanged between the two.
      closing(cloneOpenMount(target, true), (source) => {
        setMountAttributes(source, MountAttribute.RDONLY, true);
        attachMount(source, target, path);
      });
    });
  }
}

function onExisting(path: string, action: (path: string, target: number) => void): void {
  let target: number;
  try {
    target = openInContainer(path);
  } catch (error) {
    if (isErrno(error, Errno.ENOENT, Errno.ENOTDIR)) return;
    throw new EngineError(`protecting "${path}"`, { kind: "system", cause: error });
  }
  try {
    action(path, target);
  } catch (error) {
    throw new EngineError(`protecting "${path}"`, { kind: "system", cause: error });
  } finally {
    close(target);
  }
}
