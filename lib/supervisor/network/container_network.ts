/**
 * The network of a container that starts: made while its init gets ready.
 *
 * The supervisor makes the network namespace and init joins it. Whatever is killed, the kernel
 * removes the namespace with its last process and descriptor, and the interfaces with it; what it
 * knows nothing of, addresses and names, is on record and taken back with the run.
 *
 * @module
 */

import { close } from "../../../ffi/mod.ts";
import { bundleDirectory, type ContainerRecord, StartLock } from "../../container/mod.ts";
import {
  currentConnections,
  leaseConnections,
  recordConnections,
} from "../../container/names/connections.ts";
import { hostsFileText } from "../../container/names/hosts_file.ts";
import { refreshNames } from "../../container/names/member_names.ts";
import { resolvConfText } from "../../container/names/resolv_conf.ts";
import { EngineError } from "../../errors.ts";
import {
  connectNamespace,
  createNetworkNamespace,
  DEFAULT_NETWORK,
  type EndpointWishes,
  ensureHostInterface,
  hasHostInterface,
  type HostSide,
  ignoreRouters,
  type NamespaceSide,
  type Network,
  type NetworkedEndpoint,
  NetworkStore,
  switchLoopbackOn,
} from "../../network/mod.ts";
import { type Firewall, instanceFirewall } from "../../network/firewall/mod.ts";
import { ownDescriptorPath } from "../../process/own_descriptor.ts";
import type { SupervisionContext } from "../supervision_context.ts";
import { ContainerPorts } from "./container_ports.ts";
import { connectLive, disconnectLive, type LiveNetworksOptions } from "./live_networks.ts";
import { ContainerNetwork } from "./network_in_making.ts";
import type { Networks } from "./networks.ts";
import { programRunner } from "../watch/spawned_program.ts";

/** The networks of an instance's containers, as its supervisor makes them. */
export class ContainerNetworks implements Networks {
  readonly #context: SupervisionContext;
  readonly #host: HostSide;
  readonly #firewall: Firewall;
  readonly #ports: ContainerPorts;
  readonly #underWay = new Map<string, Promise<void>>();
  readonly #changes = new Map<string, Promise<void>>();
  readonly #live: LiveNetworksOptions;

  /**
   * Touches nothing yet.
   *
   * @param context What supervision needs.
   */
  constructor(context: SupervisionContext) {
    const { database } = context.store;
    this.#context = context;
    this.#host = { run: programRunner(context.loop), instance: context.roots.instance };
    this.#firewall = instanceFirewall(context.roots, database);
    this.#ports = new ContainerPorts(context, this.#firewall);
    this.#live = {
      context,
      side: (record, namespace) => this.#side(record, namespace),
      ensure: (network) => this.#ensure(network),
      follow: async ({ id }) => {
        const connections = currentConnections(database, id);
        await Promise.all([this.#ports.follow(id, connections), this.#firewall.sync()]);
      },
    };
  }

  begin(record: ContainerRecord, born?: number): ContainerNetwork {
    const namespace = born ?? createNetworkNamespace();
    try {
      if (born !== undefined) switchLoopbackOn(born);
      const ready = this.#connect(record, namespace);
      // Whoever waits for it gets the error.
      ready.catch(() => {});
      const own = born === undefined ? ownDescriptorPath(namespace) : "/proc/self/ns/net";
      return new ContainerNetwork(namespace, own, ready);
    } catch (error) {
      close(namespace);
      throw error;
    }
  }

  async release(id: string): Promise<void> {
    await this.#ports.release(id);
  }

  adopt(running: readonly ContainerRecord[]): void {
    this.#ports.adopt(running);
    try {
      ignoreRouters(this.#host);
    } catch (error) {
      this.#context.log("Cannot have interfaces ignore router advertisements", error);
    }
    this.#firewall.sync().catch((error) => this.#context.log("Cannot renew the firewall", error));
  }

  async connect(
    id: string,
    { network, wishes }: { network: string; wishes: EndpointWishes },
  ): Promise<void> {
    await this.#alone(id, (record) => connectLive(this.#live, record, network, wishes));
  }

  async disconnect(
    id: string,
    { force, network }: { network: string; force: boolean },
  ): Promise<void> {
    await this.#alone(id, (record) => disconnectLive(this.#live, record, network, force));
  }

  /** One change at a time of a container's networks. */
  async #alone(id: string, change: (record: ContainerRecord) => Promise<void>): Promise<void> {
    const before = this.#changes.get(id) ?? Promise.resolve();
    const done = before.catch(() => {}).then(async () => {
      // A process that is recorded as running may not have joined the container's namespace yet.
      (await StartLock.take(this.#context.roots, id, "shared"))[Symbol.dispose]();
      const record = this.#context.store.get(id);
      if (record) return await change(record);
      throw new EngineError(`No such container: ${id.slice(0, 12)}`, { kind: "notFound" });
    });
    this.#changes.set(id, done);
    try {
      await done;
    } finally {
      if (this.#changes.get(id) === done) this.#changes.delete(id);
    }
  }

  async #connect(record: ContainerRecord, namespace: number): Promise<void> {
    const { database } = this.#context.store;
    const connections = leaseConnections(database, record.id);
    this.#ports.take(record, connections);
    this.#writeFiles(record, connections);
    const networks = connections.map(({ network }) => network);
    const side = this.#side(record, namespace);
    const missing = networks.filter((network) => !hasHostInterface(this.#host, network));
    const connect = () => connectNamespace(side, connections, connections);
    await Promise.all([
      // At once where that can be, as the caller goes on with what takes the processor's time.
      missing.length === 0
        ? connect()
        : Promise.all(missing.map((network) => this.#ensure(network))).then(connect),
      networks.some(({ driver }) => driver === "bridge") ? this.#firewall.sync() : undefined,
    ]);
    this.#ports.open(record.id, networks);
    recordConnections(database, connections.map(({ endpoint }) => endpoint), "connect");
  }

  #side(record: ContainerRecord, namespace: number): NamespaceSide {
    const owner = { instance: this.#host.instance, container: record.id.slice(0, 12) };
    return {
      namespace,
      owner,
      run: this.#host.run,
      sysctls: record.settings.limits?.sysctls ?? {},
    };
  }

  /** Of many containers that start at once, the first makes the bridge. */
  #ensure(network: Network): Promise<void> {
    const underWay = this.#underWay.get(network.id);
    if (underWay) return underWay;
    const done = ensureHostInterface(this.#host, network)
      .finally(() => this.#underWay.delete(network.id));
    this.#underWay.set(network.id, done);
    return done;
  }

  #writeFiles(record: ContainerRecord, connections: readonly NetworkedEndpoint[]): void {
    const { roots, store: { database } } = this.#context;
    const folder = bundleDirectory(roots, record.id);
    const endpoints = connections.map(({ endpoint }) => endpoint);
    const addresses = endpoints.flatMap(({ address4, address6 }) => [address4, address6])
      .filter((address) => address !== undefined);
    const gateway = this.#gateway(connections);
    const write = (name: string, text: string) =>
      Deno.writeTextFileSync(`${folder}/${name}`, text, { mode: 0o644 });
    write("hosts", hostsFileText(record.settings, { addresses, gateway }));
    write("resolv.conf", resolvConfText(record.settings));
    refreshNames(roots, database, endpoints.map(({ networkId }) => networkId));
  }

  /** Where the host can be reached: at the bridge of any network with a way out. */
  #gateway(connections: readonly NetworkedEndpoint[]): string | undefined {
    const { database } = this.#context.store;
    const networks = connections.map(({ network }) => network)
      .filter(({ driver, internal }) => driver === "bridge" && !internal);
    const any = networks[0] ?? new NetworkStore(database).byName(DEFAULT_NETWORK);
    return any?.subnets[0]?.gateway;
  }
}
