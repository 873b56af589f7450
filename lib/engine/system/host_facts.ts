/**
 * What the host says about itself.
 *
 * @module
 */

import { readIfPresent } from "../../if_present.ts";

/** The host a program runs on. */
export interface HostFacts {
  /** Its name. */
  hostname: string;
  /** The kernel's release: `6.1.0-18-amd64`. */
  kernel: string;
  /** The distribution: `Debian GNU/Linux 12 (bookworm)`. */
  operatingSystem: string;
  /** The distribution's version: `12`. */
  operatingSystemVersion: string;
  /** Processors this program may use. */
  processors: number;
  /** Memory, in bytes. */
  memory: number;
}

/**
 * Describes the host.
 *
 * @returns What is known of it; empty texts and zeros where it does not say.
 */
export function readHostFacts(): HostFacts {
  const release = parseRelease(readFirst("/etc/os-release", "/usr/lib/os-release"));
  return {
    hostname: Deno.hostname(),
    kernel: readFirst("/proc/sys/kernel/osrelease").trim(),
    operatingSystem: release.get("PRETTY_NAME") ?? release.get("NAME") ?? "",
    operatingSystemVersion: release.get("VERSION_ID") ?? "",
    processors: navigator.hardwareConcurrency,
    memory: Number(/^MemTotal:\s+(\d+) kB$/m.exec(readFirst("/proc/meminfo"))?.[1] ?? 0) * 1024,
  };
}

/**
 * Reads the assignments of an os-release file.
 *
 * @param text The file (os-release(5)).
 * @returns The values by name.
 */
export function parseRelease(text: string): Map<string, string> {
  const values = new Map<string, string>();
  for (const line of text.split("\n")) {
    const [, name, double, single, plain] =
      /^([A-Z][A-Z0-9_]*)=(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|(\S*))\s*$/.exec(line.trim()) ?? [];
    if (name === undefined) continue;
    values.set(name, double?.replaceAll(/\\(.)/g, "$1") ?? single ?? plain ?? "");
  }
  return values;
}

/**
 * Finds the file system that a path lies on.
 *
 * @param path An absolute path without links.
 * @param mountinfo The text of `/proc/self/mountinfo` (proc_pid_mountinfo(5)).
 * @returns Its type, such as `ext4`; empty where no mount is known.
 */
export function fileSystemOf(path: string, mountinfo: string): string {
  let found = { mountPoint: "", type: "" };
  for (const line of mountinfo.split("\n")) {
    const [before, after] = line.split(" - ");
    const mountPoint = unescapePath(before?.split(" ")[4] ?? "");
    const [type = ""] = after?.split(" ") ?? [];
    const isAbove = mountPoint === "/" || path === mountPoint || path.startsWith(`${mountPoint}/`);
    // Of several at one place the last is on top.
    if (mountPoint !== "" && isAbove && mountPoint.length >= found.mountPoint.length) {
      found = { mountPoint, type };
    }
  }
  return found.type;
}

/** Space, tab, line feed and backslash stand as octal numbers. */
function unescapePath(text: string): string {
  return text.replaceAll(
    /\\([0-7]{3})/g,
    (_all, code: string) => String.fromCharCode(parseInt(code, 8)),
  );
}

function readFirst(...paths: string[]): string {
  for (const path of paths) {
    const text = readIfPresent(path);
    if (text !== undefined) return text;
  }
  return "";
}
