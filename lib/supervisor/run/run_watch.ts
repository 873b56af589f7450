/**
 * What is watched of a run besides its end: its health, and whether its memory runs out.
 *
 * @module
 */

import { containerCgroup, type ContainerRecord } from "../../container/mod.ts";
import type { RunEnd } from "./container_run.ts";
import { HealthMonitor } from "../watch/health_monitor.ts";
import type { OomWatch } from "../watch/oom_watch.ts";
import type { SupervisionContext } from "../supervision_context.ts";

/** Watches one run of a container. */
export class RunWatch {
  readonly #context: SupervisionContext;
  readonly #health: HealthMonitor | undefined;
  #oom: OomWatch | undefined;
  #hasEnded = false;

  /**
   * Begins to watch.
   *
   * @param context What supervision needs.
   * @param record The container, as it is now that it runs.
   * @param isAdopted Whether another supervisor had started the run: what it has found goes on to
   * count.
   */
  constructor(context: SupervisionContext, record: ContainerRecord, isAdopted: boolean) {
    this.#context = context;
    this.#health = this.#monitor(record, isAdopted);
    this.#watchMemory(record, isAdopted).catch((error) => {
      context.log(`Cannot watch the memory of container "${record.id}"`, error);
    });
  }

  /**
   * Stops watching: the run has ended.
   *
   * @param record The container.
   * @param end How it ended.
   */
  end(record: ContainerRecord, { oomKilled }: RunEnd): void {
    this.#hasEnded = true;
    this.#health?.stop();
    if (this.#oom) this.#oom.close();
    else if (oomKilled) this.#context.store.recordEvent(record, "oom");
  }

  #monitor(record: ContainerRecord, isAdopted: boolean): HealthMonitor | undefined {
    const { health, id, settings: { healthcheck }, startedAt } = record;
    if (!healthcheck) return undefined;
    const since = startedAt ?? Date.now();
    return new HealthMonitor(this.#context, id, healthcheck, since, isAdopted ? health : undefined);
  }

  /** Where memory is limited it is told at once that it ran out, otherwise at the end. */
  async #watchMemory(record: ContainerRecord, isAdopted: boolean): Promise<void> {
    const { loop, roots, store } = this.#context;
    if (record.settings.resources?.memory?.limit === undefined) return;
    const { OomWatch, oomKills } = await import("../watch/oom_watch.ts");
    if (this.#hasEnded) return;
    const cgroup = containerCgroup(roots, record);
    // Of those before, the supervisor before has told.
    const known = isAdopted ? oomKills(cgroup) : 0;
    this.#oom = new OomWatch(loop, cgroup, known, () => store.recordEvent(record, "oom"));
  }
}
