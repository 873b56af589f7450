/**
 * A file that nobody sees before it is complete.
 *
 * It has no name until then where the file system can do that: so it is gone with the process that is
 * at work on it, whatever that dies of. Elsewhere it has a name that nobody looks for.
 *
 * @module
 */

import { linkOpenFile, renameat } from "../../../ffi/directory_entry.ts";
import { Errno, isErrno } from "../../../ffi/error.ts";
import { close, OpenFlag } from "../../../ffi/fd.ts";
import { openat } from "../../../ffi/openat.ts";
import { removeTreeAt } from "../../state/remove_tree.ts";
import { toCString } from "./byte_string.ts";

const MODE = 0o600;
const NAMED = OpenFlag.WRONLY | OpenFlag.CREAT | OpenFlag.EXCL | OpenFlag.NOFOLLOW;
const NAMELESS = OpenFlag.WRONLY | OpenFlag.TMPFILE;

/** A file under way. */
export class UnseenFile implements Disposable {
  /** Its descriptor, open for writing. */
  readonly fd: number;
  readonly #directory: number;
  /** The name that nobody looks for, while it has one. */
  #temporary: Uint8Array<ArrayBuffer> | undefined;

  /**
   * Creates a file.
   *
   * @param directory The descriptor of the folder it is to be in, open until this is disposed of.
   * @throws {SyscallError} It cannot be created.
   */
  constructor(directory: number) {
    this.#directory = directory;
    try {
      this.fd = openat(directory, ".", NAMELESS, MODE);
    } catch (error) {
      // What kernels and file systems say that know no such files (open(2)).
      if (!isErrno(error, Errno.EOPNOTSUPP, Errno.EISDIR, Errno.ENOENT, Errno.EINVAL)) throw error;
      this.#temporary = temporaryName();
      this.fd = openat(directory, this.#temporary, NAMED, MODE);
    }
  }

  /**
   * Gives it its name, in place of what has it.
   *
   * @param name The name.
   * @throws {SyscallError} It cannot have that.
   */
  show(name: Uint8Array<ArrayBuffer>): void {
    if (this.#temporary === undefined) {
      try {
        return linkOpenFile(this.fd, this.#directory, name);
      } catch (error) {
        if (!isErrno(error, Errno.EEXIST)) throw error;
      }
      // Only a file with a name can take the place of another one.
      this.#temporary = temporaryName();
      linkOpenFile(this.fd, this.#directory, this.#temporary);
    }
    renameat(this.#directory, this.#temporary, this.#directory, name);
    this.#temporary = undefined;
  }

  /** Closes it; without a name of its own it is gone then. */
  [Symbol.dispose](): void {
    close(this.fd);
    if (this.#temporary !== undefined) removeTreeAt(this.#directory, this.#temporary);
  }
}

function temporaryName(): Uint8Array<ArrayBuffer> {
  return toCString(`.tsd-${crypto.randomUUID()}`);
}
