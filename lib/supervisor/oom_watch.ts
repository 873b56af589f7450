/**
 * Noticing that the kernel kills a container's processes for want of memory, as it happens.
 *
 * @module
 */

import { close, read } from "../../ffi/mod.ts";
import { oomKills } from "../cgroup/memory.ts";
import { openOomNotice } from "../cgroup/oom_notice.ts";
import type { EventLoop } from "./event_loop.ts";

export { oomKills };

// Large enough for any number of events of inotify to be taken in few turns.
const BUFFER_SIZE = 4096;

/** Watches one run of a container. */
export class OomWatch {
  readonly #loop: EventLoop;
  readonly #cgroup: string;
  readonly #onKill: () => void;
  readonly #notice: number;
  #known: number;

  /**
   * Begins to watch.
   *
   * @param loop Tells when there is something to look at.
   * @param cgroup The container's cgroup.
   * @param known How many have been killed that need not be told of any more.
   * @param onKill Called for each process that was killed.
   * @throws {EngineError | SyscallError} The host cannot tell.
   */
  constructor(loop: EventLoop, cgroup: string, known: number, onKill: () => void) {
    this.#loop = loop;
    this.#cgroup = cgroup;
    this.#onKill = onKill;
    this.#known = known;
    this.#notice = openOomNotice(cgroup);
    loop.watch(this.#notice, { readable: () => this.#take() });
    // What has happened before there was a notice.
    this.#look();
  }

  /** Stops watching, after a last look. */
  close(): void {
    this.#look();
    this.#loop.unwatch(this.#notice);
    close(this.#notice);
  }

  #take(): void {
    const buffer = new Uint8Array(BUFFER_SIZE);
    while (read(this.#notice, buffer) !== undefined);
    this.#look();
  }

  #look(): void {
    const kills = oomKills(this.#cgroup);
    for (; this.#known < kills; this.#known++) this.#onKill();
  }
}
