/**
 * Setting a container up: its root, its mounts, and what its command finds there.
 *
 * @module
 */

import {
  close,
  closing,
  fchdir,
  fchown,
  mount,
  MountAttribute,
  MountFlag,
  open,
  OpenFlag,
  type PseudoTerminal,
  setDomainname,
  setHostname,
  setInterfaceUp,
  setMountAttributes,
  writeAll,
} from "../../../ffi/mod.ts";
import { EngineError } from "../../errors.ts";
import { createConsole } from "../root/console.ts";
import { openInContainer, openOrCreateDirectory } from "../root/container_path.ts";
import { borrowDevices, createDevices } from "../root/devices.ts";
import { maskPaths, protectPaths } from "../root/hidden_paths.ts";
import type { Identity } from "../user/identity.ts";
import type { MappedPaths } from "../root/mapped_mounts.ts";
import { type FileSystemCreator, prepareMounts } from "../root/mounts.ts";
import { checkInProc } from "../root/proc_guard.ts";
import { findProcessIdentity, TTY_GROUP, userOfSpec } from "./process_user.ts";
import { enterRoot, mountRoot } from "../root/rootfs.ts";
import type { Spec } from "../spec/spec.ts";

/** What a container is set up from. */
export interface SetupOptions {
  /** The bundle's folder, absolute. */
  bundle: string;
  /** Its configuration. */
  spec: Spec;
  /** Whether its network namespace is new, and its loopback to be switched on. */
  hasNewNetwork: boolean;
  /** The host's mount namespace, as a path; the calling thread's own where absent. */
  hostMounts?: string | undefined;
  /** What was mounted for it, in a user namespace. */
  mapped?: MappedPaths | undefined;
  /** Creates the file systems that must be created before the root is entered. */
  create: FileSystemCreator;
  /** Called once the root is mounted, and before it is entered. */
  onRootMounted?: (() => void) | undefined;
}

/** A container that was set up. */
export interface SetUpContainer {
  /** Who its command runs as. */
  identity: Identity;
  /** Whether its `/dev` is its own, with a null device that is the kernel's. */
  hasOwnDev: boolean;
  /** Its terminal, where it has one, which belongs to the command's user. */
  terminal: PseudoTerminal | undefined;
}

/**
 * Sets a container up.
 *
 * Runs on a thread in the container's namespaces (all but the PID and user namespace will do) and the
 * host's root, and leaves it in the container's root and its command's working directory. The umask
 * has to be 0.
 *
 * The order of these steps is the point; where it is not obvious, the step says why it stands there.
 *
 * @param options What it is set up from.
 * @returns What is known of it then.
 * @throws {EngineError} It cannot be set up.
 */
export function setUpContainer(options: SetupOptions): SetUpContainer {
  const { bundle, create, hostMounts, mapped, spec } = options;
  // Nothing mounted here may reach the host; what the host mounts may still reach bind mounts that
  // ask for it.
  mount("", "/", "", MountFlag.SLAVE | MountFlag.REC);
  using mounts = prepareMounts(spec.mounts, { create, hostMounts, mapped });
  const devices = mapped ? borrowDevices(spec.linux.devices) : undefined;
  mountRoot(bundle, spec, mapped?.root);
  options.onRootMounted?.();
  enterRoot();
  // From here on every path is the container's.
  mounts.perform();
  const hasOwnDev = spec.mounts.some(({ destination, type }) =>
    destination === "/dev" && type === "tmpfs"
  );
  if (hasOwnDev) createDevices(spec.linux.devices, devices);
  const terminal = spec.process.terminal ? createConsole(spec.process) : undefined;
  try {
    if (options.hasNewNetwork) setInterfaceUp("lo");
    if (spec.hostname !== undefined) setHostname(spec.hostname);
    if (spec.domainname !== undefined) setDomainname(spec.domainname);
    applySysctl(spec.linux.sysctl ?? {});
    const identity = findProcessIdentity(userOfSpec(spec));
    closing(openWorkingDirectory(spec.process.cwd), (workingDirectory) => {
      // After sysctl and before the root is read-only: masks need mount points, not files.
      protectPaths(spec.linux.readonlyPaths ?? []);
      maskPaths(spec.linux.maskedPaths ?? []);
      if (spec.root.readonly) makeRootReadOnly();
      // Last, as mounting works by way of the working directory.
      fchdir(workingDirectory);
    });
    if (terminal) fchown(terminal.slave, identity.uid, TTY_GROUP);
    return { identity, hasOwnDev, terminal };
  } catch (error) {
    if (terminal) [terminal.master, terminal.slave].forEach(close);
    throw error;
  }
}

function applySysctl(values: Record<string, string>): void {
  for (const [name, value] of Object.entries(values)) {
    const path = `/proc/sys/${name.replaceAll(".", "/")}`;
    try {
      closing(openInContainer(path, { noSymlinks: true, flags: OpenFlag.WRONLY }), (fd) => {
        checkInProc(fd, path);
        writeAll(fd, new TextEncoder().encode(value));
      });
    } catch (error) {
      throw new EngineError(`setting the kernel parameter "${name}"`, {
        kind: "invalid",
        cause: error,
      });
    }
  }
}

/** Magic links are refused, so `/proc/self/fd/N` cannot lead to the host (CVE-2024-21626). */
function openWorkingDirectory(path: string): number {
  try {
    return openOrCreateDirectory(path);
  } catch (error) {
    throw new EngineError(`chdir to cwd ("${path}") set in config.json failed`, {
      kind: "invalid",
      cause: error,
    });
  }
}

function makeRootReadOnly(): void {
  closing(open("/", OpenFlag.PATH | OpenFlag.DIRECTORY), (root) => {
    setMountAttributes(root, MountAttribute.RDONLY, false);
  });
}
