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
import { confineDevices } from "../cgroup/devices.ts";
import { Cgroup } from "../cgroup/mod.ts";
import { cgroupPath } from "../container/mod.ts";
import {
  type LaunchedInit,
  launchInit,
  type SelfCommand,
  type SpecNamespace,
  type UserNamespace,
} from "../runtime/mod.ts";
import type { Roots } from "../state/mod.ts";
import type { EventLoop } from "./event_loop.ts";
import { awaitExit } from "./exit_watch.ts";

// How long a spare is kept after the last start: its memory (12 MB) is not worth more than that.
const KEEP_MILLISECONDS = 3_000;

/** An init for a container, and the way into the container's cgroup. */
export interface PooledInit {
  /** The init, which waits for orders. */
  init: LaunchedInit;
  /**
   * Places the init in the cgroup of its container, with the devices that every container has.
   *
   * @param path The cgroup, relative to the root of each hierarchy.
   * @throws {EngineError} `system`: the cgroup cannot be made; `unavailable`: its devices cannot be
   * confined.
   */
  place(path: string): Promise<void>;
}

/** The namespaces that a container's init has to be in from the start. */
export interface InitPlace {
  /** The PID namespace; ours where absent. */
  pidNamespace: SpecNamespace | undefined;
  /** The user namespace, where that is not ours. */
  user: UserNamespace | undefined;
  /** Whether it belongs into a network namespace of that user namespace. */
  network: boolean;
}

/** A spare, and what is under way to make it one. */
interface Spare {
  init: LaunchedInit;
  cgroup: Cgroup;
  /** Settles once it is in its cgroup; gives whether it is. */
  placed: Promise<boolean>;
}

/** The inits of containers to come: at most one. */
export class InitPool {
  readonly #roots: Roots;
  readonly #loop: EventLoop;
  readonly #self: SelfCommand;
  #spare: Spare | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * Creates a pool without a spare.
   *
   * @param roots The instance's.
   * @param loop Tells when a spare dies.
   * @param self How this program is executed again.
   */
  constructor(roots: Roots, loop: EventLoop, self: SelfCommand) {
    this.#roots = roots;
    this.#loop = loop;
    this.#self = self;
  }

  /** Starts a spare, unless there is one, and keeps it for a while. */
  prepare(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#drop(), KEEP_MILLISECONDS);
    if (this.#spare) return;
    const init = launchInit({ self: this.#self, pidNamespace: { type: "pid" }, ahead: true });
    const cgroup = new Cgroup(cgroupPath(this.#roots, `init-${init.pid}`));
    // A failure here is met again, and told, when the next container is placed.
    const placed = place(cgroup, init.pid).then(() => true, () => false);
    this.#spare = { init, cgroup, placed };
    // Whatever it dies of before it is taken, it is not handed out any more.
    this.#loop.watch(init.pidfd, { readable: () => this.#drop() });
  }

  /**
   * Hands an init out: the spare where it fits, otherwise a new one.
   *
   * @param wanted Where it has to be.
   * @returns The init.
   * @throws {SyscallError} None can be started.
   */
  take({ network, pidNamespace, user }: InitPlace): PooledInit {
    const spare = this.#spare;
    const isNew = pidNamespace !== undefined && pidNamespace.path === undefined;
    if (!spare || !isNew || user) {
      const own = user && { user, network };
      const init = launchInit({ self: this.#self, pidNamespace, ahead: false, ...own });
      return { init, place: (path) => place(new Cgroup(path), init.pid) };
    }
    this.#spare = undefined;
    this.#loop.unwatch(spare.init.pidfd);
    return { init: spare.init, place: (path) => placeSpare(spare, path) };
  }

  /** Gives the spare up, and waits until nothing of it is left. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#drop();
  }

  async #drop(): Promise<void> {
    const spare = this.#spare;
    if (!spare) return;
    this.#spare = undefined;
    const { cgroup, init, placed } = spare;
    this.#loop.unwatch(init.pidfd);
    // It ends when it finds its pipe closed, and has to be waited for.
    init.closePipes();
    await awaitExit(this.#loop, init.pid, init.pidfd).finally(() => close(init.pidfd));
    await placed;
    cgroup.remove();
  }
}

/** Moving a process takes the kernel long; where it can, the cgroup becomes the container's. */
async function placeSpare({ init, cgroup, placed }: Spare, path: string): Promise<void> {
  const isSibling = parentOf(path) === parentOf(cgroup.path);
  if (await placed && isSibling && cgroup.rename(path.slice(path.lastIndexOf("/") + 1))) return;
  await place(new Cgroup(path), init.pid);
  cgroup.remove();
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}

async function place(cgroup: Cgroup, pid: number): Promise<void> {
  cgroup.create();
  // Before anyone is in it, who could open one meanwhile.
  await confineDevices(cgroup.path);
  await cgroup.add(pid);
}
