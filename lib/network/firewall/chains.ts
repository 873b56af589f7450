/**
 * The names of an instance's chains, and where the host's rules lead into them.
 *
 * @module
 */

import type { Family } from "../address.ts";

/** The tables that hold our rules. */
export const TABLES = ["raw", "nat", "filter"] as const;

/** A table of iptables(8). */
export type Table = typeof TABLES[number];

/** The names of an instance's chains; iptables allows 28 characters. */
export interface ChainNames {
  /** In `filter`: what passes through the host. */
  forward: string;
  /** In `nat`: ports of the host that lead to containers. */
  ports: string;
  /** In `nat`: whose source address is replaced. */
  masquerade: string;
  /** In `raw`: what no bridge may send to the host. */
  guard: string;
}

/**
 * Names an instance's chains.
 *
 * @param instance The instance's short name: `tsd`, or `tsd-` and a hash.
 * @returns Names such as `TSD-FORWARD`, `TSD-1a2b3c4d-FORWARD`.
 */
export function chainNames(instance: string): ChainNames {
  const prefix = instance.replace(/^tsd/, "TSD");
  return {
    forward: `${prefix}-FORWARD`,
    ports: `${prefix}-PORTS`,
    masquerade: `${prefix}-MASQUERADE`,
    guard: `${prefix}-GUARD`,
  };
}

/** A rule in one of the host's own chains that leads into one of ours. */
export interface Hook {
  /** The table. */
  table: Table;
  /** The host's chain. */
  chain: "PREROUTING" | "FORWARD" | "OUTPUT" | "POSTROUTING";
  /**
   * Whether it stands before the host's own rules. Filtering has to: what follows may reject all that
   * it does not know (ufw, the rules of Red Hat). Translation does not: the host's own come first.
   */
  isFirst: boolean;
  /** Our chain. */
  target: string;
  /** The rule, as `iptables-save` writes it, without the chain. */
  rule: string;
}

/**
 * Lists the rules that lead into an instance's chains.
 *
 * @param names The chains.
 * @param family The version of IP.
 * @returns The hooks.
 */
export function hooks(names: ChainNames, family: Family): Hook[] {
  const { forward, guard, masquerade, ports } = names;
  const toHost = "-m addrtype --dst-type LOCAL";
  // What comes from outside for 127.0.0.1 is not translated: the kernel drops such packets, but looks
  // for them after translation only. A neighbour on the same link would otherwise reach what is
  // published on 127.0.0.1 alone.
  const fromOutside = family === 4 ? `! -d 127.0.0.0/8 ${toHost}` : toHost;
  // Of ::1 nothing leaves the host, whatever it is translated to: who asks there is refused at once,
  // and may try 127.0.0.1 next, as who looks up "localhost" does.
  const fromHost = family === 4 ? toHost : `! -d ::1/128 ${toHost}`;
  const list: Hook[] = [
    hook("nat", "PREROUTING", ports, fromOutside),
    hook("nat", "OUTPUT", ports, fromHost),
    hook("nat", "POSTROUTING", masquerade),
    { ...hook("filter", "FORWARD", forward), isFirst: true },
  ];
  const guardHook: Hook = { ...hook("raw", "PREROUTING", guard), isFirst: true };
  return family === 4 ? [guardHook, ...list] : list;
}

function hook(table: Table, chain: Hook["chain"], target: string, match = ""): Hook {
  return { table, chain, target, isFirst: false, rule: `${match} -j ${target}`.trimStart() };
}
