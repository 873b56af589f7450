/**
 * The containers of an engine.
 *
 * @module
 */

import {
  bundleDirectory,
  checkContainerName,
  type ContainerRecord,
  type ContainerStatus,
  ContainerStore,
  parseSignal,
  pauseContainer,
  removeContainer,
  type RestartPolicy,
  resumeContainer,
  statusError,
  WITH_PROCESSES,
} from "../container/mod.ts";
import { EngineError } from "../errors.ts";
import type { Roots } from "../state/mod.ts";
import type { TerminalDimensions } from "../supervisor/mod.ts";
import { Attachment, type AttachOptions, SupervisorLostError } from "./attachment.ts";
import { listContainers, type ListContainersOptions } from "./container_list.ts";
import { type ContainerInspection, inspectContainer } from "./container_inspection.ts";
import { createContainer, type ImageFinder } from "./create_container.ts";
import type { CreateContainerOptions } from "./create_options.ts";
import type { Instance } from "./instance.ts";
import { refreshRecords } from "./refresh.ts";
import { SupervisorRequests } from "./supervisor_requests.ts";

/** Options of {@linkcode Containers.remove}. */
export interface RemoveContainerOptions {
  /**
   * Whether a running container is killed.
   *
   * @default false
   */
  force?: boolean;
}

/** Options of {@linkcode Containers.stop}. */
export interface StopContainerOptions {
  /** The signal that asks, by name or number, in place of the container's own. */
  signal?: string;
  /** Seconds until SIGKILL, in place of the container's own; -1 for ever. */
  timeoutSeconds?: number;
}

/** What {@linkcode Containers.update} changes. */
export interface ContainerChanges {
  /** When it is started again after its command has ended. */
  restart: RestartPolicy;
}

// Those a supervisor holds.
const HELD: readonly ContainerStatus[] = ["running", "paused", "restarting"];

/** The containers of an engine: what `engine.containers` is. */
export class Containers {
  readonly #instance: Instance;
  readonly #roots: Roots;
  readonly #store: ContainerStore;
  readonly #findImage: ImageFinder;
  readonly #supervisor: SupervisorRequests;

  /**
   * Opens the containers of an instance; touches no file.
   *
   * @param instance The instance.
   * @param findImage Finds, or pulls, the image of a new container.
   */
  constructor(instance: Instance, findImage: ImageFinder) {
    this.#instance = instance;
    this.#roots = instance.roots;
    this.#store = new ContainerStore(instance.database);
    this.#findImage = findImage;
    this.#supervisor = new SupervisorRequests(instance.roots);
  }

  /**
   * Begins to connect to the supervisor, so that the next {@linkcode start} need not wait for it.
   */
  warmUp(): void {
    this.#supervisor.warmUp();
  }

  /**
   * Creates a container that is about to be started by this same process: if this process dies before
   * it does so, the container is removed.
   *
   * @param options What is asked for.
   * @returns The container.
   * @throws {EngineError} `notFound`: there is no such image; `conflict`: the name is in use;
   * `invalid`: what is asked for cannot be; `system`: the disk is full, for example.
   */
  async create(options: CreateContainerOptions): Promise<ContainerRecord> {
    return await createContainer(this.#instance, this.#store, this.#findImage, options);
  }

  /**
   * Starts a container and attaches to it.
   *
   * @param record The container.
   * @param options How to attach.
   * @param size The terminal's size, where there is one.
   * @returns The attachment; the command runs.
   * @throws {EngineError} It cannot be started.
   */
  async start(
    record: ContainerRecord,
    options: AttachOptions,
    size?: TerminalDimensions,
  ): Promise<Attachment> {
    while (true) {
      const connection = await this.#supervisor.connect();
      try {
        return await Attachment.start(this.#roots, connection, record.id, options, size);
      } catch (error) {
        if (!(error instanceof SupervisorLostError)) throw error;
        // It died before it answered. Where the container did not get to run, start it again;
        // otherwise the next supervisor has adopted it, or recorded how it ended.
        if (!this.#isYetToStart(record.id)) {
          return await Attachment.reattach(this.#roots, record.id, options);
        }
      }
    }
  }

  /**
   * Starts a container without attaching to it.
   *
   * @param record The container.
   * @throws {EngineError} It cannot be started.
   */
  async startDetached(record: ContainerRecord): Promise<void> {
    while (true) {
      try {
        await this.#supervisor.ask({ kind: "start", id: record.id, attach: false, owner: false });
        return;
      } catch (error) {
        if (!(error instanceof SupervisorLostError)) throw error;
        if (!this.#isYetToStart(record.id)) return;
      }
    }
  }

  #isYetToStart(id: string): boolean {
    const status = this.#store.get(id)?.status;
    return status === "creating" || status === "created";
  }

  /**
   * Makes a container that was being created one that stays, to be started later.
   *
   * @param record The container.
   */
  keep(record: ContainerRecord): void {
    this.#store.transition(record.id, ["creating"], "created", { process: null });
  }

  /**
   * Finds a container, after comparing the records with what the kernel says.
   *
   * @param nameOrId A name, an id, or the beginning of one.
   * @returns Its record.
   * @throws {EngineError} `notFound`; `conflict`: several ids begin like that.
   */
  async find(nameOrId: string): Promise<ContainerRecord> {
    await refreshRecords(this.#roots, this.#store);
    return this.#store.find(nameOrId);
  }

  /**
   * Attaches to a running container.
   *
   * @param nameOrId A name, an id, or the beginning of one.
   * @param options How to attach.
   * @returns The attachment.
   * @throws {EngineError} `notFound`; `conflict`: it does not run.
   */
  async attach(nameOrId: string, options: AttachOptions): Promise<Attachment> {
    const record = await this.find(nameOrId);
    if (record.status === "paused") {
      throw new EngineError("cannot attach to a paused container, unpause it first", {
        kind: "conflict",
      });
    }
    if (record.status !== "running") {
      throw new EngineError("cannot attach to a stopped container, start it first", {
        kind: "conflict",
      });
    }
    const attachment = await Attachment.reattach(this.#roots, record.id, options);
    this.#store.recordEvent(record, "attach");
    return attachment;
  }

  /**
   * Asks a container's command to end, and ends it where it does not; one that does not run is left
   * alone.
   *
   * @param nameOrId A name, an id, or the beginning of one.
   * @param options How to ask, and how long to wait.
   * @throws {EngineError} `notFound`; `conflict`: several ids begin like that.
   */
  async stop(nameOrId: string, options: StopContainerOptions = {}): Promise<void> {
    const record = await this.find(nameOrId);
    if (!HELD.includes(record.status)) return;
    await this.#stop(record, options);
    this.#store.recordEvent(record, "stop");
  }

  async #stop({ id }: ContainerRecord, options: StopContainerOptions): Promise<void> {
    await this.#supervisor.askAgain({ kind: "stop", id, ...stopParameters(options) });
  }

  /**
   * Stops a container, if it runs, and starts it.
   *
   * @param nameOrId A name, an id, or the beginning of one.
   * @param options How to stop it.
   * @throws {EngineError} `notFound`; it cannot be started.
   */
  async restart(nameOrId: string, options: StopContainerOptions = {}): Promise<void> {
    const record = await this.find(nameOrId);
    if (WITH_PROCESSES.includes(record.status)) {
      await this.#supervisor.ask({ kind: "restart", id: record.id, ...stopParameters(options) });
    } else {
      if (record.status === "restarting") await this.#stop(record, options);
      await this.startDetached(record);
    }
    this.#store.recordEvent(record, "restart");
  }

  /**
   * Sends a container's command a signal.
   *
   * @param nameOrId A name, an id, or the beginning of one.
   * @param signal The signal's name or number.
   * @throws {EngineError} `notFound`; `conflict`: it does not run; `invalid`: there is no such signal.
   */
  async kill(nameOrId: string, signal = "SIGKILL"): Promise<void> {
    const number = parseSignal(signal);
    const record = await this.find(nameOrId);
    if (!WITH_PROCESSES.includes(record.status)) {
      throw new EngineError(
        `cannot kill container: ${nameOrId}: container ${record.id} is not running`,
        { kind: "conflict" },
      );
    }
    await this.#supervisor.askAgain({ kind: "kill", id: record.id, signal: number });
  }

  /**
   * Waits until a container's command has ended.
   *
   * @param nameOrId A name, an id, or the beginning of one.
   * @returns Its exit code; the last one where it does not run.
   * @throws {EngineError} `notFound`; `conflict`: several ids begin like that.
   */
  async wait(nameOrId: string): Promise<number> {
    const record = await this.find(nameOrId);
    if (!HELD.includes(record.status)) return record.exitCode;
    const answer = await this.#supervisor.askAgain({ kind: "wait", id: record.id });
    return answer.kind === "exited" ? answer.exitCode : record.exitCode;
  }

  /**
   * Keeps a container's processes from running.
   *
   * @param nameOrId A name, an id, or the beginning of one.
   * @throws {EngineError} `notFound`; `conflict`: it does not run, or is paused.
   */
  async pause(nameOrId: string): Promise<void> {
    const record = await this.find(nameOrId);
    if (record.status === "paused") throw statusError("pause", nameOrId, "already paused");
    if (record.status !== "running") throw statusError("pause", nameOrId, "not running");
    await pauseContainer(this.#roots, this.#store, record.id);
  }

  /**
   * Lets a paused container run on.
   *
   * @param nameOrId A name, an id, or the beginning of one.
   * @throws {EngineError} `notFound`; `conflict`: it is not paused.
   */
  async unpause(nameOrId: string): Promise<void> {
    const record = await this.find(nameOrId);
    if (await resumeContainer(this.#roots, this.#store, record.id)) return;
    throw statusError("unpause", nameOrId, "not paused");
  }

  /**
   * Gives a container another name.
   *
   * @param nameOrId A name, an id, or the beginning of one.
   * @param name The new name.
   * @throws {EngineError} `notFound`; `conflict`: the name is in use; `invalid`: it cannot be a name.
   */
  async rename(nameOrId: string, name: string): Promise<void> {
    const record = await this.find(nameOrId);
    checkContainerName(name);
    this.#store.rename(record.id, name);
    this.#store.recordEvent({ ...record, name }, "rename", { oldName: record.name });
  }

  /**
   * Lists containers.
   *
   * @param options Which.
   * @returns Their records, the newest first.
   */
  list(options: ListContainersOptions = {}): Promise<ContainerRecord[]> {
    return listContainers(this.#instance, options);
  }

  /**
   * Describes a container, with the fields of Docker's `inspect`.
   *
   * @param nameOrId A name, an id, or the beginning of one.
   * @returns The description.
   * @throws {EngineError} `notFound`; `conflict`: several ids begin like that.
   */
  async inspect(nameOrId: string): Promise<ContainerInspection> {
    await refreshRecords(this.#roots, this.#store);
    const record = this.#store.find(nameOrId);
    return inspectContainer(record, this.#roots, bundleDirectory(this.#roots, record.id));
  }

  /**
   * Changes what a container is, also while it runs.
   *
   * @param nameOrId A name, an id, or the beginning of one.
   * @param changes What changes.
   * @throws {EngineError} `notFound`; `conflict`: it is removed once it has ended, and cannot be
   * started again.
   */
  async update(nameOrId: string, changes: ContainerChanges): Promise<void> {
    const record = await this.find(nameOrId);
    if (record.settings.autoRemove && changes.restart.name !== "no") {
      throw new EngineError(
        `cannot update container: ${nameOrId}: Restart policy cannot be updated because ` +
          `AutoRemove is enabled for the container`,
        { kind: "conflict" },
      );
    }
    this.#store.updateSettings(record.id, (settings) => ({ ...settings, ...changes }));
    this.#store.recordEvent(record, "update");
  }

  /**
   * Removes a container.
   *
   * @param nameOrId A name, an id, or the beginning of one.
   * @param options Whether a running one is killed.
   * @throws {EngineError} `notFound`; `conflict`: it runs, or another command is at work on it.
   */
  async remove(nameOrId: string, options: RemoveContainerOptions = {}): Promise<void> {
    const record = await this.find(nameOrId);
    if (HELD.includes(record.status)) {
      if (!options.force) throw runningError(nameOrId, record);
      await this.#stop(record, { signal: "SIGKILL", timeoutSeconds: -1 });
      // With --rm the supervisor has removed it.
      if (!this.#store.get(record.id)) return;
    }
    try {
      await removeContainer(this.#roots, this.#store, record.id, ["created", "stopped"]);
    } catch (error) {
      // Another command removes it at the same time: what was wanted happens.
      const status = this.#store.get(record.id)?.status;
      if (options.force && (status === undefined || status === "removing")) return;
      throw error;
    }
  }
}

function stopParameters(
  { signal, timeoutSeconds }: StopContainerOptions,
): { signal?: number; timeoutSeconds?: number } {
  return {
    ...signal !== undefined && { signal: parseSignal(signal) },
    ...timeoutSeconds !== undefined && { timeoutSeconds },
  };
}

function runningError(nameOrId: string, record: ContainerRecord): EngineError {
  return new EngineError(
    `cannot remove container "${nameOrId}": container is ${record.status}: stop the container ` +
      `before removing or force remove`,
    { kind: "conflict" },
  );
}
