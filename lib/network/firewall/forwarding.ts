/**
 * Having the host pass packets on between its interfaces.
 *
 * @module
 */

import { ifPresent, readIfPresent } from "../../if_present.ts";
import type { Family } from "../address.ts";

const CONFIGURATION6 = "/proc/sys/net/ipv6/conf";
const SWITCH: Readonly<Record<Family, string>> = {
  4: "/proc/sys/net/ipv4/ip_forward",
  6: `${CONFIGURATION6}/all/forwarding`,
};
/** Values of accept_ra: an interface listens to routers if it is a host's, or always. */
const HOSTS = "1";
const ALWAYS = "2";

/**
 * Switches forwarding on, unless it is. It stays on: others may rely on it by the time we do not.
 *
 * @param family The version of IP.
 */
export function switchForwardingOn(family: Family): void {
  if (read(SWITCH[family]) !== "0") return;
  if (family === 4) Deno.writeTextFileSync(SWITCH[4], "1");
  else asBefore(() => Deno.writeTextFileSync(SWITCH[6], "1"));
}

/**
 * Does something to the switch of all interfaces, and has each of them be a host's or a router's
 * afterwards as it was before.
 *
 * The switch decides alone about forwarding, but makes routers of all interfaces, and of those still
 * to come: the host would ignore the routers that it has its own addresses and way out of. An
 * interface that is a host's again goes on listening, by the accept_ra that its owner has chosen; it
 * is never told to listen always, which would outlast us (Documentation/networking/ip-sysctl.rst).
 */
function asBefore(change: () => void): void {
  const hosts = Array.from(Deno.readDirSync(CONFIGURATION6), ({ name }) => name)
    .filter((name) => name !== "all" && read(`${CONFIGURATION6}/${name}/forwarding`) === "0");
  const listeners = hosts.filter((name) => read(`${CONFIGURATION6}/${name}/accept_ra`) === HOSTS);
  // Meanwhile they listen always: the kernel drops routes learnt by those that do not.
  write(listeners, "accept_ra", ALWAYS);
  try {
    change();
    write(hosts, "forwarding", "0");
  } finally {
    write(listeners, "accept_ra", HOSTS);
  }
}

/** What an interface has that is gone by now is neither read nor written. */
function write(names: readonly string[], setting: string, value: string): void {
  for (const name of names) {
    const path = `${CONFIGURATION6}/${name}/${setting}`;
    ifPresent(() => Deno.writeTextFileSync(path, value, { create: false }));
  }
}

function read(path: string): string | undefined {
  return readIfPresent(path)?.trim();
}
