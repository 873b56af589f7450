/**
 * The options of new containers that concern networks.
 *
 * @module
 */

import {
  type CreateContainerOptions,
  formatAddress,
  type NetworkRequest,
  parseAddress,
} from "../../engine/mod.ts";
import { invalid } from "../../errors.ts";
import type { OptionDeclaration, OptionValues } from "../command_line/mod.ts";

/** The options. */
export const NETWORK_OPTIONS = [
  { name: "add-host", type: "list", summary: "Add a custom host-to-IP mapping (host:ip)" },
  { name: "dns", type: "list", summary: "Set custom DNS servers" },
  { name: "dns-opt", type: "list", summary: "Set DNS options", hidden: true },
  { name: "dns-option", type: "list", summary: "Set DNS options" },
  { name: "dns-search", type: "list", summary: "Set custom DNS search domains" },
  { name: "ip", type: "string", summary: "IPv4 address (e.g., 172.30.100.104)" },
  { name: "ip6", type: "string", summary: "IPv6 address (e.g., 2001:db8::33)" },
  { name: "mac-address", type: "string", summary: "Container MAC address" },
  { name: "net", type: "list", word: "network", summary: "As --network", hidden: true },
  { name: "net-alias", type: "list", summary: "As --network-alias", hidden: true },
  {
    name: "network",
    type: "list",
    word: "network",
    summary: "Connect a container to a network: its name, none, host or container:NAME " +
      '(default "bridge"; may be given several times)',
  },
  { name: "network-alias", type: "list", summary: "Add network-scoped alias for the container" },
] as const satisfies readonly OptionDeclaration[];

/**
 * Reads the options.
 *
 * @param options Their values.
 * @returns What the engine is asked for.
 * @throws {EngineError} `invalid`: a value cannot be.
 */
export function networkOptions(
  options: OptionValues<typeof NETWORK_OPTIONS>,
): Pick<CreateContainerOptions, "dns" | "extraHosts" | "networks"> {
  const servers = options.dns.map(dnsServer);
  const search = options.dnsSearch;
  const resolver = [...options.dnsOption, ...options.dnsOpt];
  const extraHosts = options.addHost.map(extraHost);
  const networks = requests(options);
  return {
    ...networks.length > 0 && { networks },
    ...servers.length + search.length + resolver.length > 0 &&
      { dns: { servers, search, options: resolver } },
    ...extraHosts.length > 0 && { extraHosts },
  };
}

/** What is asked for without naming a network concerns the first. */
function requests(options: OptionValues<typeof NETWORK_OPTIONS>): NetworkRequest[] {
  const named = [...options.network, ...options.net].map(networkRequest);
  const aliases = [...options.networkAlias, ...options.netAlias];
  const common = {
    ...aliases.length > 0 && { aliases },
    ...options.ip && { address4: plainAddress(options.ip) },
    ...options.ip6 && { address6: plainAddress(options.ip6) },
    ...options.macAddress !== undefined && { mac: options.macAddress.toLowerCase() },
  };
  if (Object.keys(common).length === 0) return named;
  const [first = { name: "bridge" }, ...rest] = named;
  for (const key of Object.keys(common)) {
    if (!(key in first)) continue;
    const [flag, field] = FLAGS[key]!;
    throw invalid(`conflicting options: cannot specify both ${flag} and per-network ${field}`);
  }
  return [{ ...first, ...common }, ...rest];
}

/** What Docker calls each, as an option and as a network's. */
const FLAGS: Readonly<Record<string, [flag: string, field: string]>> = {
  aliases: ["--network-alias", "alias"],
  address4: ["--ip", "IPv4 address"],
  address6: ["--ip6", "IPv6 address"],
  mac: ["--mac-address", "MAC address"],
};

/** `NAME`, or Docker's long form: `name=NAME,alias=WEB,ip=10.1.2.3`. */
function networkRequest(text: string): NetworkRequest {
  if (!text.includes("=")) return { name: text };
  const request: NetworkRequest & { aliases: string[] } = { name: "", aliases: [] };
  for (const part of text.split(",")) {
    const at = part.indexOf("=");
    const [key, value] = [part.slice(0, at), part.slice(at + 1)];
    if (key === "name") request.name = value;
    else if (key === "alias") request.aliases.push(value);
    else if (key === "ip") request.address4 = plainAddress(value);
    else if (key === "ip6") request.address6 = plainAddress(value);
    else if (key === "mac-address") request.mac = value.toLowerCase();
    else throw invalid(`invalid argument "${text}" for "--network" flag: invalid field ${part}`);
  }
  if (request.name === "") {
    throw invalid(
      `invalid argument "${text}" for "--network" flag: network name/id is not specified`,
    );
  }
  const { aliases, ...rest } = request;
  return aliases.length > 0 ? request : rest;
}

/**
 * Writes an address the usual way; what is none is left for the network to refuse.
 *
 * @param text The address, as the user wrote it.
 * @returns The usual form.
 */
export function plainAddress(text: string): string {
  const address = parseAddress(text);
  return address ? formatAddress(address) : text;
}

function dnsServer(text: string): string {
  if (parseAddress(text)) return text;
  throw invalid(`invalid argument "${text}" for "--dns" flag: ${text} is not an ip address`);
}

function extraHost(text: string): string {
  const [, name, address = ""] = /^([^:=\s]+)[:=](.+)$/.exec(text) ?? [];
  if (name === undefined) throw invalid(`bad format for add-host: "${text}"`);
  const plain = address.replace(/^\[(.*)\]$/, "$1");
  if (plain !== "host-gateway" && !parseAddress(plain)) {
    throw invalid(`invalid IP address in add-host: "${address}"`);
  }
  return `${name}:${plain}`;
}
