/**
 * The life of a command that joins a container, as others are told of it.
 *
 * @module
 */

import {
  type Exec,
  recordExecCreation,
  recordExecEnd,
  recordExecStart,
  rememberExec,
} from "../../container/record/exec_record.ts";
import { generateContainerId } from "../../container/record/name.ts";
import { identifyProcess } from "../../process/identity.ts";
import type { ContainerRecord, ContainerStore } from "../../container/record/store.ts";
import type { Roots } from "../../state/mod.ts";

/** Tells others of a command from its start to its end. */
export class ExecLife {
  readonly #roots: Roots;
  readonly #store: ContainerStore;
  readonly #exec: Exec;
  #exitCode: number | undefined;
  /** Whether a supervisor tells of the end. */
  #isHandedOver = false;

  /**
   * Tells that a command is executed.
   *
   * @param roots The instance's.
   * @param store Its records.
   * @param container The container.
   * @param command The command and its arguments.
   * @param id The command's id, if it was told before that it is to be executed.
   */
  constructor(
    roots: Roots,
    store: ContainerStore,
    container: ContainerRecord,
    command: readonly string[],
    id?: string,
  ) {
    this.#roots = roots;
    this.#store = store;
    this.#exec = { id: id ?? generateContainerId(), container };
    store.database.attempt(() => {
      if (id === undefined) recordExecCreation(store, this.#exec, command);
      recordExecStart(store, this.#exec, command);
    });
  }

  /**
   * Remembers the command's process while it runs.
   *
   * @param pid Its pid.
   */
  running(pid: number): void {
    const process = identifyProcess(pid);
    if (process && this.#exitCode === undefined) rememberExec(this.#roots, this.#exec, process);
  }

  /**
   * Tells that the command has ended.
   *
   * @param exitCode Its code, or 128 and the signal's number.
   */
  ended(exitCode: number): void {
    this.#exitCode = exitCode;
    if (!this.#isHandedOver) recordExecEnd(this.#roots, this.#store, this.#exec, exitCode);
  }

  /** Tells that who was at the command's terminal has gone. */
  detached(): void {
    this.#store.recordEvent(this.#exec.container, "exec_detach", { execID: this.#exec.id });
  }

  /**
   * Has the supervisor do what is left to do should this process be killed before the command ends.
   *
   * @param pid The command's pid.
   * @param outputs Descriptors of the pipes that this process reads its output from.
   */
  async insure(pid: number, outputs: readonly number[]): Promise<void> {
    const process = identifyProcess(pid);
    if (!process || this.#exitCode !== undefined) return;
    const { container, id } = this.#exec;
    const { SupervisorRequests } = await import("../instance/supervisor_requests.ts");
    await new SupervisorRequests(this.#roots).ask({
      kind: "watchExec",
      id: container.id,
      exec: id,
      process,
      client: { process: identifyProcess(Deno.pid)!, outputs },
    });
  }

  /**
   * Has the supervisor tell of the command's end: it is to outlive this process.
   *
   * @param pid The command's pid.
   * @returns Whether it does; if not, the command has ended.
   */
  async handOver(pid: number): Promise<boolean> {
    const process = identifyProcess(pid);
    if (!process || this.#exitCode !== undefined) return false;
    const { container, id } = this.#exec;
    const { SupervisorRequests } = await import("../instance/supervisor_requests.ts");
    this.#isHandedOver = true;
    const requests = new SupervisorRequests(this.#roots);
    const answer = await requests.askAgain({
      kind: "watchExec",
      id: container.id,
      exec: id,
      process,
    });
    if (answer.kind === "done") return true;
    // It had ended before the supervisor looked.
    this.#isHandedOver = false;
    if (this.#exitCode !== undefined) this.ended(this.#exitCode);
    return false;
  }
}
