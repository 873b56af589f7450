/**
 * The supervisor: holds an instance's running containers and serves those who ask for them.
 *
 * @module
 */

import type { ContainerRecord } from "../container/mod.ts";
import { EngineError } from "../errors.ts";
import { ClientConnection } from "./client_connection.ts";
import type { OutputSink } from "./output_pump.ts";
import { type ClientMessage, decodeMessage, FrameType } from "./protocol.ts";
import { SupervisedContainer, type SupervisionContext } from "./supervised_container.ts";

// How long to stay with nothing to do: the next `run` of a script or a person finds us here.
const IDLE_MILLISECONDS = 5_000;
// How long after a start the init of the next container is started, at the latest.
const PREPARE_MILLISECONDS = 200;
// How many exit codes are remembered for clients that lost their connection at the wrong moment.
const REMEMBERED_EXITS = 1_000;

/** The running containers of an instance. */
export class Supervisor {
  readonly #context: SupervisionContext;
  readonly #containers = new Map<string, SupervisedContainer>();
  readonly #exits = new Map<string, number>();
  readonly #idle = Promise.withResolvers<void>();
  #busy = 0;
  #idleTimer: ReturnType<typeof setTimeout> | undefined;

  /**
   * Creates a supervisor without containers.
   *
   * @param context What supervision needs.
   */
  constructor(context: SupervisionContext) {
    this.#context = context;
  }

  /** Settles once there has been nothing to do for a while. */
  get idle(): Promise<void> {
    return this.#idle.promise;
  }

  /**
   * Takes over containers that another supervisor had started.
   *
   * @param records Those that run.
   */
  adopt(records: readonly ContainerRecord[]): void {
    for (const record of records) {
      try {
        this.#hold(record.id, SupervisedContainer.adopt(this.#context, record));
      } catch (error) {
        this.#context.log(`Cannot adopt container "${record.name}"`, error);
      }
    }
    this.#rest();
  }

  /**
   * Serves clients until the listener is closed.
   *
   * @param listener The socket.
   */
  async serve(listener: Deno.Listener): Promise<void> {
    // Whoever started us has a container to start.
    this.#context.inits.prepare();
    for await (const connection of listener) {
      this.#work();
      this.#serveClient(new ClientConnection(connection))
        .catch((error) => this.#context.log("Cannot serve a client", error))
        .finally(() => this.#rest());
    }
  }

  /** Something to do has begun. */
  #work(): void {
    this.#busy++;
    clearTimeout(this.#idleTimer);
  }

  /** Something to do has ended, or there was nothing. */
  #rest(): void {
    this.#busy = Math.max(0, this.#busy - 1);
    if (this.#busy > 0 || this.#containers.size > 0) return;
    clearTimeout(this.#idleTimer);
    this.#idleTimer = setTimeout(() => this.#idle.resolve(), IDLE_MILLISECONDS);
  }

  #hold(id: string, container: SupervisedContainer): void {
    this.#work();
    this.#containers.set(id, container);
    container.ended.then((code) => this.#exits.set(id, code), (error) => {
      this.#context.log(`Cannot learn how container "${id}" ended`, error);
    }).finally(() => {
      this.#containers.delete(id);
      const [oldest] = this.#exits.keys();
      if (this.#exits.size > REMEMBERED_EXITS) this.#exits.delete(oldest!);
      this.#rest();
    });
  }

  async #serveClient(client: ClientConnection): Promise<void> {
    try {
      const request = await client.request();
      if (request) await this.#answer(client, request);
    } catch (error) {
      client.fail(error);
    } finally {
      await client.flush();
      client.close();
    }
  }

  async #answer(client: ClientConnection, request: ClientMessage): Promise<void> {
    switch (request.kind) {
      case "start":
        return await this.#start(client, request);
      case "attach":
        return await this.#attach(client, request);
      case "kill":
        return await this.#kill(client, request.id);
      default:
        throw new EngineError(`Cannot begin with "${request.kind}"`, { kind: "invalid" });
    }
  }

  async #start(
    client: ClientConnection,
    request: Extract<ClientMessage, { kind: "start" }>,
  ): Promise<void> {
    const record = this.#context.store.get(request.id);
    if (!record) {
      throw new EngineError(`No such container: ${request.id}`, { kind: "notFound" });
    }
    const sinks = new Set<OutputSink>(request.attach ? [client] : []);
    const started = () => client.send({ kind: "started" });
    const container = await SupervisedContainer.start(
      this.#context,
      record,
      sinks,
      request.size,
      started,
    );
    this.#hold(request.id, container);
    this.#prepareNext(container);
    if (request.attach) await this.#stayAttached(client, container, request.owner);
  }

  /** Not at once: what runs now comes first, and where it is short, so does its end. */
  #prepareNext(container: SupervisedContainer): void {
    const prepare = () => {
      clearTimeout(timer);
      this.#context.inits.prepare();
    };
    const timer = setTimeout(prepare, PREPARE_MILLISECONDS);
    container.ended.finally(prepare);
  }

  async #attach(
    client: ClientConnection,
    request: Extract<ClientMessage, { kind: "attach" }>,
  ): Promise<void> {
    const container = this.#containers.get(request.id);
    if (!container) {
      const exitCode = this.#exits.get(request.id) ?? this.#recordedExit(request.id);
      return client.send({ kind: "exited", exitCode });
    }
    container.addSink(client);
    client.send({ kind: "started" });
    await this.#stayAttached(client, container, request.owner);
  }

  #recordedExit(id: string): number {
    const record = this.#context.store.get(id);
    if (record?.status === "stopped") return record.exitCode;
    throw new EngineError(`No such container: ${id.slice(0, 12)}`, { kind: "notFound" });
  }

  async #kill(client: ClientConnection, id: string): Promise<void> {
    const container = this.#containers.get(id);
    container?.kill();
    const exitCode = container ? await container.ended : this.#recordedExit(id);
    client.send({ kind: "exited", exitCode });
  }

  /** Passes on what the client sends, until the command has ended or the client is gone. */
  async #stayAttached(
    client: ClientConnection,
    container: SupervisedContainer,
    owner: boolean,
  ): Promise<void> {
    let ended = false;
    const exit = container.ended.then((exitCode) => {
      ended = true;
      client.send({ kind: "exited", exitCode });
    });
    const listening = this.#listen(client, container).finally(() => {
      if (ended) return;
      container.removeSink(client);
      container.closeInput();
      if (owner) container.kill();
    });
    await Promise.race([exit, listening]);
  }

  async #listen(client: ClientConnection, container: SupervisedContainer): Promise<void> {
    for (let frame; (frame = await client.next());) {
      if (frame.type === FrameType.STDIN) {
        await container.write(frame.payload);
        continue;
      }
      const message = decodeMessage<ClientMessage>(frame);
      if (message.kind === "closeStdin") container.closeInput();
      else if (message.kind === "resize") container.resize(message.size);
      else if (message.kind === "signal") container.signal(message.signal);
      else throw new EngineError(`Cannot go on with "${message.kind}"`, { kind: "invalid" });
    }
  }
}
