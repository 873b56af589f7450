/**
 * The containers of an engine.
 *
 * @module
 */

import type { Change } from "../container/life/changes.ts";
import type { LogRecord } from "../container/log/record.ts";
import type { ContainerRecord } from "../container/mod.ts";
import type { Digest } from "../image/spec/digest.ts";
import type { TerminalDimensions } from "../supervisor/protocol.ts";
import type { CreateContainerOptions } from "./create/options.ts";
import type { FindImageOptions } from "./create/image_of_container.ts";
import type { ContainerInspection } from "./describe/container.ts";
import type { ListContainersOptions } from "./describe/list.ts";
import type { ContainerLogOptions } from "./describe/logs.ts";
import type { ProcessTable } from "./describe/processes.ts";
import type { UsageSample } from "./describe/usage_sample.ts";
import type { ContainerSummary, SummarizeContainersOptions } from "./describe/summary.ts";
import type { ContainerUsageSample, ListStatsOptions } from "./describe/listed_stats.ts";
import type { CollectedExec, CollectedExecOptions } from "./exec/exec.ts";
import type { ExecutedCommand } from "./exec/executed_command.ts";
import type { ExecOptions } from "./exec/options.ts";
import type { CreatedExec, CreateExecOptions } from "./exec/created_exec.ts";
import type { CommitContainerOptions } from "./files/commit.ts";
import type { CopyOptions } from "./files/copy.ts";
import type { FileStat } from "./files/stat_file.ts";
import type { Attachment } from "./instance/attachment.ts";
import type { ContainerContext } from "./instance/container_context.ts";
import type { Instance } from "./instance/instance.ts";
import type { Outcome } from "./instance/outcome.ts";
import type { PruneContainersOptions, PrunedContainers } from "./lifecycle/prune.ts";
import type { AttachContainerOptions } from "./lifecycle/attach.ts";
import type { RemoveContainerOptions } from "./lifecycle/remove.ts";
import type { StartAttachedOptions } from "./lifecycle/start.ts";
import type { StopContainerOptions } from "./lifecycle/stop.ts";
import type { ContainerChanges } from "./lifecycle/update.ts";
import type { WaitCondition } from "./lifecycle/wait.ts";
import type { InspectOptions } from "./system/inspect_object.ts";

/**
 * The containers of an engine: what `engine.containers` is.
 *
 * Where a method takes a `nameOrId`, that is a name, an id, or the beginning of one. All that take one
 * throw an `EngineError` of kind `notFound` if there is no such container, and of kind `conflict` if
 * several ids begin like that.
 */
export class Containers {
  readonly #instance: Instance;
  readonly #findImage: FindImageOptions;
  #loaded: Promise<ContainerContext> | undefined;

  /**
   * Opens the containers of an instance; touches no file.
   *
   * @param instance The instance.
   * @param findImage What to tell of pulls of new containers' images.
   */
  constructor(instance: Instance, findImage: FindImageOptions = {}) {
    this.#instance = instance;
    this.#findImage = findImage;
  }

  /** What speaks to the supervisor: one for all verbs, which share what {@linkcode warmUp} began. */
  #context(): Promise<ContainerContext> {
    return this.#loaded ??= this.#load();
  }

  async #load(): Promise<ContainerContext> {
    const { containerContext } = await import("./instance/container_context.ts");
    return containerContext(this.#instance);
  }

  /** Begins to connect to the supervisor, so that the next start need not wait for it. */
  async warmUp(): Promise<void> {
    (await this.#context()).supervisor.warmUp();
  }

  /**
   * Creates a container, which stays until it is removed.
   *
   * @param options What is asked for.
   * @returns The container.
   * @throws {EngineError} `notFound`: there is no such image; `conflict`: the name is in use;
   * `invalid`: what is asked for cannot be; `system`: the disk is full, for example.
   */
  async create(options: CreateContainerOptions): Promise<ContainerRecord> {
    const { createContainer } = await import("./create/create_container.ts");
    const { imageFinder } = await import("./create/image_of_container.ts");
    const findImage = imageFinder(this.#instance, this.#findImage);
    return await createContainer(this.#instance, (await this.#context()).store, findImage, options);
  }

  /**
   * Starts a container without attaching to it.
   *
   * @param nameOrId The container.
   * @returns `already` if it ran.
   * @throws {EngineError} It cannot be started; `conflict`: it is paused.
   */
  async start(nameOrId: string): Promise<Outcome> {
    const { startContainer } = await import("./lifecycle/start.ts");
    return await startContainer(await this.#context(), nameOrId);
  }

  /**
   * Starts a container and attaches to it, so that none of its output is missed.
   *
   * @param nameOrId The container; one that runs is attached to.
   * @param options How to attach.
   * @returns The attachment; the command runs.
   * @throws {EngineError} It cannot be started.
   */
  async startAttached(nameOrId: string, options: StartAttachedOptions): Promise<Attachment> {
    const { startAndAttach } = await import("./lifecycle/start.ts");
    return await startAndAttach(await this.#context(), nameOrId, options);
  }

  /**
   * Finds a container, after comparing the records with what the kernel says.
   *
   * @param nameOrId The container.
   * @returns Its record.
   */
  async find(nameOrId: string): Promise<ContainerRecord> {
    const { findRecord } = await import("./instance/find_container.ts");
    return await findRecord(this.#instance, nameOrId);
  }

  /**
   * Attaches to a running container, or before its start to one that does not run yet.
   *
   * @param nameOrId The container.
   * @param options How to attach, and whether it need not run.
   * @returns The attachment.
   * @throws {EngineError} `conflict`: it does not run, is paused or is being removed.
   */
  async attach(nameOrId: string, options: AttachContainerOptions): Promise<Attachment> {
    const { attachContainer } = await import("./lifecycle/attach.ts");
    return await attachContainer(await this.#context(), nameOrId, options);
  }

  /**
   * Asks a container's command to end, and ends it where it does not; one that does not run is left
   * alone.
   *
   * @param nameOrId The container.
   * @param options How to ask, and how long to wait.
   * @returns `already` if it did not run.
   */
  async stop(nameOrId: string, options: StopContainerOptions = {}): Promise<Outcome> {
    const { stopContainer } = await import("./lifecycle/stop.ts");
    return await stopContainer(await this.#context(), nameOrId, options);
  }

  /**
   * Stops a container, if it runs, and starts it.
   *
   * @param nameOrId The container.
   * @param options How to stop it.
   * @throws {EngineError} It cannot be started.
   */
  async restart(nameOrId: string, options: StopContainerOptions = {}): Promise<void> {
    const { restartContainer } = await import("./lifecycle/stop.ts");
    await restartContainer(await this.#context(), nameOrId, options);
  }

  /**
   * Sends a container's command a signal.
   *
   * @param nameOrId The container.
   * @param signal The signal's name or number.
   * @throws {EngineError} `conflict`: it does not run; `invalid`: there is no such signal.
   */
  async kill(nameOrId: string, signal = "SIGKILL"): Promise<void> {
    const { killContainer } = await import("./lifecycle/stop.ts");
    await killContainer(await this.#context(), nameOrId, signal);
  }

  /**
   * Sets the size of the terminal of a running container; {@linkcode Attachment.resize} does it for who
   * is attached.
   *
   * @param nameOrId The container.
   * @param size The size.
   * @throws {EngineError} `conflict`: it does not run.
   */
  async resize(nameOrId: string, size: TerminalDimensions): Promise<void> {
    const { resizeContainer } = await import("./lifecycle/resize.ts");
    await resizeContainer(await this.#context(), nameOrId, size);
  }

  /**
   * Waits until a container does not run, has ended once more, or is removed.
   *
   * @param nameOrId The container.
   * @param condition What is waited for, in the words of Docker's API.
   * @returns The exit code of its last run; 0 if it has never run.
   */
  async wait(nameOrId: string, condition: WaitCondition = "not-running"): Promise<number> {
    const { awaitContainer } = await import("./lifecycle/wait.ts");
    return await awaitContainer(await this.#context(), nameOrId, condition);
  }

  /**
   * Keeps a container's processes from running.
   *
   * @param nameOrId The container.
   * @throws {EngineError} `conflict`: it does not run, or is paused.
   */
  async pause(nameOrId: string): Promise<void> {
    const { pauseOnRequest } = await import("./lifecycle/pause.ts");
    await pauseOnRequest(this.#instance, nameOrId);
  }

  /**
   * Lets a paused container run on.
   *
   * @param nameOrId The container.
   * @throws {EngineError} `conflict`: it is not paused.
   */
  async unpause(nameOrId: string): Promise<void> {
    const { unpauseOnRequest } = await import("./lifecycle/pause.ts");
    await unpauseOnRequest(this.#instance, nameOrId);
  }

  /**
   * Gives a container another name.
   *
   * @param nameOrId The container.
   * @param name The new name.
   * @throws {EngineError} `conflict`: the name is in use; `invalid`: it cannot be a name.
   */
  async rename(nameOrId: string, name: string): Promise<void> {
    const { renameContainer } = await import("./lifecycle/rename.ts");
    await renameContainer(this.#instance, nameOrId, name);
  }

  /**
   * Lists containers.
   *
   * @param options Which.
   * @returns Their records, the newest first.
   * @throws {EngineError} `invalid`: a filter is wrong; `notFound`: a container named by one is
   * missing.
   */
  async list(options: ListContainersOptions = {}): Promise<ContainerRecord[]> {
    const { listContainers } = await import("./describe/list.ts");
    return await listContainers(this.#instance, options);
  }

  /**
   * Lists containers with what is around them, as lists for people show it.
   *
   * @param options Which, and whether they are measured.
   * @returns The containers, the newest first.
   * @throws {EngineError} As {@linkcode Containers.list}.
   */
  async summarize(options: SummarizeContainersOptions = {}): Promise<ContainerSummary[]> {
    const { summarizeContainers } = await import("./describe/summary.ts");
    return await summarizeContainers(this.#instance, options);
  }

  /**
   * Describes a container, with the fields of Docker's `inspect`.
   *
   * @param nameOrId The container.
   * @param options Whether its size is measured.
   * @returns The description.
   */
  async inspect(nameOrId: string, options: InspectOptions = {}): Promise<ContainerInspection> {
    const { describeContainer } = await import("./system/inspect_object.ts");
    return await describeContainer(this.#instance, nameOrId, options);
  }

  /**
   * Executes a command in a running container to its end and collects what it writes.
   *
   * @param nameOrId The container.
   * @param command The command and its arguments.
   * @param options What else is asked of it.
   * @returns What the command has left.
   * @throws {EngineError} `conflict`: the container does not run, or is paused; `commandNotFound`,
   * `commandNotExecutable`: it cannot be executed.
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
   * @param nameOrId The container.
   * @param command The command and its arguments.
   * @param options What else is asked of it.
   * @returns The command, which runs; the engine stays open until it has ended or is left.
   * @throws {EngineError} As {@linkcode Containers.exec}.
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
   * Creates a command for a running container, to be started later by this same process.
   *
   * @param nameOrId The container.
   * @param command The command and its arguments.
   * @param options What else is asked of it.
   * @returns The command.
   * @throws {EngineError} `conflict`: the container does not run, or is paused; `invalid`: the working
   * directory is no absolute path, or there is no command.
   */
  async createExec(
    nameOrId: string,
    command: readonly string[],
    options: CreateExecOptions = {},
  ): Promise<CreatedExec> {
    const { createExec } = await import("./exec/created_exec.ts");
    return await createExec(this.#instance, nameOrId, command, options);
  }

  /**
   * Reads what a container has written to its standard output and error. Nothing needs to run for it.
   *
   * @param nameOrId The container.
   * @param options What of it, and whether what comes later is waited for.
   * @returns The records of its log, in batches of at least one.
   * @throws {EngineError} `conflict`: it has no log.
   */
  async *logs(
    nameOrId: string,
    options: ContainerLogOptions = {},
  ): AsyncGenerator<LogRecord[], void> {
    const { containerLog } = await import("./describe/logs.ts");
    yield* containerLog(this.#instance, nameOrId, options);
  }

  /**
   * Lists a container's processes, as `ps` of the host does.
   *
   * @param nameOrId The container.
   * @param options Options of ps(1).
   * @returns What `ps` said of them; pids are the host's.
   * @throws {EngineError} `conflict`: it does not run; `invalid`: `ps` does not take the options, or
   * does not show pids with them; `unavailable`: the host has no `ps`.
   */
  async top(nameOrId: string, options: readonly string[] = []): Promise<ProcessTable> {
    const { listProcesses } = await import("./describe/processes.ts");
    return await listProcesses(this.#instance, nameOrId, options);
  }

  /**
   * Reads what a container has used of the machine so far.
   *
   * @param nameOrId The container.
   * @returns What it has used; nothing at all where it does not run.
   */
  async stats(nameOrId: string): Promise<UsageSample> {
    const { sampleUsage } = await import("./describe/stats.ts");
    return sampleUsage(this.#instance.roots, await this.find(nameOrId));
  }

  /**
   * Reads what several containers have used of the machine so far.
   *
   * @param options Which.
   * @returns The containers, the newest first or in the order given, and what each has used.
   */
  async listStats(options: ListStatsOptions = {}): Promise<ContainerUsageSample[]> {
    const { listStats } = await import("./describe/listed_stats.ts");
    return await listStats(this.#instance, options);
  }

  /**
   * Changes what a container is, also while it runs.
   *
   * @param nameOrId The container.
   * @param changes What changes.
   * @throws {EngineError} `conflict`: it is removed once it has ended, and cannot be started again;
   * `invalid`, `unavailable`, `system`: limits cannot be, or the kernel refused them.
   */
  async update(nameOrId: string, changes: ContainerChanges): Promise<void> {
    const { updateContainer } = await import("./lifecycle/update.ts");
    await updateContainer(this.#instance, nameOrId, changes);
  }

  /**
   * Removes a container.
   *
   * @param nameOrId The container.
   * @param options Whether a running one is killed.
   * @throws {EngineError} `conflict`: it runs, or another command is at work on it.
   */
  async remove(nameOrId: string, options: RemoveContainerOptions = {}): Promise<void> {
    const { removeOnRequest } = await import("./lifecycle/remove.ts");
    await removeOnRequest(await this.#context(), nameOrId, options);
  }

  /**
   * Removes the containers that do not run.
   *
   * @param options Which of them.
   * @returns What was removed.
   * @throws {EngineError} `invalid`: a filter is wrong.
   */
  async prune(options: PruneContainersOptions = {}): Promise<PrunedContainers> {
    const { pruneContainers } = await import("./lifecycle/prune.ts");
    return await pruneContainers(this.#instance, options);
  }

  /**
   * Lists what a container has changed of its image's files.
   *
   * @param nameOrId The container.
   * @returns The changes.
   * @throws {EngineError} `system`: they cannot be read.
   */
  async diff(nameOrId: string): Promise<Change[]> {
    const { listContainerChanges } = await import("./describe/changes.ts");
    return await listContainerChanges(this.#instance, nameOrId);
  }

  /**
   * Makes an image of a container: its image's layers, and one of what it has changed.
   *
   * @param nameOrId The container.
   * @param options The image's name and configuration.
   * @returns The image's ID.
   * @throws {EngineError} `conflict`: the container is being removed; `invalid`: the name or a change
   * is wrong, or the container has no image; `system`: the disk is full, for example.
   */
  async commit(nameOrId: string, options: CommitContainerOptions = {}): Promise<Digest> {
    const { commitContainer } = await import("./files/commit.ts");
    return await commitContainer(this.#instance, nameOrId, options);
  }

  /**
   * Packs a container's root, as its image's layers and its changes make it up; what is mounted in the
   * container is not part of it.
   *
   * @param nameOrId The container.
   * @param signal Ends the work.
   * @returns The archive's bytes; each piece is gone once the next one is asked for.
   * @throws {EngineError} `conflict`: it is being removed.
   */
  async export(nameOrId: string, signal?: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    const { exportContainer } = await import("./files/export.ts");
    return await exportContainer(this.#instance, nameOrId, signal);
  }

  /**
   * Looks at a file of a container, which need not run.
   *
   * @param nameOrId The container.
   * @param path A path in it; a link that is its last name is looked at itself.
   * @returns What is there.
   * @throws {EngineError} `notFound`: there is no such file.
   */
  async stat(nameOrId: string, path: string): Promise<FileStat> {
    const { statFile } = await import("./files/stat_file.ts");
    return await statFile(this.#instance, nameOrId, path);
  }

  /**
   * Packs files of a container.
   *
   * @param nameOrId The container.
   * @param path A path in it.
   * @param options How.
   * @returns The archive; a piece is gone once the next one is asked for.
   * @throws {EngineError} `notFound`: there is no such file.
   */
  async *getArchive(
    nameOrId: string,
    path: string,
    options: CopyOptions = {},
  ): AsyncGenerator<Uint8Array<ArrayBuffer>, void> {
    const { packContainerFiles } = await import("./files/copy.ts");
    yield* packContainerFiles(this.#instance, nameOrId, path, options);
  }

  /**
   * Unpacks an archive in a container.
   *
   * @param nameOrId The container.
   * @param path A directory in it.
   * @param archive The archive, plain or compressed with gzip or zstd.
   * @param options How.
   * @throws {EngineError} `invalid`: there is no such directory, or the archive is corrupt or tries to
   * leave it; `conflict`: it is read-only; `system`: the disk is full, for example.
   */
  async putArchive(
    nameOrId: string,
    path: string,
    archive: AsyncIterable<Uint8Array>,
    options: CopyOptions = {},
  ): Promise<void> {
    const { unpackInContainer } = await import("./files/copy.ts");
    await unpackInContainer(this.#instance, archive, nameOrId, path, options);
  }

  /**
   * Copies files of a container to the host.
   *
   * @param nameOrId The container.
   * @param path A path in it.
   * @param target A path of the host.
   * @param options How.
   * @returns The size of what was copied, as an archive, in bytes.
   * @throws {EngineError} `notFound`: there is no such file; `invalid`: it cannot go there; `system`:
   * the disk is full, for example.
   */
  async copyFrom(
    nameOrId: string,
    path: string,
    target: string,
    options: CopyOptions = {},
  ): Promise<number> {
    const { copyFromContainer } = await import("./files/copy.ts");
    return await copyFromContainer(this.#instance, nameOrId, path, target, options);
  }

  /**
   * Copies files of the host to a container.
   *
   * @param nameOrId The container.
   * @param path A path in it.
   * @param source A path of the host.
   * @param options How.
   * @returns The size of what was copied, as an archive, in bytes.
   * @throws {EngineError} `notFound`: there is no such file, or directory in the container; `invalid`:
   * it cannot go there; `conflict`: it is read-only; `system`: the disk is full, for example.
   */
  async copyTo(
    nameOrId: string,
    path: string,
    source: string,
    options: CopyOptions = {},
  ): Promise<number> {
    const { copyToContainer } = await import("./files/copy.ts");
    return await copyToContainer(this.#instance, source, nameOrId, path, options);
  }
}
