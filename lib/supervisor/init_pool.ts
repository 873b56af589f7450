/**
 * An init that is started before it is needed.
 *
 * Starting the runtime takes longer than everything else that a container's start consists of. So
 * while containers come one after another, the next one's init starts up ahead of time. It holds
 * nothing but itself: when the supervisor goes, however it goes, the spare init finds its pipe closed
 * and ends.
 *
 * @module
 */

import { close } from "../../ffi/mod.ts";
import {
  type LaunchedInit,
  launchInit,
  type SelfCommand,
  type SpecNamespace,
} from "../runtime/mod.ts";
import type { EventLoop } from "./event_loop.ts";
import { awaitExit } from "./exit_watch.ts";

// How long a spare is kept after the last start: its memory (12 MB) is not worth more than that.
const KEEP_MILLISECONDS = 3_000;

/** The inits of containers to come: at most one. */
export class InitPool {
  readonly #loop: EventLoop;
  readonly #self: SelfCommand;
  #spare: LaunchedInit | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * Creates a pool without a spare.
   *
   * @param loop Tells when a spare dies.
   * @param self How this program is executed again.
   */
  constructor(loop: EventLoop, self: SelfCommand) {
    this.#loop = loop;
    this.#self = self;
  }

  /** Starts a spare, unless there is one, and keeps it for a while. */
  prepare(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#drop(), KEEP_MILLISECONDS);
    if (this.#spare) return;
    const pidNamespace = { type: "pid" } as const;
    const spare = launchInit({ self: this.#self, pidNamespace, ahead: true });
    this.#spare = spare;
    // Whatever it dies of before it is taken, it is not handed out any more.
    this.#loop.watch(spare.pidfd, { readable: () => this.#drop() });
  }

  /**
   * Hands an init out: the spare where it fits, otherwise a new one.
   *
   * @param pidNamespace The PID namespace it has to be in.
   * @returns The init, which waits for orders.
   * @throws {SyscallError} None can be started.
   */
  take(pidNamespace: SpecNamespace | undefined): LaunchedInit {
    const spare = this.#spare;
    const isNew = pidNamespace !== undefined && pidNamespace.path === undefined;
    if (!spare || !isNew) return launchInit({ self: this.#self, pidNamespace, ahead: false });
    this.#spare = undefined;
    this.#loop.unwatch(spare.pidfd);
    return spare;
  }

  #drop(): void {
    const spare = this.#spare;
    if (!spare) return;
    this.#spare = undefined;
    this.#loop.unwatch(spare.pidfd);
    // It ends when it finds its pipe closed, and has to be waited for.
    spare.closePipes();
    awaitExit(this.#loop, spare.pid, spare.pidfd).finally(() => close(spare.pidfd));
  }
}
