/**
 * The containers of an engine.
 *
 * @module
 */

import {
  bundleDirectory,
  checkContainerName,
  type ContainerRecord,
  pauseContainer,
  type RestartPolicy,
  resumeContainer,
  statusError,
} from "../container/mod.ts";
import type { ResourceLimits } from "../container/limits.ts";
import { EngineError } from "../errors.ts";
import type { TerminalDimensions } from "../supervisor/mod.ts";
import { Attachment, type AttachOptions } from "./instance/attachment.ts";
import {
  type ContainerContext,
  containerContext,
  findContainer,
} from "./instance/container_context.ts";
import { listContainers, type ListContainersOptions } from "./describe/container_list.ts";
import { containerConnections } from "./describe/container_connections.ts";
import { type ContainerInspection, inspectContainer } from "./describe/container_inspection.ts";
import type { UsageSample } from "./describe/container_stats.ts";
import { createContainer, type ImageFinder } from "./create/create_container.ts";
import type { CreateContainerOptions } from "./create/create_options.ts";
import type {
  CollectedExec,
  CollectedExecOptions,
  ExecOptions,
  ExecutedCommand,
} from "./exec/exec.ts";
import type { Instance } from "./instance/instance.ts";
import { type RemoveContainerOptions, removeOnRequest } from "./lifecycle/remove_container.ts";
import { startAttached, startDetached } from "./lifecycle/start_container.ts";
import {
  awaitContainer,
  killContainer,
  restartContainer,
  stopContainer,
  type StopContainerOptions,
} from "./lifecycle/stop_container.ts";

/** What {@linkcode Containers.update} changes. */
export interface ContainerChanges {
  /** When it is started again after its command has ended. */
  restart?: RestartPolicy | undefined;
  /** Limits of its use of the machine; the others stay as they are. */
  limits?: ResourceLimits | undefined;
  /** Takes what the user should know about limits. */
  onWarning?: ((text: string) => void) | undefined;
}

/** The containers of an engine: what `engine.containers` is. */
export class Containers {
  readonly #instance: Instance;
  readonly #context: ContainerContext;
  readonly #findImage: ImageFinder;

  /**
   * Opens the containers of an instance; touches no file.
   *
   * @param instance The instance.
   * @param findImage Finds, or pulls, the image of a new container.
   */
  constructor(instance: Instance, findImage: ImageFinder) {
    this.#instance = instance;
    this.#context = containerContext(instance);
    this.#findImage = findImage;
  }

  /**
   * Begins to connect to the supervisor, so that the next {@linkcode start} need not wait for it.
   */
  warmUp(): void {
    this.#context.supervisor.warmUp();
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
    return await createContainer(this.#instance, this.#context.store, this.#findImage, options);
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
  start(
    record: ContainerRecord,
    options: AttachOptions,
    size?: TerminalDimensions,
  ): Promise<Attachment> {
    return startAttached(this.#context, record, options, size);
  }

  /**
   * Starts a container without attaching to it.
   *
   * @param record The container.
   * @throws {EngineError} It cannot be started.
   */
  startDetached(record: ContainerRecord): Promise<void> {
    return startDetached(this.#context, record);
  }

  /**
   * Makes a container that was being created one that stays, to be started later.
   *
   * @param record The container.
   */
  keep(record: ContainerRecord): void {
    this.#context.store.transition(record.id, ["creating"], "created", { process: null });
  }

  /**
   * Finds a container, after comparing the records with what the kernel says.
   *
   * @param nameOrId A name, an id, or the beginning of one.
   * @returns Its record.
   * @throws {EngineError} `notFound`; `conflict`: several ids begin like that.
   */
  find(nameOrId: string): Promise<ContainerRecord> {
    return findContainer(this.#context, nameOrId);
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
    const attachment = await Attachment.reattach(this.#context.roots, record.id, options);
    this.#context.store.recordEvent(record, "attach");
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
  stop(nameOrId: string, options: StopContainerOptions = {}): Promise<void> {
    return stopContainer(this.#context, nameOrId, options);
  }

  /**
   * Stops a container, if it runs, and starts it.
   *
   * @param nameOrId A name, an id, or the beginning of one.
   * @param options How to stop it.
   * @throws {EngineError} `notFound`; it cannot be started.
   */
  restart(nameOrId: string, options: StopContainerOptions = {}): Promise<void> {
    return restartContainer(this.#context, nameOrId, options);
  }

  /**
   * Sends a container's command a signal.
   *
   * @param nameOrId A name, an id, or the beginning of one.
   * @param signal The signal's name or number.
   * @throws {EngineError} `notFound`; `conflict`: it does not run; `invalid`: there is no such signal.
   */
  kill(nameOrId: string, signal = "SIGKILL"): Promise<void> {
    return killContainer(this.#context, nameOrId, signal);
  }

  /**
   * Waits until a container's command has ended.
   *
   * @param nameOrId A name, an id, or the beginning of one.
   * @returns Its exit code; the last one where it does not run.
   * @throws {EngineError} `notFound`; `conflict`: several ids begin like that.
   */
  wait(nameOrId: string): Promise<number> {
    return awaitContainer(this.#context, nameOrId);
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
    await pauseContainer(this.#context.roots, this.#context.store, record.id);
  }

  /**
   * Lets a paused container run on.
   *
   * @param nameOrId A name, an id, or the beginning of one.
   * @throws {EngineError} `notFound`; `conflict`: it is not paused.
   */
  async unpause(nameOrId: string): Promise<void> {
    const record = await this.find(nameOrId);
    if (await resumeContainer(this.#context.roots, this.#context.store, record.id)) return;
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
    checkContainerName(name, "rename container to");
    if (name === record.name) {
      throw new EngineError(
        `Cannot rename container "${name}": Renaming a container with the same name as its current name`,
        { kind: "conflict" },
      );
    }
    this.#context.store.rename(record.id, name);
    this.#context.store.recordEvent({ ...record, name }, "rename", { oldName: record.name });
    const connections = await containerConnections(this.#instance.database, record);
    if (connections.length === 0) return;
    const { refreshNames } = await import("../container/member_names.ts");
    const { database, roots } = this.#instance;
    refreshNames(roots, database, connections.map(({ network }) => network.id));
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
    const record = await this.find(nameOrId);
    const { roots } = this.#context;
    const connections = await containerConnections(this.#instance.database, record);
    return inspectContainer(record, roots, bundleDirectory(roots, record.id), connections);
  }

  /**
   * Executes a command in a running container to its end and collects what it writes.
   *
   * @param nameOrId A name, an id, or the beginning of one.
   * @param command The command and its arguments.
   * @param options What else is asked of it.
   * @returns What the command has left.
   * @throws {EngineError} `notFound`; `conflict`: the container does not run, or is paused;
   * `commandNotFound`, `commandNotExecutable`: it cannot be executed.
   */
  async exec(
    nameOrId: string,
    command: readonly string[],
    options: CollectedExecOptions = {},
  ): Promise<CollectedExec> {
    const { execInContainer } = await import("./exec/exec.ts");
    return await execInContainer(this.#instance, nameOrId, command, options);
  }

  /**
   * Starts a command in a running container.
   *
   * @param nameOrId A name, an id, or the beginning of one.
   * @param command The command and its arguments.
   * @param options What else is asked of it.
   * @returns The command, which runs; the engine stays open until it has ended or is left.
   * @throws {EngineError} As {@linkcode exec}.
   */
  async startExec(
    nameOrId: string,
    command: readonly string[],
    options: ExecOptions = {},
  ): Promise<ExecutedCommand> {
    const { startExec } = await import("./exec/exec.ts");
    return await startExec(this.#instance, nameOrId, command, options);
  }

  /**
   * Reads what a container has used of the machine so far.
   *
   * @param nameOrId A name, an id, or the beginning of one.
   * @returns What it has used; nothing at all where it does not run.
   * @throws {EngineError} `notFound`; `conflict`: several ids begin like that.
   */
  async stats(nameOrId: string): Promise<UsageSample> {
    const record = await this.find(nameOrId);
    const { sampleUsage } = await import("./describe/container_stats.ts");
    return sampleUsage(this.#context.roots, record);
  }

  /**
   * Changes what a container is, also while it runs.
   *
   * @param nameOrId A name, an id, or the beginning of one.
   * @param changes What changes.
   * @throws {EngineError} `notFound`; `conflict`: it is removed once it has ended, and cannot be
   * started again; `invalid`, `unavailable`, `system`: limits cannot be, or the kernel refused them.
   */
  async update(nameOrId: string, changes: ContainerChanges): Promise<void> {
    const record = await this.find(nameOrId);
    const { limits = {}, onWarning, restart } = changes;
    if (restart && record.settings.autoRemove && restart.name !== "no") {
      throw new EngineError(
        `cannot update container: ${nameOrId}: Restart policy cannot be updated because ` +
          `AutoRemove is enabled for the container`,
        { kind: "conflict" },
      );
    }
    if (Object.keys(limits).length > 0) {
      const { updateLimits } = await import("./lifecycle/update_limits.ts");
      updateLimits({ ...this.#context, onWarning }, record, limits);
    }
    if (restart) {
      this.#context.store.updateSettings(record.id, (settings) => ({ ...settings, restart }));
    }
    this.#context.store.recordEvent(record, "update");
  }

  /**
   * Removes a container.
   *
   * @param nameOrId A name, an id, or the beginning of one.
   * @param options Whether a running one is killed.
   * @throws {EngineError} `notFound`; `conflict`: it runs, or another command is at work on it.
   */
  remove(nameOrId: string, options: RemoveContainerOptions = {}): Promise<void> {
    return removeOnRequest(this.#context, nameOrId, options);
  }
}
