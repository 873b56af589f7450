/**
 * The configuration file, with the keys of Docker's `daemon.json`.
 *
 * @module
 */

import { EngineError } from "./errors.ts";
import { integerAt, listAt, objectAt, parseJson, recordAt, stringAt } from "./json.ts";
import { nearestName } from "./nearest_name.ts";

/** Where the configuration is read from unless `TSD_CONFIG` names another file. */
export const DEFAULT_CONFIG_PATH = "/etc/tsd/config.json";

/** Addresses that networks get their subnets from. */
export interface AddressPool {
  /** The addresses: `10.208.0.0/12`. */
  readonly base: string;
  /** How many bits the addresses of each subnet have in common. */
  readonly size: number;
}

/**
 * Where the subnets of IPv4 networks come from, unless the configuration says otherwise: apart from
 * Docker's (172.17.0.0 to 172.31.0.0, 192.168.0.0/16) and Podman's (10.88.0.0/16, 10.89.0.0/24 on).
 */
export const DEFAULT_ADDRESS_POOLS: AddressPool[] = [{ base: "10.208.0.0/12", size: 20 }];

/** The configuration; docs/configuration.md describes each key of the file. */
export interface Config {
  /** `data-root`: what `TSD_ROOT` is unless the environment says otherwise. */
  readonly dataRoot?: string;
  /**
   * `registry-mirrors` and `mirrors`: for each registry (`docker.io`), the base URLs that are tried
   * before it.
   */
  readonly mirrors: Readonly<Record<string, readonly string[]>>;
  /** `insecure-registries`: hosts, `host:port`s and CIDR ranges. */
  readonly insecureRegistries: readonly string[];
  /** `max-concurrent-downloads`: layers that one pull fetches at a time. */
  readonly maxConcurrentDownloads: number;
  /** `max-concurrent-uploads`: layers that one push sends at a time. */
  readonly maxConcurrentUploads: number;
  /** `max-download-attempts`: how often one transfer is tried. */
  readonly maxDownloadAttempts: number;
  /** `min-download-rate`: bytes a second below which a transfer is tried again; 0 is any. */
  readonly minDownloadRate: number;
  /**
   * `userns-remap`: whose subordinate ids the users of containers are: `USER[:GROUP]`, or `default`.
   */
  readonly usernsRemap?: string;
  /** `log-driver`: where containers' output goes unless they say otherwise. */
  readonly logDriver?: string;
  /** `log-opts`: options of that driver. */
  readonly logOptions?: Readonly<Record<string, string>>;
  /** `default-address-pools`: where networks get their subnets from. */
  readonly addressPools?: readonly AddressPool[];
  /** `bip`: the default bridge's own address, with the length of its subnet's prefix. */
  readonly bridgeAddress?: string;
  /** `default-network`: the network of containers that name none. */
  readonly defaultNetwork?: string;
  /** `mtu`: the largest packet on the default bridge, in bytes. */
  readonly mtu?: number;
  /** `dns`: name servers of containers that name none. */
  readonly dns?: readonly string[];
  /** `dns-search`: search domains of containers that name none. */
  readonly dnsSearch?: readonly string[];
  /** `dns-opts`: resolver options of containers that name none. */
  readonly dnsOptions?: readonly string[];
}

type Draft = { -readonly [K in keyof Config]: Config[K] };
type Setter = (draft: Draft, value: unknown, key: string) => void;

const KEYS: Readonly<Record<string, Setter>> = {
  "data-root": (draft, value, key) => draft.dataRoot = absolutePath(value, key),
  "registry-mirrors": (draft, value, key) => addMirrors(draft, "docker.io", mirrorUrls(value, key)),
  "mirrors": (draft, value, key) => {
    const given = recordAt(value, key, mirrorUrls);
    for (const [registry, urls] of Object.entries(given)) addMirrors(draft, registry, urls);
  },
  "insecure-registries": (draft, value, key) =>
    draft.insecureRegistries = listAt(value, key, registryHost),
  "max-concurrent-downloads": (draft, value, key) =>
    draft.maxConcurrentDownloads = integerAt(value, key, 1),
  "max-concurrent-uploads": (draft, value, key) =>
    draft.maxConcurrentUploads = integerAt(value, key, 1),
  "max-download-attempts": (draft, value, key) =>
    draft.maxDownloadAttempts = integerAt(value, key, 1),
  "min-download-rate": (draft, value, key) => draft.minDownloadRate = integerAt(value, key, 0),
  "userns-remap": (draft, value, key) => draft.usernsRemap = stringAt(value, key),
  "log-driver": (draft, value, key) => draft.logDriver = stringAt(value, key),
  "log-opts": (draft, value, key) => draft.logOptions = recordAt(value, key, stringAt),
  "default-address-pools": (draft, value, key) =>
    draft.addressPools = listAt(value, key, addressPool),
  "bip": (draft, value, key) => draft.bridgeAddress = cidr(value, key),
  "default-network": (draft, value, key) => draft.defaultNetwork = stringAt(value, key),
  "mtu": (draft, value, key) => draft.mtu = integerAt(value, key, 68),
  "dns": (draft, value, key) => draft.dns = listAt(value, key, ipAddress),
  "dns-search": (draft, value, key) => draft.dnsSearch = listAt(value, key, stringAt),
  "dns-opts": (draft, value, key) => draft.dnsOptions = listAt(value, key, stringAt),
};

const cache = new Map<string, Config>();

/**
 * Reads the configuration, once for each file; a file that does not exist is an empty one.
 *
 * @param path The file; where absent what `TSD_CONFIG` names, or `/etc/tsd/config.json`.
 * @returns The configuration with its defaults filled in.
 * @throws {EngineError} `invalid`: the file is malformed or has an unknown key; `system`: it cannot
 *   be read.
 */
export function loadConfig(
  path: string = Deno.env.get("TSD_CONFIG") || DEFAULT_CONFIG_PATH,
): Config {
  let config = cache.get(path);
  if (config === undefined) cache.set(path, config = parseConfig(readIfPresent(path), path));
  return config;
}

/**
 * Parses a configuration file.
 *
 * @param text The file's content.
 * @param path The file's name, for the messages.
 * @returns The configuration with its defaults filled in.
 * @throws {EngineError} `invalid`: it is malformed or has an unknown key.
 */
export function parseConfig(text: string, path: string): Config {
  const draft: Draft = {
    mirrors: {},
    insecureRegistries: [],
    // Docker's defaults: three keep a connection and two cores busy without starving each other.
    maxConcurrentDownloads: 3,
    maxConcurrentUploads: 5,
    maxDownloadAttempts: 5,
    minDownloadRate: 1024,
  };
  try {
    const document = recordAt(parseJson(text), "the file", (value) => value);
    for (const [key, value] of Object.entries(document)) setter(key)(draft, value, `"${key}"`);
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error;
    throw new EngineError(`Cannot read configuration "${path}": ${error.message}`, {
      kind: "invalid",
      cause: error,
    });
  }
  return draft;
}

function setter(key: string): Setter {
  const found = Object.hasOwn(KEYS, key) ? KEYS[key] : undefined;
  if (found !== undefined) return found;
  const near = nearestName(key, Object.keys(KEYS));
  const hint = near === undefined
    ? `, known are ${Object.keys(KEYS).join(", ")}`
    : `, did you mean "${near}"?`;
  throw new TypeError(`unknown key "${key}"${hint}`);
}

function readIfPresent(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "{}";
    throw new EngineError(`Cannot read configuration "${path}"`, { kind: "system", cause: error });
  }
}

function addMirrors(draft: Draft, registry: string, urls: readonly string[]): void {
  const name = registry === "index.docker.io" ? "docker.io" : registry;
  draft.mirrors = { ...draft.mirrors, [name]: [...draft.mirrors[name] ?? [], ...urls] };
}

function absolutePath(value: unknown, key: string): string {
  const path = stringAt(value, key);
  if (!path.startsWith("/")) throw new TypeError(`${key} must be an absolute path`);
  return path;
}

function addressPool(value: unknown, key: string): AddressPool {
  const { base, size, ...rest } = objectAt(value, key);
  const [other] = Object.keys(rest);
  if (other !== undefined) throw new TypeError(`${key} has an unknown key "${other}"`);
  const pool = { base: cidr(base, `${key}.base`), size: integerAt(size, `${key}.size`) };
  const prefix = Number(pool.base.split("/")[1]);
  const most = pool.base.includes(":") ? 128 : 32;
  if (pool.size >= prefix && pool.size <= most) return pool;
  throw new TypeError(`${key}.size must be between ${prefix} and ${most}`);
}

function cidr(value: unknown, key: string): string {
  const text = stringAt(value, key);
  const [address = "", bits = ""] = text.split("/");
  const most = address.includes(":") ? 128 : 32;
  if (isIpAddress(address) && /^\d{1,3}$/.test(bits) && Number(bits) <= most) return text;
  throw new TypeError(`${key} must be an address and a prefix length such as "10.1.0.0/16"`);
}

function ipAddress(value: unknown, key: string): string {
  const text = stringAt(value, key);
  if (isIpAddress(text)) return text;
  throw new TypeError(`${key} must be an IP address`);
}

/** The URL parser knows them all; brackets keep names and numbers apart from IPv6. */
function isIpAddress(text: string): boolean {
  if (text.includes(":")) return URL.canParse(`http://[${text}]/`);
  return /^\d+(\.\d+){3}$/.test(text) && URL.parse(`http://${text}/`)?.hostname === text;
}

function mirrorUrls(value: unknown, key: string): string[] {
  return listAt(value, key, (item, where) => {
    const text = stringAt(item, where);
    const url = URL.parse(text);
    if (url === null || !/^https?:$/.test(url.protocol)) {
      throw new TypeError(`${where} must be a URL such as "https://mirror.example"`);
    }
    if (url.username || url.password || url.search || url.hash) {
      throw new TypeError(`${where} must be a URL without user, query and fragment`);
    }
    return text.replace(/\/+$/, "");
  });
}

function registryHost(value: unknown, key: string): string {
  const host = stringAt(value, key).replace(/^https?:\/\//i, "").replace(/\/$/, "").toLowerCase();
  const isRange = /^[0-9a-f.:]+\/\d+$/.test(host);
  if (host === "" || (!isRange && /[/?#@\s]/.test(host))) {
    throw new TypeError(`${key} must be a host, "host:port" or a range such as "10.0.0.0/8"`);
  }
  return host;
}
