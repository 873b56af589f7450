/**
 * Connecting a container's network namespace to networks.
 *
 * @module
 */

import { ownDescriptorPath } from "../process/own_descriptor.ts";
import {
  type Connection,
  defaultRouteLines,
  hostLines,
  insideLines,
  type InterfaceOwner,
} from "./container_interface.ts";
import type { Endpoint } from "./endpoint.ts";
import { networkMtu } from "./host_interface.ts";
import { interfaceNames } from "./interface_counters.ts";
import { runIp } from "./ip_batch.ts";
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
  const outside = connections.flatMap((one) => hostLines(one, side.owner, path));
  const { namespace } = side;
  const after = runIp(side.run, outside);
  const inside = [...connections.flatMap(insideLines), ...defaultRouteLines(all)];
  await using undo = new AsyncDisposableStack();
  undo.defer(async () => {
    // Outside, interfaces may still be made; how that fails is told already, or does not matter.
    await after.catch(() => {});
    await runIp(side.run, removalLines(side, added.map(({ endpoint }) => endpoint)), { namespace });
  });
  await runIp(side.run, inside, { namespace, after });
  undo.move();
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
    ...defaultRouteLines(rest),
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
