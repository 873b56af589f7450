/**
 * Noticing that a container's memory has run out, as it happens.
 *
 * @module
 */

import { close, read } from "../../../ffi/mod.ts";
import { oomKills } from "../../cgroup/memory.ts";
import { type OomNotice, openOomNotice } from "../../cgroup/oom_notice.ts";
import type { EventLoop } from "./event_loop.ts";

export { oomKills };

// Large enough for any number of events of inotify to be taken in few turns.
const BUFFER_SIZE = 4096;

/** Watches one run of a container. */
export class OomWatch {
  readonly #loop: EventLoop;
  readonly #cgroup: string;
  readonly #onOom: () => void;
  readonly #notice: OomNotice;
  #told: number;

  /**
   * Begins to watch.
   *
   * @param loop Tells when there is something to look at.
   * @param cgroup The container's cgroup.
   * @param known How often memory had run out before.
   * @param onOom Called each time.
   * @throws {EngineError | SyscallError} The host cannot tell.
   */
  constructor(loop: EventLoop, cgroup: string, known: number, onOom: () => void) {
    this.#loop = loop;
    this.#cgroup = cgroup;
    this.#onOom = onOom;
    this.#told = known;
    this.#notice = openOomNotice(cgroup);
    loop.watch(this.#notice.fd, { readable: () => this.#take() });
    // What has happened before there was a notice.
    this.#look();
  }

  /** Stops watching, after a last look. */
  close(): void {
    this.#look();
    this.#loop.unwatch(this.#notice.fd);
    close(this.#notice.fd);
  }

  #take(): void {
    const buffer = new Uint8Array(BUFFER_SIZE);
    while (read(this.#notice.fd, buffer) !== undefined);
    if (this.#notice.isCertain) this.#tell();
    else this.#look();
  }

  #look(): void {
    const kills = oomKills(this.#cgroup);
    while (this.#told < kills) this.#tell();
  }

  #tell(): void {
    this.#told++;
    this.#onOom();
  }
}
