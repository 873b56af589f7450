/**
 * Commands for running containers that are created before they are started, as Docker's API has them.
 *
 * @module
 */

import { recordExecCreation } from "../../container/record/exec_record.ts";
import { generateContainerId } from "../../container/record/name.ts";
import { ContainerStore } from "../../container/record/store.ts";
import { EngineError } from "../../errors.ts";
import { bundleDirectory } from "../../container/record/folders.ts";
import { readSpec } from "../../runtime/spec/spec.ts";
import { findRecord } from "../instance/find_container.ts";
import type { Instance } from "../instance/instance.ts";
import { checkExecutable, startExec } from "./exec.ts";
import type { ExecutedCommand } from "./executed_command.ts";
import type { ExecCommandOptions, ExecOptions } from "./options.ts";
import { execProcess } from "./process.ts";

/** What a command that was created is asked for: all that is not about who starts it. */
export type CreateExecOptions = ExecCommandOptions & Pick<ExecOptions, "openStdin" | "terminal">;

/** What who starts a command that was created decides. */
export type StartExecOptions = Omit<ExecOptions, keyof CreateExecOptions>;

/** How a command that was created fares. */
export type ExecState =
  | {
    /** It is yet to be started. */
    kind: "created";
  }
  | {
    /** It runs. */
    kind: "running";
    /** Its pid on the host. */
    pid: number;
  }
  | {
    /** It has ended. */
    kind: "ended";
    /** Its code, or 128 and a signal's number. */
    exitCode: number;
  };

/** A command for a running container. It is this process's: no other one can start it. */
export class CreatedExec {
  readonly #instance: Pick<Instance, "database" | "roots">;
  readonly #options: CreateExecOptions;
  #state: ExecState = { kind: "created" };
  #isStarted = false;
  /** 64 hexadecimal digits, which events name it by. */
  readonly id: string;
  /** The container's whole id. */
  readonly containerId: string;
  /** The command and its arguments. */
  readonly command: readonly string[];

  /**
   * Creates a command.
   *
   * @param instance The instance.
   * @param containerId The container's whole id.
   * @param command The command and its arguments.
   * @param options What else is asked of it.
   */
  constructor(
    instance: Pick<Instance, "database" | "roots">,
    containerId: string,
    command: readonly string[],
    options: CreateExecOptions,
  ) {
    this.#instance = instance;
    this.#options = options;
    this.id = generateContainerId();
    this.containerId = containerId;
    this.command = [...command];
  }

  /** How it fares. */
  get state(): ExecState {
    return this.#state;
  }

  /**
   * Starts the command.
   *
   * @param options Who takes its output, the size of its terminal and such.
   * @returns The command, which runs; the engine stays open until it has ended or is left.
   * @throws {EngineError} `conflict`: it was started before, or the container does not run or is paused;
   * `commandNotFound`, `commandNotExecutable`: it cannot be executed.
   */
  async start(options: StartExecOptions = {}): Promise<ExecutedCommand> {
    if (this.#isStarted) {
      throw new EngineError(`Cannot start exec ${this.id}: it was started before`, {
        kind: "conflict",
      });
    }
    this.#isStarted = true;
    const wanted = { ...options, ...this.#options };
    const started = await startExec(
      this.#instance,
      this.containerId,
      this.command,
      wanted,
      this.id,
    );
    if (!started.ended) this.#state = { kind: "running", pid: started.pid };
    // Whoever waits for the command gets the error.
    started.exitCode.then((exitCode) => this.#state = { kind: "ended", exitCode }, () => {});
    return started;
  }
}

/**
 * Creates a command for a running container, to be started later.
 *
 * @param instance The instance.
 * @param nameOrId The container: a name, an id, or the beginning of one.
 * @param command The command and its arguments.
 * @param options What else is asked of it.
 * @returns The command.
 * @throws {EngineError} `notFound`; `conflict`: the container does not run, or is paused; `invalid`: the
 * working directory is no absolute path, or there is no command.
 */
export async function createExec(
  instance: Pick<Instance, "database" | "roots">,
  nameOrId: string,
  command: readonly string[],
  options: CreateExecOptions,
): Promise<CreatedExec> {
  const record = await findRecord(instance, nameOrId);
  checkExecutable(record, nameOrId);
  if (command.length === 0) {
    throw new EngineError("No exec command specified", { kind: "invalid" });
  }
  execProcess(readSpec(bundleDirectory(instance.roots, record.id)).process, command, options);
  const exec = new CreatedExec(instance, record.id, command, options);
  const store = new ContainerStore(instance.database);
  recordExecCreation(store, { id: exec.id, container: record }, command);
  return exec;
}
