/**
 * The supervisor: holds an instance's running containers and serves those who ask for them.
 *
 * @module
 */

import { type ContainerRecord, type ReconciledRuns, settleRecords } from "../../container/mod.ts";
import { EngineError } from "../../errors.ts";
import { serveAttached } from "./attached_client.ts";
import { ClientConnection } from "./client_connection.ts";
import { watchExec } from "../watch/exec_watch.ts";
import { ManagedContainer } from "../run/managed_container.ts";
import { MemoryKeeper } from "../own/memory_keeper.ts";
import type { ClientMessage } from "../protocol.ts";
import { fillReserve, storageFailure } from "../../state/mod.ts";
import { Settling } from "./settling.ts";
import type { SupervisionContext } from "../supervision_context.ts";
import { WaitingClient } from "./waiting_client.ts";
import { Workload } from "../own/workload.ts";

// How many exit codes are remembered for clients that lost their connection at the wrong moment.
const REMEMBERED_EXITS = 1_000;

type Request<Kind extends ClientMessage["kind"]> = Extract<ClientMessage, { kind: Kind }>;

/** The running containers of an instance. */
export class Supervisor {
  readonly #context: SupervisionContext;
  readonly #containers = new Map<string, ManagedContainer>();
  readonly #exits = new Map<string, number>();
  /** Clients that are attached to containers that do not run yet. */
  readonly #waiting = new Map<string, Set<WaitingClient>>();
  readonly #startedAt = Date.now();
  readonly #workload = new Workload();
  readonly #memory: MemoryKeeper;
  readonly #settling: Settling;

  /**
   * Creates a supervisor without containers.
   *
   * @param context What supervision needs.
   */
  constructor(context: SupervisionContext) {
    this.#context = context;
    this.#memory = new MemoryKeeper(context.log);
    this.#settling = new Settling(
      () => this.#settle(),
      context.log,
      () => this.#workload.end(),
    );
  }

  /** Whether there is something to do: a client that is served, a container that is held. */
  get isBusy(): boolean {
    return this.#workload.isBusy;
  }

  /** Waits until there has been nothing to do for a while. */
  async idle(): Promise<void> {
    await this.#workload.idle();
  }

  /** From now on there is no waiting for more to do, once there is nothing left to do. */
  endSoon(): void {
    this.#settling.giveUp();
    this.#workload.endSoon();
  }

  /** Has what a full or read-only disk did not let be done tried again until it is. */
  settleLater(): void {
    if (this.#settling.begin()) this.#workload.begin();
  }

  async #settle(): Promise<boolean> {
    const { roots, store } = this.#context;
    if (!await settleRecords(roots, store)) return false;
    fillReserve(roots.root);
    return true;
  }

  /**
   * Takes over containers that another supervisor had started.
   *
   * @param runs Those that run, and those that are to run again.
   */
  adopt({ restarting, running }: ReconciledRuns): void {
    for (const record of running) this.#takeOver(record, (container) => container.adopt(record));
    for (const record of restarting) {
      this.#takeOver(record, (container) => container.resumeRestart());
    }
  }

  #takeOver(record: ContainerRecord, takeOver: (container: ManagedContainer) => void): void {
    try {
      const container = new ManagedContainer(this.#context, record.id);
      takeOver(container);
      this.#hold(record.id, container);
    } catch (error) {
      this.#context.log(`Cannot adopt container "${record.name}"`, error);
    }
  }

  /**
   * Serves clients until the listener is closed.
   *
   * @param listener The socket.
   */
  async serve(listener: Deno.Listener): Promise<void> {
    this.#memory.requested();
    for await (const connection of listener) {
      this.#workload.begin();
      this.#memory.requested();
      this.#serveClient(new ClientConnection(connection))
        .catch((error) => this.#context.log("Cannot serve a client", error))
        .finally(() => {
          this.#workload.end();
          this.#memory.requested();
        });
    }
  }

  /** Keeps a container until it does not run and is not going to. */
  #hold(id: string, container: ManagedContainer): void {
    this.#workload.begin();
    this.#containers.set(id, container);
    container.released
      .then(() => container.ended)
      .then((code) => this.#rememberExit(id, code))
      .catch((error) => this.#context.log(`Cannot learn how container "${id}" ended`, error))
      .finally(() => {
        if (this.#containers.get(id) === container) this.#containers.delete(id);
        this.#workload.end();
      });
  }

  #rememberExit(id: string, code: number): void {
    this.#exits.set(id, code);
    const [oldest] = this.#exits.keys();
    if (this.#exits.size > REMEMBERED_EXITS) this.#exits.delete(oldest!);
  }

  async #serveClient(client: ClientConnection): Promise<void> {
    try {
      const request = await client.request();
      if (request) await this.#answer(client, request);
    } catch (error) {
      client.fail(await this.#advised(error));
    } finally {
      await client.flush();
      client.close();
    }
  }

  async #advised(error: unknown): Promise<unknown> {
    if (storageFailure(error) === undefined) return error;
    const { withStorageAdvice } = await import("../../state/storage_advice.ts");
    return withStorageAdvice(error, this.#context.roots.root);
  }

  async #answer(client: ClientConnection, request: ClientMessage): Promise<void> {
    switch (request.kind) {
      case "start":
        return await this.#start(client, request);
      case "attach":
        return await this.#attach(client, request);
      case "stop":
        return await this.#stop(client, request);
      case "restart":
        return await this.#restart(client, request);
      case "resizeContainer":
        return this.#resize(client, request);
      case "kill":
        return await this.#kill(client, request);
      case "wait":
        return client.send({ kind: "exited", exitCode: await this.#exitCode(request.id) });
      case "holdStill":
        return await this.#holdStill(client, request);
      case "watchExec":
        return this.#watchExec(client, request);
      case "connect":
      case "disconnect":
        return await this.#changeNetworks(client, request);
      case "describe":
        return client.send({
          kind: "description",
          pid: Deno.pid,
          startedAt: this.#startedAt,
          containers: [...this.#containers.keys()],
        });
      default:
        throw new EngineError(`Cannot begin with "${request.kind}"`, { kind: "invalid" });
    }
  }

  #watchExec(client: ClientConnection, request: Request<"watchExec">): void {
    const container = this.#context.store.get(request.id);
    const exec = container && { id: request.exec, container };
    const watched = exec !== undefined && watchExec(this.#context, exec, request);
    client.send({ kind: watched ? "done" : "gone" });
  }

  async #start(client: ClientConnection, request: Request<"start">): Promise<void> {
    const { id } = request;
    // Nothing waits between the last look and the hold, so that of two starts at the same time the
    // second one finds it.
    while (this.#containers.has(id)) {
      if (await this.#isUp(id)) return await this.#startRunning(client, request);
    }
    const container = new ManagedContainer(this.#context, id);
    this.#hold(id, container);
    const waiting = [...this.#waiting.get(id) ?? []];
    const clients = waiting.map(({ client }) => client);
    await container.start({
      sinks: request.attach ? [client, ...clients] : clients,
      size: request.size,
      onStarted: () => [client, ...clients].forEach((one) => one.send({ kind: "started" })),
    });
    // What has gone since would not take its output, for which the command would wait.
    for (const one of waiting) if (!one.started(container)) container.removeSink(one.client);
    if (request.attach) await serveAttached(client, container, request.owner);
  }

  /** Tells whether a container runs once what is under way with it has come to its end. */
  async #isUp(id: string): Promise<boolean> {
    for (let held; (held = this.#containers.get(id));) {
      if (await held.isUp()) return true;
      // It has ended for good, or could not be started.
      if (this.#containers.get(id) === held) this.#containers.delete(id);
    }
    return false;
  }

  /** As in Docker, what runs is as a start would have it. */
  async #startRunning(client: ClientConnection, request: Request<"start">): Promise<void> {
    const { attach, id, owner, size } = request;
    const { store } = this.#context;
    const record = store.get(id);
    const container = this.#containers.get(id);
    if (record?.status === "paused") {
      throw new EngineError("cannot start a paused container, try unpause instead", {
        kind: "conflict",
      });
    }
    if (!attach) return client.send({ kind: "started", already: true });
    if (!record || !container?.run) {
      throw new EngineError(
        "cannot attach to a restarting container, wait until it is running",
        { kind: "conflict" },
      );
    }
    if (size) container.resize(size);
    store.recordEvent(record, "attach");
    await this.#attach(client, { kind: "attach", id, owner });
  }

  async #attach(client: ClientConnection, request: Request<"attach">): Promise<void> {
    if (this.#isYetToRun(request)) return await this.#attachToNext(client, request);
    if (request.nextAfter !== undefined) await this.#isUp(request.id);
    const container = this.#containers.get(request.id);
    if (!container?.run) {
      const exitCode = await this.#exitCode(request.id);
      return client.send({ kind: "exited", exitCode });
    }
    container.addSink(client);
    client.send({ kind: "started" });
    await serveAttached(client, container, request.owner);
  }

  /** Tells whether a client wants the next run of a container, and that has not begun. */
  #isYetToRun({ id, nextAfter }: Request<"attach">): boolean {
    if (nextAfter === undefined || this.#containers.has(id)) return false;
    const record = this.#context.store.get(id);
    return record !== undefined && (record.startedAt ?? null) === nextAfter;
  }

  async #attachToNext(client: ClientConnection, { id, owner }: Request<"attach">): Promise<void> {
    const waiting = new WaitingClient(client);
    const others = this.#waiting.get(id) ?? new Set();
    this.#waiting.set(id, others.add(waiting));
    client.send({ kind: "waiting" });
    try {
      const container = await waiting.wait();
      if (container) await serveAttached(client, container, owner);
    } finally {
      others.delete(waiting);
      if (others.size === 0 && this.#waiting.get(id) === others) this.#waiting.delete(id);
    }
  }

  #resize(client: ClientConnection, { id, size }: Request<"resizeContainer">): void {
    this.#running(id).resize(size);
    client.send({ kind: "done" });
  }

  async #stop(client: ClientConnection, request: Request<"stop">): Promise<void> {
    const container = this.#containers.get(request.id);
    const exitCode = container ? await container.stop(request) : await this.#exitCode(request.id);
    client.send({ kind: "exited", exitCode });
  }

  async #restart(client: ClientConnection, request: Request<"restart">): Promise<void> {
    const { id, signal, timeoutSeconds } = request;
    if (await this.#containers.get(id)?.restart(signal, timeoutSeconds)) {
      return client.send({ kind: "started" });
    }
    // It has ended since it was looked at; somebody else may have started it again.
    await this.#start(client, { kind: "start", id, attach: false, owner: false });
  }

  async #kill(client: ClientConnection, request: Request<"kill">): Promise<void> {
    await this.#running(request.id).kill(request.signal);
    client.send({ kind: "done" });
  }

  /** Whoever dies over its work must not leave the container paused. */
  async #holdStill(client: ClientConnection, { id }: Request<"holdStill">): Promise<void> {
    await this.#context.pause(id);
    try {
      client.send({ kind: "done" });
      await client.next();
    } finally {
      await this.#context.resume(id);
    }
    client.send({ kind: "done" });
  }

  async #changeNetworks(
    client: ClientConnection,
    request: Request<"connect" | "disconnect">,
  ): Promise<void> {
    const networks = await this.#context.networks();
    if (request.kind === "connect") await networks.connect(request.id, request);
    else await networks.disconnect(request.id, request);
    client.send({ kind: "done" });
  }

  #running(id: string): ManagedContainer {
    const container = this.#containers.get(id);
    if (container?.run) return container;
    throw new EngineError(`Container ${id.slice(0, 12)} is not running`, { kind: "conflict" });
  }

  /** How the current run ends, or how the last one did. */
  async #exitCode(id: string): Promise<number> {
    const container = this.#containers.get(id);
    if (container) return await container.ended;
    const remembered = this.#exits.get(id);
    if (remembered !== undefined) return remembered;
    const record = this.#context.store.get(id);
    if (record) return record.exitCode;
    throw new EngineError(`No such container: ${id.slice(0, 12)}`, { kind: "notFound" });
  }
}
