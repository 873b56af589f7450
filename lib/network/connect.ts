/**
 * Connecting a container's network namespace to networks.
 *
 * @module
 */

import { setInterfaceUp } from "../../ffi/mod.ts";
import { ownDescriptorPath } from "../process/own_descriptor.ts";
import {
  type Connection,
  defaultRouteLines,
  hostEndName,
  hostLines,
  insideLines,
  type InterfaceOwner,
} from "./container_interface.ts";
import type { Endpoint } from "./endpoint.ts";
import { networkMtu } from "./host_interface.ts";
import { interfaceNames } from "./interface_counters.ts";
import { setInterfaceSysctls } from "./interface_sysctls.ts";
import { runIp } from "./ip_batch.ts";
import { containerIpv6Settings, hostIpv6Settings, setIpv6 } from "./ipv6_settings.ts";
import { inNetworkNamespace } from "./network_namespace.ts";
import type { ProgramRunner } from "./program.ts";

/** An endpoint and its network. */
export type NetworkedEndpoint = Pick<Connection, "endpoint" | "network">;

/** A container's network namespace, and who works on it. */
export interface NamespaceSide {
  /** Runs programs, also in other namespaces. */
  run: ProgramRunner;
  /** A descriptor of the namespace. */
  namespace: number;
  /** Whose it is. */
  owner: InterfaceOwner;
  /** Kernel parameters that the container's user wants, by name. */
  sysctls: Readonly<Record<string, string>>;
}

/**
 * Gives a container interfaces of networks whose own interfaces are there.
 *
 * @param side The container's namespace.
 * @param added What to connect, with addresses.
 * @param all Everything it is connected to after that, which decides about its way out.
 * @throws {EngineError} `system`: a command failed; the interfaces are gone again.
 * @throws {SuppressedError} They are not: the command's error stands beside that of taking them away.
 */
export async function connectNamespace(
  side: NamespaceSide,
  added: readonly NetworkedEndpoint[],
  all: readonly NetworkedEndpoint[],
): Promise<void> {
  if (added.length === 0) return;
  const connections = added.map((one) => ({ ...one, mtu: networkMtu(one.network) }));
  const path = ownDescriptorPath(side.namespace);
  const ends = connections.map(({ network }) => hostEndName(network));
  const outside = connections.flatMap((one, at) => hostLines(one, side.owner, path, ends[at]));
  const { namespace } = side;
  // All interfaces are still off by then.
  const after = runIp(side.run, outside).then(() => {
    setUpInside(side, added);
    for (const end of ends) if (end !== undefined) setUpHostEnd(end);
  });
  const inside = [
    ...connections.map((one) => withoutRefused(side, one)).flatMap(insideLines),
    ...defaultRouteLines(all.map((one) => withoutRefused(side, one))),
  ];
  await using undo = new AsyncDisposableStack();
  undo.defer(async () => {
    // Outside, interfaces may still be made; how that fails is told already, or does not matter.
    await after.catch(() => {});
    await runIp(side.run, removalLines(side, added.map(({ endpoint }) => endpoint)), { namespace });
  });
  await runIp(side.run, inside, { namespace, after });
  undo.move();
}

/** What a container says of routes changes nothing for the host; a port of a bridge needs no IPv6. */
function setUpHostEnd(name: string): void {
  setIpv6(name, hostIpv6Settings(false));
  setInterfaceUp(name);
}

function setUpInside(side: NamespaceSide, added: readonly NetworkedEndpoint[]): void {
  inNetworkNamespace(side.namespace, () => {
    for (const { endpoint } of added) {
      const name = endpoint.interface!;
      setIpv6(name, settingsOf(side, endpoint));
      setInterfaceSysctls(name, side.sysctls);
    }
  });
}

function settingsOf(
  { sysctls }: NamespaceSide,
  endpoint: Endpoint,
): ReturnType<typeof containerIpv6Settings> {
  return containerIpv6Settings(endpoint.interface!, endpoint.address6 !== undefined, sysctls);
}

/** An interface that is to have no IPv6 whatever its network has takes no address of that kind. */
function withoutRefused<T extends NetworkedEndpoint>(side: NamespaceSide, one: T): T {
  if (one.endpoint.address6 === undefined) return one;
  if (settingsOf(side, one.endpoint).disable_ipv6 === "0") return one;
  const subnets = one.network.subnets.filter(({ subnet }) => !subnet.includes(":"));
  return {
    ...one,
    endpoint: { ...one.endpoint, address6: undefined },
    network: { ...one.network, subnets },
  };
}

/**
 * Takes interfaces away from a container; the host's side of each goes with it. Those that are not
 * there any more, as whoever took them away did not come to record it, are left alone.
 *
 * @param side The container's namespace.
 * @param removed What to disconnect.
 * @param rest Everything it is connected to after that, which decides about its way out.
 * @throws {EngineError} `system`: a command failed.
 */
export async function disconnectNamespace(
  side: NamespaceSide,
  removed: readonly Endpoint[],
  rest: readonly NetworkedEndpoint[],
): Promise<void> {
  const lines = [
    ...removalLines(side, removed),
    ...defaultRouteLines(rest.map((one) => withoutRefused(side, one))),
  ];
  await runIp(side.run, lines, { namespace: side.namespace });
}

function removalLines({ namespace }: NamespaceSide, removed: readonly Endpoint[]): string[] {
  const text = inNetworkNamespace(
    namespace,
    () => Deno.readTextFileSync("/proc/thread-self/net/dev"),
  );
  const there = interfaceNames(text);
  return removed.flatMap(({ interface: name }) =>
    name !== undefined && there.includes(name) ? [`link del ${name}`] : []
  );
}

/**
 * Names the next interface of a container.
 *
 * @param used The names of the interfaces that it has.
 * @returns The first of `eth0`, `eth1`, ... that is not among them.
 */
export function freeInterfaceName(used: readonly (string | undefined)[]): string {
  for (let number = 0;; number++) {
    if (!used.includes(`eth${number}`)) return `eth${number}`;
  }
}
