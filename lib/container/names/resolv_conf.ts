/**
 * A container's `/etc/resolv.conf` (resolv.conf(5)).
 *
 * @module
 */

import { readIfPresent } from "../../if_present.ts";
import { isConnected } from "../record/network_mode.ts";
import type { ContainerSettings, DnsSettings } from "../record/settings.ts";

/** Where systemd-resolved keeps the servers that it asks itself. */
const RESOLVED = "/run/systemd/resolve/resolv.conf";
/** As Docker's, for a host whose own resolver cannot be reached and that names no other. */
const FALLBACK_SERVERS = ["8.8.8.8", "8.8.4.4"];
const LOOPBACK = /^(127\.|::1$|0:0:0:0:0:0:0:1$)/;

/**
 * Writes the text of a container's `/etc/resolv.conf`.
 *
 * @param settings What the container is.
 * @param ownText The text of the host's; read where absent.
 * @returns The text.
 */
export function resolvConfText(
  settings: Pick<ContainerSettings, "dns" | "network">,
  ownText?: string,
): string {
  const text = ownText ?? readIfPresent("/etc/resolv.conf") ?? "";
  const { dns = {}, network } = settings;
  if (!isConnected(network)) return hasChoice(dns) ? compose(parse(text), dns) : text;
  const host = parse(text);
  // Whoever listens on the host's loopback is out of a container's reach.
  const reachable = host.servers.filter((server) => !LOOPBACK.test(server));
  if (reachable.length > 0 || host.servers.length === 0) {
    return compose({ ...host, servers: reachable }, dns);
  }
  const { servers } = parse(ownText === undefined ? readIfPresent(RESOLVED) ?? "" : "");
  const beyond = servers.filter((server) => !LOOPBACK.test(server));
  return compose({ ...host, servers: beyond }, dns);
}

function hasChoice(dns: DnsSettings): boolean {
  return Object.values(dns).some((list) => list.length > 0);
}

interface Parsed {
  servers: string[];
  search: string[];
  options: string[];
}

/** Of several `search` lines the last counts; `domain` is an older word for it. */
function parse(text: string): Parsed {
  const result: Parsed = { servers: [], search: [], options: [] };
  for (const line of text.split("\n")) {
    const [word, ...values] = line.replace(/[#;].*$/, "").trim().split(/\s+/);
    if (word === "nameserver" && values[0] !== undefined) result.servers.push(values[0]);
    else if (word === "search" || word === "domain") result.search = values;
    else if (word === "options") result.options.push(...values);
  }
  return result;
}

function compose(host: Parsed, dns: DnsSettings): string {
  const chosen = <T>(own: readonly T[] | undefined, hosts: readonly T[]) =>
    own !== undefined && own.length > 0 ? own : hosts;
  const servers = chosen(dns.servers, host.servers.length > 0 ? host.servers : FALLBACK_SERVERS);
  // "." stands for none at all, as in Docker.
  const search = chosen(dns.search, host.search).filter((domain) => domain !== ".");
  const options = chosen(dns.options, host.options);
  return [
    ...servers.map((server) => `nameserver ${server}`),
    ...search.length > 0 ? [`search ${search.join(" ")}`] : [],
    ...options.length > 0 ? [`options ${options.join(" ")}`] : [],
    "",
  ].join("\n");
}
