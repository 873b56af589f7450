/**
 * Waiting for a container to end for good.
 *
 * @module
 */

import { isAlive } from "../../process/identity.ts";
import type { ContainerStatus } from "../../container/status.ts";
import { ContainerStore } from "../../container/store.ts";
import { ChangeWatch } from "../../state/change_watch.ts";
import { supervisorIdentity } from "../../supervisor/presence.ts";
import type { Instance } from "./instance.ts";
import { refreshRecords } from "./refresh.ts";

/** In these a container runs, or will without anyone asking for it. */
const GOING_ON: readonly ContainerStatus[] = ["creating", "running", "paused", "restarting"];

/** A wait for a container to end; it needs no supervisor, and sees to it that there is one. */
export class ContainerEnd implements Disposable {
  readonly #instance: Pick<Instance, "database" | "roots">;
  readonly #id: string;
  readonly #watch = new ChangeWatch();
  #isStopped = false;
  /**
   * Settles once the container does not run and is not going to: its output is in its log then. It is
   * settled at once where that is so already.
   */
  readonly ended: Promise<void>;

  /**
   * Begins to wait.
   *
   * @param instance The instance.
   * @param id The container's whole id.
   */
  constructor(instance: Pick<Instance, "database" | "roots">, id: string) {
    this.#instance = instance;
    this.#id = id;
    this.#watch.folder(instance.roots.root);
    this.ended = this.#wait();
  }

  /** Stops waiting; what was waited for is settled. */
  [Symbol.dispose](): void {
    this.#isStopped = true;
    this.#watch[Symbol.dispose]();
  }

  async #wait(): Promise<void> {
    const { database, roots } = this.#instance;
    const store = new ContainerStore(database);
    // With the lock of writers: the database's files change before what changed can be read.
    const isGoingOn = () => {
      const status = database.transaction(() => store.get(this.#id))?.status;
      return status !== undefined && GOING_ON.includes(status);
    };
    while (!this.#isStopped && isGoingOn()) {
      if (!this.#watchSupervisor()) {
        // The one that comes next says how the container fared meanwhile.
        await refreshRecords(roots, store);
        if (this.#isStopped || !isGoingOn()) return;
        this.#watchSupervisor();
      }
      await this.#watch.changed();
    }
  }

  /** Tells whether there is a supervisor, which records how containers end. */
  #watchSupervisor(): boolean {
    const supervisor = supervisorIdentity(this.#instance.roots);
    if (!supervisor || !isAlive(supervisor)) return false;
    this.#watch.process(supervisor);
    return true;
  }
}
