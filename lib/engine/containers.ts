/**
 * The containers of an engine.
 *
 * @module
 */

import {
  bundleDirectory,
  checkContainerName,
  type ContainerRecord,
  ContainerStore,
  generateContainerId,
  identifyProcess,
  removeContainer,
  writeBundle,
} from "../container/mod.ts";
import { EngineError } from "../errors.ts";
import type { Roots } from "../state/mod.ts";
import {
  connectSupervisor,
  type SupervisorConnection,
  type TerminalDimensions,
} from "../supervisor/mod.ts";
import { Attachment, type AttachOptions, awaitAnswer, SupervisorLostError } from "./attachment.ts";
import { listContainers, type ListContainersOptions } from "./container_list.ts";
import { type ContainerInspection, inspectContainer } from "./container_inspection.ts";
import { containerSettings, type ImageOfContainer } from "./container_settings.ts";
import type { CreateContainerOptions } from "./create_options.ts";
import type { Instance } from "./instance.ts";
import { refreshRecords } from "./refresh.ts";

/** Finds, or pulls, the image of a new container. */
export interface ImageFinder {
  /**
   * Finds an image.
   *
   * @param options What was asked for.
   * @returns The image, and its id where it has one.
   */
  (options: CreateContainerOptions): Promise<ImageOfContainer & { id?: string }>;
}

/** Options of {@linkcode Containers.remove}. */
export interface RemoveContainerOptions {
  /**
   * Whether a running container is killed.
   *
   * @default false
   */
  force?: boolean;
}

/** The containers of an engine: what `engine.containers` is. */
export class Containers {
  readonly #instance: Instance;
  readonly #roots: Roots;
  readonly #store: ContainerStore;
  readonly #findImage: ImageFinder;
  #supervisor: Promise<SupervisorConnection> | undefined;

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
  }

  /**
   * Begins to connect to the supervisor, so that the next {@linkcode start} need not wait for it.
   */
  warmUp(): void {
    this.#supervisor ??= connectSupervisor(this.#roots);
    // Whoever needs the connection gets the error.
    this.#supervisor.catch(() => {});
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
    if (options.name !== undefined) checkContainerName(options.name);
    checkIdFile(options.containerIdFile);
    const image = await this.#findImage(options);
    const id = generateContainerId();
    const settings = containerSettings(id, image, options);
    await refreshRecords(this.#roots, this.#store);
    const record = this.#store.insert({
      id,
      imageName: options.image ?? options.rootfs!,
      settings,
      ...options.name !== undefined && { name: options.name },
      ...image.id !== undefined && { imageId: image.id },
      process: identifyProcess(Deno.pid)!,
    });
    try {
      writeBundle(this.#roots, id, settings);
      writeIdFile(options.containerIdFile, id);
      return record;
    } catch (error) {
      await removeContainer(this.#roots, this.#store, id, ["creating"]);
      throw error;
    }
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
      this.warmUp();
      const connection = await this.#supervisor!;
      this.#supervisor = undefined;
      try {
        return await Attachment.start(this.#roots, connection, record.id, options, size);
      } catch (error) {
        if (!(error instanceof SupervisorLostError)) throw error;
        // It died before it answered. Where the container did not get to run, start it again;
        // otherwise the next supervisor has adopted it, or recorded how it ended.
        const status = this.#store.get(record.id)?.status;
        if (status === "creating" || status === "created") continue;
        return await Attachment.reattach(this.#roots, record.id, options);
      }
    }
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
   * Removes a container.
   *
   * @param nameOrId A name, an id, or the beginning of one.
   * @param options Whether a running one is killed.
   * @throws {EngineError} `notFound`; `conflict`: it runs, or another command is at work on it.
   */
  async remove(nameOrId: string, options: RemoveContainerOptions = {}): Promise<void> {
    await refreshRecords(this.#roots, this.#store);
    const record = this.#store.find(nameOrId);
    if (record.status === "running") {
      if (!options.force) throw runningError(nameOrId, record);
      await this.#kill(record.id);
      // With --rm the supervisor has removed it.
      if (!this.#store.get(record.id)) return;
    }
    await removeContainer(this.#roots, this.#store, record.id, ["created", "stopped"]);
  }

  async #kill(id: string): Promise<void> {
    const connection = await connectSupervisor(this.#roots);
    try {
      await connection.send({ kind: "kill", id });
      await awaitAnswer(connection);
    } finally {
      connection.close();
    }
  }
}

function runningError(nameOrId: string, record: ContainerRecord): EngineError {
  return new EngineError(
    `cannot remove container "${nameOrId}": container is ${record.status}: stop the container ` +
      `before removing or force remove`,
    { kind: "conflict" },
  );
}

function checkIdFile(path: string | undefined): void {
  if (path === undefined) return;
  try {
    Deno.lstatSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw new EngineError(`Cannot write the container ID file "${path}"`, {
      kind: "invalid",
      cause: error,
    });
  }
  throw new EngineError(
    `Cannot write the container ID file "${path}": container ID file found, make sure the other ` +
      `container isn't running or delete ${path}`,
    { kind: "conflict" },
  );
}

function writeIdFile(path: string | undefined, id: string): void {
  if (path === undefined) return;
  try {
    Deno.writeTextFileSync(path, id, { createNew: true });
  } catch (error) {
    throw new EngineError(`Cannot write the container ID file "${path}"`, {
      kind: "system",
      cause: error,
    });
  }
}
