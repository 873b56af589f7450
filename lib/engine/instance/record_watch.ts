/**
 * Waiting for what an instance's records say.
 *
 * @module
 */

import { isAlive } from "../../process/identity.ts";
import { ContainerStore } from "../../container/record/store.ts";
import { ChangeWatch } from "../../state/change_watch.ts";
import { supervisorIdentity } from "../../supervisor/own/presence.ts";
import type { Instance } from "./instance.ts";
import { refreshRecords } from "./refresh.ts";

/** A wait for a change of the records; it sees to it that there is a supervisor, which writes them. */
export class RecordWatch implements Disposable {
  readonly #instance: Pick<Instance, "database" | "roots">;
  readonly #watch = new ChangeWatch();
  #isStopped = false;

  /**
   * Begins to watch.
   *
   * @param instance The instance.
   */
  constructor(instance: Pick<Instance, "database" | "roots">) {
    this.#instance = instance;
    this.#watch.folder(instance.roots.root);
  }

  /**
   * Waits until the records say something.
   *
   * @param look Looks at them, and gives what they say, or nothing if they do not say it yet.
   * @returns What was given; nothing once the watch is stopped.
   */
  async until<T>(look: () => T | undefined): Promise<T | undefined> {
    const { database, roots } = this.#instance;
    // With the lock of writers: the database's files change before what changed can be read.
    const lookLocked = () => database.transaction(look);
    while (!this.#isStopped) {
      const found = lookLocked();
      if (found !== undefined) return found;
      if (!this.#watchSupervisor()) {
        // The one that comes next says how containers fared meanwhile.
        await refreshRecords(roots, new ContainerStore(database));
        if (this.#isStopped) return undefined;
        const found = lookLocked();
        if (found !== undefined) return found;
        this.#watchSupervisor();
      }
      await this.#watch.changed();
    }
    return undefined;
  }

  /** Stops waiting. */
  [Symbol.dispose](): void {
    this.#isStopped = true;
    this.#watch[Symbol.dispose]();
  }

  /** Tells whether there is a supervisor, which records how containers end. */
  #watchSupervisor(): boolean {
    const supervisor = supervisorIdentity(this.#instance.roots);
    if (!supervisor || !isAlive(supervisor)) return false;
    this.#watch.process(supervisor);
    return true;
  }
}
