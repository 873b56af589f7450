/**
 * Waiting for a container to end for good.
 *
 * @module
 */

import type { ContainerStatus } from "../../container/record/status.ts";
import { ContainerStore } from "../../container/record/store.ts";
import type { Instance } from "./instance.ts";
import { RecordWatch } from "./record_watch.ts";

/** In these a container runs, or will without anyone asking for it. */
const GOING_ON: readonly ContainerStatus[] = ["creating", "running", "paused", "restarting"];

/** A wait for a container to end; it needs no supervisor, and sees to it that there is one. */
export class ContainerEnd implements Disposable {
  readonly #watch: RecordWatch;
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
    this.#watch = new RecordWatch(instance);
    this.ended = this.#wait(new ContainerStore(instance.database), id);
  }

  /** Stops waiting; what was waited for is settled. */
  [Symbol.dispose](): void {
    this.#watch[Symbol.dispose]();
  }

  async #wait(store: ContainerStore, id: string): Promise<void> {
    await this.#watch.until(() => {
      const status = store.get(id)?.status;
      return status !== undefined && GOING_ON.includes(status) ? undefined : "ended";
    });
  }
}
