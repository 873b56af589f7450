/**
 * Keeping `/proc` the kernel's own.
 *
 * What init and its successors read and write there (identities, labels, kernel parameters) is only
 * worth something where nobody has mounted anything in its place (CVE-2019-19921, CVE-2025-52881).
 *
 * @module
 */

import { FileSystemType, fileSystemType } from "../../../ffi/mod.ts";
import { EngineError } from "../../errors.ts";

/** Files that tools such as lxcfs show a container's own view of, and that decide about nothing. */
const REPLACEABLE = [
  "/proc/cpuinfo",
  "/proc/diskstats",
  "/proc/loadavg",
  "/proc/meminfo",
  "/proc/net/dev",
  "/proc/slabinfo",
  "/proc/stat",
  "/proc/swaps",
  "/proc/uptime",
];

/**
 * Refuses a mount whose destination is a path inside of `/proc`, whether that exists or not: what is
 * there differs with who looks.
 *
 * @param destination The path that was given.
 * @throws {EngineError} `invalid`: it is.
 */
export function checkDestination(destination: string): void {
  if (!/^\/+proc\/+[^/]/.test(destination) || REPLACEABLE.includes(destination)) return;
  throw insideProc(destination);
}

function insideProc(destination: string): EngineError {
  return new EngineError(`"${destination}" cannot be mounted because it is inside /proc`, {
    kind: "invalid",
  });
}

/**
 * Refuses a mount inside of `/proc`, wherever the path that was given for it leads.
 *
 * @param target A descriptor of the mount point.
 * @param destination The path that was given.
 * @param source A descriptor of what is mounted, if it is there already.
 * @throws {EngineError} `invalid`: it is inside.
 */
export function checkOutsideProc(target: number, destination: string, source?: number): void {
  if (fileSystemType(target) !== FileSystemType.PROC) return;
  if (REPLACEABLE.includes(destination)) return;
  // All of it by the kernel's own, such as the host's.
  const isProc = source !== undefined && fileSystemType(source) === FileSystemType.PROC;
  if (isProc && destination.replace(/\/+$/, "") === "/proc") return;
  throw insideProc(destination);
}

/**
 * Makes sure that a file is one of the kernel's `/proc`.
 *
 * @param fd A descriptor of it.
 * @param path Its path, for the error.
 * @throws {EngineError} `invalid`: it is not.
 */
export function checkInProc(fd: number, path: string): void {
  if (fileSystemType(fd) === FileSystemType.PROC) return;
  throw new EngineError(`"${path}" is not a file of the kernel's`, { kind: "invalid" });
}
