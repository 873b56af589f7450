/**
 * A container's `/etc/hosts`.
 *
 * It is mounted into the container as a file: so that what changes is seen there, it is written in
 * place, and keeps what the container itself has added.
 *
 * @module
 */

import { readIfPresent } from "../../if_present.ts";
import { sharedWith } from "../record/network_mode.ts";
import type { ContainerSettings } from "../record/settings.ts";

const LOCAL = [
  "127.0.0.1\tlocalhost",
  "::1\tlocalhost ip6-localhost ip6-loopback",
  "fe00::\tip6-localnet",
  "ff00::\tip6-mcastprefix",
  "ff02::1\tip6-allnodes",
  "ff02::2\tip6-allrouters",
];
const BLOCK_START = "# Containers of the same networks; kept up to date by tsd:";
const BLOCK_END = "# End of the containers.";
const BLOCK = new RegExp(`(^|\\n)${BLOCK_START}\\n(?:.*\\n)*?${BLOCK_END}(?:\\n|$)`);

/** What stands for the host's own address in `--add-host`. */
const HOST_GATEWAY = "host-gateway";

/** Where a container can be found, and by which names. */
export interface HostsEntry {
  /** An address. */
  address: string;
  /** Names, the first of them the usual one. */
  names: readonly string[];
}

/** What a container's `/etc/hosts` says besides what all say. */
export interface HostsFileOptions {
  /**
   * Its own addresses.
   *
   * @default []
   */
  addresses?: readonly string[];
  /** An address that the host can be reached at; without a network of its own the loopback one. */
  gateway?: string | undefined;
}

/**
 * Writes the text of a container's `/etc/hosts`.
 *
 * @param settings What the container is.
 * @param options What else is known.
 * @returns The text.
 */
export function hostsFileText(
  settings: Pick<ContainerSettings, "extraHosts" | "hostname" | "network">,
  options: HostsFileOptions = {},
): string {
  const { addresses = [], gateway = "127.0.0.1" } = options;
  const isHosts = settings.network === "host" || sharedWith(settings.network) !== undefined;
  const start = isHosts ? (readIfPresent("/etc/hosts") ?? "").trimEnd().split("\n") : LOCAL;
  const extra = (settings.extraHosts ?? []).map((text) => {
    const at = text.indexOf(":");
    const address = text.slice(at + 1);
    return `${address === HOST_GATEWAY ? gateway : address}\t${text.slice(0, at)}`;
  });
  const own = addresses.map((address) => `${address}\t${hostNames(settings.hostname).join(" ")}`);
  return [...start, ...extra, ...own, ""].join("\n");
}

/** `web.example` is also called `web`. */
function hostNames(hostname: string): string[] {
  const at = hostname.indexOf(".");
  return at > 0 ? [hostname, hostname.slice(0, at)] : [hostname];
}

/**
 * Replaces the other containers in the text of an `/etc/hosts`.
 *
 * @param text The text, with or without others.
 * @param entries The others, and the container itself.
 * @returns The text.
 */
export function withEntries(text: string, entries: readonly HostsEntry[]): string {
  const rest = text.replace(BLOCK, "$1");
  if (entries.length === 0) return rest;
  const lines = entries.map(({ address, names }) => `${address}\t${names.join(" ")}`);
  const gap = rest === "" || rest.endsWith("\n") ? "" : "\n";
  return `${rest}${gap}${[BLOCK_START, ...lines, BLOCK_END].join("\n")}\n`;
}

/**
 * Replaces the content of a file, which stays the same file.
 *
 * @param path The file; one that does not exist is left alone.
 * @param change Makes the new text of the present one.
 */
export function rewriteInPlace(path: string, change: (text: string) => string): void {
  try {
    const before = Deno.readTextFileSync(path);
    const after = change(before);
    if (after === before) return;
    using file = Deno.openSync(path, { write: true });
    // One write, then the end: whoever reads meanwhile finds the old lines or the new ones.
    const bytes = new TextEncoder().encode(after);
    for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
    file.truncateSync(bytes.length);
  } catch (error) {
    // Its container is being removed.
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
