/**
 * Waiting for what other processes do: changes of files, and the end of processes.
 *
 * @module
 */

import {
  close,
  epollAdd,
  epollCreate,
  EpollEvent,
  epollRemove,
  epollWait,
  inotifyCreate,
  InotifyEvent,
  inotifyWatch,
  pipe,
  read,
  setNonBlocking,
  write,
} from "../../ffi/mod.ts";
import { openProcess, ProcessGoneError, type ProcessIdentity } from "../process/mod.ts";

const FOLDER_EVENTS = InotifyEvent.MODIFY | InotifyEvent.MOVED_FROM | InotifyEvent.MOVED_TO |
  InotifyEvent.CREATE | InotifyEvent.DELETE | InotifyEvent.DELETE_SELF;
const MOST_AT_ONCE = 8;
// What is read is not looked at: whoever waits looks at the files themselves.
const ignored = new Uint8Array(16 << 10);
const SIGNAL = new Uint8Array(1);

/**
 * Waits for changes without missing any: what happens after {@linkcode ChangeWatch.folder} or
 * {@linkcode ChangeWatch.process}, and while nobody waits, makes the next wait return at once. So
 * first watch, then look, then wait, then look again.
 */
export class ChangeWatch implements Disposable {
  readonly #epoll = epollCreate();
  readonly #inotify = inotifyCreate();
  readonly #wake = pipe();
  readonly #pidfds = new Map<number, string>();
  #waiting = false;
  #closed = false;

  /** Creates a watch of nothing. */
  constructor() {
    setNonBlocking(this.#wake.read);
    setNonBlocking(this.#wake.write);
    for (const fd of [this.#inotify, this.#wake.read]) epollAdd(this.#epoll, fd, EpollEvent.IN);
  }

  /**
   * Watches a folder and the files directly in it.
   *
   * @param path The folder.
   * @throws {SyscallError} It cannot be watched; `ENOENT`: it does not exist.
   */
  folder(path: string): void {
    inotifyWatch(this.#inotify, path, FOLDER_EVENTS);
  }

  /**
   * Watches for the end of a process, once for each; one that has ended counts as a change.
   *
   * @param identity The process.
   */
  process(identity: ProcessIdentity): void {
    const key = `${identity.pid} ${identity.start}`;
    if ([...this.#pidfds.values()].includes(key)) return;
    try {
      using process = openProcess(identity);
      const pidfd = process.openPidfd();
      this.#pidfds.set(pidfd, key);
      epollAdd(this.#epoll, pidfd, EpollEvent.IN);
    } catch (error) {
      if (!(error instanceof ProcessGoneError)) throw error;
      this.wake();
    }
  }

  /** Makes the wait that is going on, or else the next one, return. */
  wake(): void {
    // A full pipe wakes as well as one byte more would.
    if (!this.#closed) write(this.#wake.write, SIGNAL);
  }

  /**
   * Waits until something has changed since the last wait, or {@linkcode ChangeWatch.wake} is called.
   *
   * @returns When there is something to look at.
   */
  async changed(): Promise<void> {
    if (this.#closed) return;
    this.#waiting = true;
    try {
      for (const { fd } of await epollWait(this.#epoll, MOST_AT_ONCE)) {
        if (this.#pidfds.delete(fd)) this.#forget(fd);
        else while (read(fd, ignored));
      }
    } finally {
      this.#waiting = false;
      if (this.#closed) this.#release();
    }
  }

  /** Stops watching; a wait that is going on returns. */
  [Symbol.dispose](): void {
    if (this.#closed) return;
    this.wake();
    this.#closed = true;
    // The thread that waits uses the descriptors until it has woken up.
    if (!this.#waiting) this.#release();
  }

  #forget(pidfd: number): void {
    epollRemove(this.#epoll, pidfd);
    close(pidfd);
  }

  #release(): void {
    const { read, write } = this.#wake;
    [this.#epoll, this.#inotify, read, write, ...this.#pidfds.keys()].forEach(close);
    this.#pidfds.clear();
  }
}
