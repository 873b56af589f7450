/**
 * Where on the disk the layers of a pull go.
 *
 * @module
 */

import { AT_FDCWD } from "../../../ffi/openat.ts";
import { unlinkat } from "../../../ffi/directory_entry.ts";
import { Errno, isErrno } from "../../../ffi/error.ts";

/** How often a directory is made again because another pull has just removed the folder it is in. */
const MOST_ATTEMPTS = 100;

/**
 * A folder that layers' directories are made in, to be moved from there while they are empty: the file
 * system keeps what is in them near to it. It is there for as long as a pull goes on, and each time at
 * another place ({@linkcode spreadApart}); where each layer had one of its own, the file system would
 * have as many places to begin at, which takes longer than to unpack a small layer.
 */
export class Nearby {
  readonly #folder: string;

  /**
   * Names the folder; creates nothing.
   *
   * @param folder Its absolute path; what is above it is there.
   */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * Makes an empty directory that all users may enter, whatever the umask.
   *
   * @param path Its absolute path, on the same file system; nothing is there.
   */
  makeDirectory(path: string): void {
    const made = this.#make();
    Deno.chmodSync(made, 0o755);
    Deno.renameSync(made, path);
  }

  /**
   * Removes the folder, so that the next one is at another place; it stays while it is in use.
   *
   * @throws {SyscallError} The kernel refused.
   */
  leave(): void {
    try {
      unlinkat(AT_FDCWD, this.#folder, { directory: true });
    } catch (error) {
      if (!isErrno(error, Errno.ENOENT, Errno.ENOTEMPTY)) throw error;
    }
  }

  #make(): string {
    const path = `${this.#folder}/${crypto.randomUUID()}`;
    for (let attempt = 1;; attempt++) {
      try {
        Deno.mkdirSync(path, { recursive: true, mode: 0o700 });
        return path;
      } catch (error) {
        if (!(error instanceof Deno.errors.NotFound) || attempt === MOST_ATTEMPTS) throw error;
      }
    }
  }
}
