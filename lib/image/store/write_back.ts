/**
 * Bringing to the disk what a store takes in.
 *
 * @module
 */

import { close, open, OpenFlag } from "../../../ffi/fd.ts";
import { syncfsOf } from "../../../ffi/syncfs.ts";

/** After so many bytes have come, they are written to the disk while more come. */
const SHARE = 32 * 1024 * 1024;

/**
 * Writes what comes to the disk share by share, so that little is left to be waited for at the end:
 * by itself the kernel would begin after half a minute.
 */
export class WriteBack implements AsyncDisposable {
  readonly #fd: number;
  readonly #sync: (fd: number) => Promise<void>;
  #waiting = 0;
  #writing: Promise<void> | undefined;
  #failure: { error: unknown } | undefined;

  /**
   * Begins; from now on failures of the device are noticed.
   *
   * @param path A folder on the file system.
   * @param sync Writes all there is of the file system of a descriptor; another one for tests.
   * @throws {SyscallError} It cannot be opened.
   */
  constructor(path: string, sync = (fd: number): Promise<void> => syncfsOf(fd, path)) {
    this.#sync = sync;
    this.#fd = open(path, OpenFlag.RDONLY);
  }

  /**
   * Notes that more has come.
   *
   * @param bytes How many bytes of it.
   */
  add(bytes: number): void {
    this.#waiting += bytes;
    if (this.#waiting < SHARE || this.#writing !== undefined) return;
    this.#waiting = 0;
    this.#writing = this.#write();
  }

  /**
   * Waits until all that was written is on the disk, to survive a power cut.
   *
   * @throws {Error} The device failed.
   */
  async finish(): Promise<void> {
    await this.#writing;
    if (this.#failure !== undefined) throw this.#failure.error;
    await this.#sync(this.#fd);
  }

  /** Waits for what is being written; the rest is left to the kernel. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writing;
    close(this.#fd);
  }

  async #write(): Promise<void> {
    try {
      await this.#sync(this.#fd);
    } catch (error) {
      this.#failure ??= { error };
    }
    this.#writing = undefined;
  }
}
