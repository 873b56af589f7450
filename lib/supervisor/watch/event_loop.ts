/**
 * One wait for all descriptors of all containers.
 *
 * The runtime's own I/O would occupy a thread of its pool for every pending read of a pipe, and the
 * pool has 32: so everything that is not a socket is waited for here, in one thread, and then read
 * without waiting.
 *
 * @module
 */

import {
  close,
  epollAdd,
  epollCreate,
  EpollEvent,
  epollModify,
  epollRemove,
  epollWait,
  type ReadyDescriptor,
} from "../../../ffi/mod.ts";

/** What to do when a descriptor is ready. */
export interface Watcher {
  /** It can be read from, or has come to its end. */
  readable?: () => void;
  /** It can be written to, or nobody reads it any more. */
  writable?: () => void;
  /**
   * Whether it is called once for each change, rather than as long as there is something to do: what a
   * pidfd tells stays so for good.
   *
   * @default false
   */
  onChange?: boolean;
}

const MOST_AT_ONCE = 64;
const REGISTRATIONS = 2 ** 32;

/** Watches descriptors and calls what waits for them. */
export class EventLoop {
  readonly #epoll = epollCreate();
  // What the kernel tells is taken by another thread: when it is looked at here, its descriptor may be
  // closed and the number be another's, of another registration.
  readonly #watched = new Map<number, { registration: number; watcher: Watcher }>();
  #lastRegistration = 0;

  /**
   * Watches a descriptor, or changes what it is watched for.
   *
   * @param fd The descriptor.
   * @param watcher What to do; nothing at all stops the watching.
   */
  watch(fd: number, watcher: Watcher): void {
    const events = (watcher.readable ? EpollEvent.IN : 0) | (watcher.writable ? EpollEvent.OUT : 0);
    if (events === 0) return this.unwatch(fd);
    const wanted = events | (watcher.onChange ? EpollEvent.ET : 0);
    const watched = this.#watched.get(fd);
    if (watched) {
      epollModify(this.#epoll, fd, wanted, watched.registration);
      watched.watcher = watcher;
    } else {
      const registration = this.#lastRegistration = (this.#lastRegistration + 1) % REGISTRATIONS;
      epollAdd(this.#epoll, fd, wanted, registration);
      this.#watched.set(fd, { registration, watcher });
    }
  }

  /**
   * Stops watching a descriptor; must come before it is closed.
   *
   * @param fd The descriptor, watched or not.
   */
  unwatch(fd: number): void {
    if (this.#watched.delete(fd)) epollRemove(this.#epoll, fd);
  }

  /**
   * Tells what a descriptor is watched for.
   *
   * @param fd The descriptor.
   * @returns The watcher; an empty one where it is not watched.
   */
  watcher(fd: number): Watcher {
    return this.#watched.get(fd)?.watcher ?? {};
  }

  /**
   * Calls watchers, for ever or until there is nothing left to do.
   *
   * @param onError What to do with an error a watcher throws; it must not concern other descriptors.
   * @param isDone Tells, after each round, whether that is so; nothing can be watched any more then.
   */
  async run(onError: (error: unknown) => void, isDone = (): boolean => false): Promise<void> {
    while (!isDone()) {
      for (const ready of await epollWait(this.#epoll, MOST_AT_ONCE)) {
        try {
          this.#dispatch(ready);
        } catch (error) {
          onError(error);
        }
      }
    }
    close(this.#epoll);
  }

  #dispatch({ events, fd, registration }: ReadyDescriptor): void {
    // A watcher called before in this round may have let go of this descriptor.
    const watcher = () => {
      const watched = this.#watched.get(fd);
      return watched?.registration === registration ? watched.watcher : undefined;
    };
    const ended = events & (EpollEvent.HUP | EpollEvent.ERR);
    if (events & EpollEvent.IN || ended) watcher()?.readable?.();
    if (events & EpollEvent.OUT || ended) watcher()?.writable?.();
  }
}
