/**
 * An instance as a whole.
 *
 * @module
 */

import type { EngineEvent } from "../state/mod.ts";
import type { BootResult } from "./boot.ts";
import type { Instance } from "./instance/instance.ts";
import type { StopContainerOptions } from "./lifecycle/stop.ts";
import type { CheckSystemOptions, SystemCheck } from "./system/check_system.ts";
import type { DiskUsage } from "./system/disk_usage.ts";
import type { FollowEventsOptions } from "./system/events.ts";
import type { InspectObjectOptions } from "./system/inspect_object.ts";
import type { PrunedSystem, PruneSystemOptions } from "./system/prune.ts";
import type { SupervisorStatus } from "./system/supervisor_status.ts";
import type { SystemInfo } from "./system/system_info.ts";

/** An instance as a whole: what `engine.system` is. */
export class System {
  readonly #instance: Instance;

  /**
   * Opens an instance as a whole; touches nothing.
   *
   * @param instance The instance.
   */
  constructor(instance: Instance) {
    this.#instance = instance;
  }

  /**
   * Describes the instance and its host.
   *
   * @returns What Docker's `info` tells, with its fields.
   */
  async info(): Promise<SystemInfo> {
    const { systemInfo } = await import("./system/system_info.ts");
    return await systemInfo(this.#instance);
  }

  /**
   * Tells what happened and what happens to the instance's objects, whichever process does it.
   *
   * @param options Which events.
   * @returns The events, the oldest first.
   * @throws {EngineError} `invalid`: a filter is wrong.
   */
  async *events(options: FollowEventsOptions = {}): AsyncGenerator<EngineEvent, void> {
    const { followEvents } = await import("./system/events.ts");
    yield* followEvents(this.#instance, options);
  }

  /**
   * Describes whatever a name stands for, with Docker's fields.
   *
   * @param nameOrId Its name, its id or the beginning of one.
   * @param options Of what type it is, and whether its size is measured.
   * @returns The description: of the first type that has such a name, where none is given.
   * @throws {EngineError} `notFound`; `conflict`: several ids begin like that.
   */
  async inspect(nameOrId: string, options: InspectObjectOptions = {}): Promise<unknown> {
    const { inspectObject } = await import("./system/inspect_object.ts");
    return await inspectObject(this.#instance, nameOrId, options);
  }

  /**
   * Measures what the instance keeps; looks at each file of its containers and volumes.
   *
   * @returns How much space it takes, and for what.
   */
  async diskUsage(): Promise<DiskUsage> {
    const { diskUsage } = await import("./system/disk_usage.ts");
    return await diskUsage(this.#instance);
  }

  /**
   * Removes what nothing needs: containers that do not run, networks, images, and volumes if wanted.
   *
   * @param options Which of them.
   * @returns What was removed.
   * @throws {EngineError} `invalid`: a filter is wrong; nothing was removed then.
   */
  async prune(options: PruneSystemOptions = {}): Promise<PrunedSystem> {
    const { pruneSystem } = await import("./system/prune.ts");
    return await pruneSystem(this.#instance, options);
  }

  /**
   * Checks what the instance keeps, and repairs it if wanted; reads all of its images' content.
   *
   * @param options Whether to repair, and what to tell of what is found.
   * @returns What was found.
   */
  async check(options: CheckSystemOptions = {}): Promise<SystemCheck> {
    const { checkSystem } = await import("./system/check_system.ts");
    return await checkSystem(this.#instance, options);
  }

  /**
   * Compares the records with the kernel and the host, networks and their rules included, and puts
   * right what differs.
   *
   * @returns What was wrong, a line each; none where all is well.
   * @throws {EngineError} It cannot be put right.
   */
  async reconcile(): Promise<string[]> {
    const { reconcileInstance } = await import("./system/reconcile.ts");
    return await reconcileInstance(this.#instance);
  }

  /**
   * Starts the containers whose restart policy wants them to run: those of `always`, and of
   * `unless-stopped` those that nobody has stopped by hand.
   *
   * @returns What came of each.
   */
  async boot(): Promise<BootResult[]> {
    const { bootContainers } = await import("./boot.ts");
    return await bootContainers(this.#instance);
  }

  /**
   * Stops all containers for the machine's sake: those that {@linkcode System.boot} would have started
   * while they ran, it starts afterwards. The supervisor ends as well.
   *
   * @param options How to ask, and how long to wait.
   * @returns What came of each.
   * @throws {EngineError} `conflict`: the supervisor does not end, as a container was started
   * meanwhile.
   */
  async shutDown(options: StopContainerOptions = {}): Promise<BootResult[]> {
    const { shutDownContainers } = await import("./boot.ts");
    return await shutDownContainers(this.#instance, options);
  }

  /**
   * Asks the instance's supervisor what it is doing; starts none.
   *
   * @returns The supervisor, or nothing where none runs.
   */
  async supervisor(): Promise<SupervisorStatus | undefined> {
    const { supervisorStatus } = await import("./system/supervisor_status.ts");
    return await supervisorStatus(this.#instance);
  }

  /**
   * Removes everything of the instance: containers, images, networks with their bridges and firewall
   * rules, and what is on record of them. The engine is closed and cannot be used after that.
   *
   * @throws {EngineError} Something cannot be removed; what comes after it is still there.
   */
  async reset(): Promise<void> {
    const { resetInstance } = await import("./reset.ts");
    await resetInstance(this.#instance);
  }
}
