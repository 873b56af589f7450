/**
 * Having the host pass packets on between its interfaces.
 *
 * @module
 */

import type { Family } from "./state.ts";

const CONFIGURATION6 = "/proc/sys/net/ipv6/conf";
const SWITCH: Readonly<Record<Family, string>> = {
  4: "/proc/sys/net/ipv4/ip_forward",
  6: `${CONFIGURATION6}/all/forwarding`,
};
/** Values of accept_ra: on hosts only, and on routers as well. */
const ON_HOSTS = "1";
const ALWAYS = "2";

/**
 * Switches forwarding on, unless it is. It stays on: others may rely on it by the time we do not.
 *
 * @param family The version of IP.
 */
export function switchForwardingOn(family: Family): void {
  const path = SWITCH[family];
  if (Deno.readTextFileSync(path).trim() !== "0") return;
  if (family === 6) goOnListeningToRouters();
  Deno.writeTextFileSync(path, "1");
}

/** A host that forwards IPv6 would ignore the routers that it has its own addresses and way out of. */
function goOnListeningToRouters(): void {
  for (const { name } of Deno.readDirSync(CONFIGURATION6)) {
    const path = `${CONFIGURATION6}/${name}/accept_ra`;
    if (name !== "all" && Deno.readTextFileSync(path).trim() === ON_HOSTS) {
      Deno.writeTextFileSync(path, ALWAYS);
    }
  }
}
