/**
 * The contents of the container's `/dev`.
 *
 * @module
 */

import {
  attachMount,
  cloneMount,
  close,
  closing,
  Errno,
  fchmod,
  fchownat,
  type FileStatus,
  FileType,
  isErrno,
  makeDevice,
  mknodat,
  open,
  openat,
  OpenFlag,
  statx,
  symlinkat,
} from "../../../ffi/mod.ts";
import { EngineError } from "../../errors.ts";
import { openOrCreateDirectory, openOrCreateFile } from "./container_path.ts";
import type { SpecDevice } from "../spec/spec.ts";

/** The nodes every container has (config-linux.md, "Default Devices"). */
const DEFAULT_DEVICES: readonly SpecDevice[] = [
  { path: "/dev/null", type: "c", major: 1, minor: 3 },
  { path: "/dev/zero", type: "c", major: 1, minor: 5 },
  { path: "/dev/full", type: "c", major: 1, minor: 7 },
  { path: "/dev/random", type: "c", major: 1, minor: 8 },
  { path: "/dev/urandom", type: "c", major: 1, minor: 9 },
  { path: "/dev/tty", type: "c", major: 5, minor: 0 },
];

const LINKS: readonly [name: string, target: string][] = [
  ["fd", "/proc/self/fd"],
  ["stdin", "/proc/self/fd/0"],
  ["stdout", "/proc/self/fd/1"],
  ["stderr", "/proc/self/fd/2"],
  ["ptmx", "pts/ptmx"],
];

const CORE: readonly [name: string, target: string] = ["core", "/proc/kcore"];

const TYPE_BITS: Readonly<Record<SpecDevice["type"], number>> = {
  c: FileType.CHARACTER,
  u: FileType.CHARACTER,
  b: FileType.BLOCK,
  p: FileType.FIFO,
};

/** Detached mounts of the host's device nodes, by their path in the container. */
export type BorrowedDevices = ReadonlyMap<string, number>;

/**
 * Takes hold of the host's device nodes, for a user namespace: there none can be created. Runs in the
 * host's root.
 *
 * @param devices The configuration's own.
 * @returns The nodes.
 * @throws {EngineError} `invalid`: the host has no such node.
 */
export function borrowDevices(devices: readonly SpecDevice[] = []): BorrowedDevices {
  return new Map([...DEFAULT_DEVICES, ...devices].map((device) => {
    try {
      return [device.path, cloneMount(hostNode(device), false)];
    } catch (error) {
      throw new EngineError(`borrowing the device "${device.path}"`, {
        kind: "invalid",
        cause: error,
      });
    }
  }));
}

/** Udev names the nodes by their numbers as well, for those whose name in the container is another. */
function hostNode({ major = 0, minor = 0, path, type }: SpecDevice): string {
  const node = statAt(path);
  const isMeant = node?.deviceMajor === major && node.deviceMinor === minor;
  return isMeant ? path : `/dev/${type === "b" ? "block" : "char"}/${major}:${minor}`;
}

function statAt(path: string): FileStatus | undefined {
  let fd: number;
  try {
    fd = open(path, OpenFlag.PATH);
  } catch (error) {
    if (isErrno(error, Errno.ENOENT, Errno.ENOTDIR)) return undefined;
    throw error;
  }
  return closing(fd, statx);
}

/**
 * Creates the default device nodes and links, and those of the configuration.
 *
 * @param devices The configuration's own.
 * @param borrowed Nodes to use instead of creating them.
 * @throws {EngineError} `system`: a node cannot be created.
 */
export function createDevices(
  devices: readonly SpecDevice[] = [],
  borrowed?: BorrowedDevices,
): void {
  for (const device of [...DEFAULT_DEVICES, ...devices]) createNode(device, borrowed);
  closing(openOrCreateDirectory("/dev", { noSymlinks: true }), (folder) => {
    // Not every kernel has it.
    const core = exists(CORE[1]) ? [CORE] : [];
    for (const [name, target] of [...LINKS, ...core]) {
      ignoreExisting(() => symlinkat(target, folder, name));
    }
  });
}

function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}

function createNode(device: SpecDevice, borrowed: BorrowedDevices | undefined): void {
  const slash = device.path.lastIndexOf("/");
  const parent = openOrCreateDirectory(device.path.slice(0, slash) || "/", { noSymlinks: true });
  const name = device.path.slice(slash + 1);
  const mode = (device.fileMode ?? 0o666) & 0o7777;
  const number = makeDevice(device.major ?? 0, device.minor ?? 0);
  const node = borrowed?.get(device.path);
  try {
    if (node !== undefined) return attachNode(node, device.path);
    ignoreExisting(() => {
      // The process's umask is 0 here, so the mode is not cut.
      mknodat(parent, name, TYPE_BITS[device.type] | mode, number);
      fchownat(parent, name, device.uid ?? 0, device.gid ?? 0);
    });
  } catch (error) {
    throw new EngineError(`creating the device "${device.path}"`, { kind: "system", cause: error });
  } finally {
    close(parent);
  }
}

function attachNode(node: number, path: string): void {
  const target = openOrCreateFile(path);
  try {
    attachMount(node, target, path);
  } finally {
    [target, node].forEach(close);
  }
}

function ignoreExisting(create: () => void): void {
  try {
    create();
  } catch (error) {
    if (!isErrno(error, Errno.EEXIST)) throw error;
  }
}

/**
 * Creates `/dev/console` as an empty file, for the terminal to be mounted on.
 *
 * @throws {SyscallError} It cannot be created.
 */
export function createConsoleFile(): void {
  closing(openOrCreateDirectory("/dev", { noSymlinks: true }), (folder) => {
    const flags = OpenFlag.CREAT | OpenFlag.EXCL | OpenFlag.WRONLY | OpenFlag.NOFOLLOW;
    ignoreExisting(() => {
      closing(openat(folder, "console", flags, 0o620), (fd) => fchmod(fd, 0o620));
    });
  });
}
