/**
 * A container's root, seen from outside.
 *
 * @module
 */

import {
  close,
  Errno,
  FileType,
  isErrno,
  openat2,
  OpenFlag,
  Resolve,
  statx,
  SyscallError,
} from "../../../ffi/mod.ts";
import type { ProcessHandle } from "../../process/mod.ts";
import type { PathInfo } from "./command_path.ts";

// Kernels answer EAGAIN when something was renamed while they resolved a path (openat2(2)).
const RENAME_RETRIES = 32;

/** The root of a process, or one that was mounted for us. */
export class ContainerRoot implements Disposable {
  readonly #fd: number;

  /**
   * Takes charge of a root.
   *
   * @param descriptor A descriptor of it, closed with this object.
   */
  constructor(descriptor: number) {
    this.#fd = descriptor;
  }

  /**
   * Opens the root of a process, with the mounts it sees.
   *
   * @param process The process.
   * @returns Its root.
   * @throws {ProcessGoneError} It has ended.
   */
  static of(process: ProcessHandle): ContainerRoot {
    return new ContainerRoot(process.open("root", OpenFlag.PATH | OpenFlag.DIRECTORY));
  }

  /**
   * Opens a path. No link in it leads out of the root, and magic links, which jump to wherever their
   * descriptor points, are not followed.
   *
   * @param path An absolute path.
   * @param flags Bits of `OpenFlag`.
   * @returns A descriptor.
   * @throws {SyscallError} It does not exist, or leads through a magic link.
   */
  open(path: string, flags: number): number {
    for (let attempt = 0;; attempt++) {
      try {
        return openat2(this.#fd, path, flags, Resolve.IN_ROOT | Resolve.NO_MAGICLINKS);
      } catch (error) {
        if (attempt >= RENAME_RETRIES || !isErrno(error, Errno.EAGAIN)) throw error;
      }
    }
  }

  /**
   * Looks a path up.
   *
   * @param path An absolute path.
   * @returns What is there, if anything that can be looked at.
   */
  lookUp(path: string): PathInfo | undefined {
    let fd: number;
    try {
      fd = this.open(path, OpenFlag.PATH);
    } catch (error) {
      if (error instanceof SyscallError) return undefined;
      throw error;
    }
    const { mode } = statx(fd);
    close(fd);
    const type = mode & FileType.MASK;
    return { mode, isFile: type === FileType.REGULAR, isDirectory: type === FileType.DIRECTORY };
  }

  /** Closes the root. */
  [Symbol.dispose](): void {
    close(this.#fd);
  }
}
