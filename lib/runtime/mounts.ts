/**
 * The mounts of a container besides its root.
 *
 * Sources on the host are taken hold of before the root changes, as detached mounts; targets are
 * resolved after it has, so that nothing in an image or volume can direct a mount to the host.
 *
 * @module
 */

import {
  attachMount,
  CloneFlag,
  cloneMount,
  cloneOpenMount,
  close,
  createMount,
  fchdir,
  FileType,
  mount,
  MountFlag,
  open,
  openat2,
  OpenFlag,
  Resolve,
  setMountAttributes,
  setns,
  statx,
} from "../../ffi/mod.ts";
import { EngineError } from "../errors.ts";
import { mountCgroups } from "./cgroup_mount.ts";
import { openInContainer, openOrCreateDirectory, openOrCreateFile } from "./container_path.ts";
import type { MappedPaths } from "./mapped_mounts.ts";
import { mountAttributes, type MountOptions, parseMountOptions } from "./mount_options.ts";
import { checkOutsideProc } from "./proc_guard.ts";
import type { SpecMount } from "./spec.ts";

/** A mount whose source is at hand. */
export interface PreparedMount {
  /** What the configuration asks for. */
  mount: SpecMount;
  /** Its options, taken apart. */
  options: MountOptions;
  /** A descriptor of the detached mount to put in place: of a bind mount, or created before. */
  source?: number;
}

// Kernel file systems: if the image has a link in their place, mounting at its target would leave
// what later steps trust (/proc, /dev) in the image's hands.
const NO_SYMLINK_TYPES = ["proc", "sysfs", "cgroup", "cgroup2", "mqueue", "devpts"];

// In a user namespace the kernel mounts these only where others of their kind are in sight, which
// they are not any more once the root has changed.
const CREATED_BEFORE = ["proc", "sysfs"];

/** Options of {@linkcode prepareMounts}. */
export interface PrepareOptions {
  /** The host's mount namespace, as a path; the calling thread's own where it is absent. */
  hostMounts?: string | undefined;
  /** What was mounted for the container, in a user namespace. */
  mapped?: MappedPaths | undefined;
}

/** Where the source of a bind mount is. */
interface Source {
  /** Its mount namespace, as a path; the calling thread's own where it is absent. */
  namespace: string | undefined;
  path: string;
}

/**
 * Takes hold of the sources of bind mounts; runs in the host's root, in the container's mount
 * namespace.
 *
 * @param mounts The configuration's mounts.
 * @param options Where sources are found.
 * @returns The same, in the same order.
 * @throws {EngineError} `invalid`: a source does not exist.
 */
export function prepareMounts(
  mounts: readonly SpecMount[],
  { hostMounts, mapped }: PrepareOptions = {},
): PreparedMount[] {
  return mounts.map((mount) => {
    const options = parseMountOptions(mount.options ?? []);
    if (mapped && CREATED_BEFORE.includes(mount.type ?? "")) {
      const source = createMount(mount.type!, mountAttributes(options.flags));
      return { mount, options, source };
    }
    if (mount.type !== "bind" && !options.bind) return { mount, options };
    const path = mapped?.sources[mount.destination] ?? mount.source ?? "";
    const namespace = mount.ofHost ? hostMounts : undefined;
    return { mount, options, source: cloneSource({ namespace, path }, mount, options) };
  });
}

function cloneSource(from: Source, mount: SpecMount, options: MountOptions): number {
  let fd: number;
  try {
    fd = takeSource(from, mount, options);
  } catch (error) {
    throw new EngineError(`mounting "${mount.source}" on "${mount.destination}"`, {
      kind: "invalid",
      cause: error,
    });
  }
  // What the container mounts or unmounts stays its own business unless it is asked for.
  const propagation = (options.propagation || MountFlag.PRIVATE) & ~MountFlag.REC;
  setMountAttributes(fd, 0, options.recursive, propagation);
  const isDeep = options.recursiveReadonly || !(options.flags & MountFlag.RDONLY);
  setMountAttributes(fd, mountAttributes(options.flags), options.recursive && isDeep);
  return fd;
}

function takeSource({ namespace, path }: Source, wanted: SpecMount, options: MountOptions): number {
  const { staged, subpath } = wanted;
  if (staged !== undefined) {
    const { data, flags } = parseMountOptions(staged.options);
    mount(staged.source, path, staged.type, flags, data);
  }
  if (subpath !== undefined) return cloneBelow(path, subpath, options.recursive);
  if (namespace === undefined) return cloneAnywhere(path, options.recursive);
  return inNamespace(namespace, () => cloneMount(path, options.recursive));
}

/** The content of a volume is the containers': no link in it may lead out of it. */
function cloneBelow(source: string, subpath: string, recursive: boolean): number {
  const top = open(source, OpenFlag.PATH | OpenFlag.DIRECTORY);
  try {
    const resolve = Resolve.IN_ROOT | Resolve.NO_MAGICLINKS;
    const fd = openat2(top, subpath, OpenFlag.PATH, resolve);
    try {
      return cloneOpenMount(fd, recursive);
    } finally {
      close(fd);
    }
  } finally {
    close(top);
  }
}

/** A path below another process's root, and so perhaps in another mount namespace. */
const OF_ANOTHER = /^\/proc\/(\d+)\/root(\/.*)$/;

/**
 * Clones a mount as a detached one; the kernel does so in the calling thread's mount namespace only.
 *
 * @param source A path; one below `/proc/PID/root` is looked up in that process's mount namespace.
 * @param recursive Whether the mounts below it come along.
 * @returns A descriptor of the detached mount.
 * @throws {SyscallError} The kernel refused.
 */
export function cloneAnywhere(source: string, recursive: boolean): number {
  const [, pid, path] = OF_ANOTHER.exec(source) ?? [];
  if (pid === undefined) return cloneMount(source, recursive);
  return inNamespace(`/proc/${pid}/ns/mnt`, () => cloneMount(path!, recursive));
}

function inNamespace<T>(namespace: string, body: () => T): T {
  const own = open("/proc/thread-self/ns/mnt", OpenFlag.RDONLY);
  const other = open(namespace, OpenFlag.RDONLY);
  try {
    setns(other, CloneFlag.NEWNS);
    return body();
  } finally {
    setns(own, CloneFlag.NEWNS);
    [own, other].forEach(close);
  }
}

/**
 * Puts a mount in place; runs in the container's root.
 *
 * @param prepared The mount.
 * @throws {EngineError} `invalid` or `system`: the kernel refused, or the image has a link in place
 * of a kernel file system's folder.
 */
export function performMount(prepared: PreparedMount): void {
  const { mount: wanted } = prepared;
  try {
    if (prepared.source !== undefined) attachSource(wanted, prepared.source);
    else if (wanted.type === "cgroup") mountCgroups(wanted.destination, prepared.options.flags);
    else mountFileSystem(wanted, prepared.options);
  } catch (error) {
    throw new EngineError(`mounting "${wanted.source}" on "${wanted.destination}"`, {
      kind: "system",
      cause: error,
    });
  }
}

function attachSource(wanted: SpecMount, source: number): void {
  const isDirectory = (statx(source).mode & FileType.MASK) === FileType.DIRECTORY;
  const noSymlinks = NO_SYMLINK_TYPES.includes(wanted.type ?? "");
  const target = isDirectory
    ? openOrCreateDirectory(wanted.destination, { noSymlinks })
    : openOrCreateFile(wanted.destination);
  try {
    checkOutsideProc(target, wanted.destination, source);
    attachMount(source, target, wanted.destination);
  } finally {
    close(target);
    close(source);
  }
}

function mountFileSystem(wanted: SpecMount, options: MountOptions): void {
  const type = wanted.type ?? "none";
  const data = type === "tmpfs" ? tmpfsData(wanted.destination, options.data) : options.data;
  const noSymlinks = NO_SYMLINK_TYPES.includes(type) || wanted.destination === "/dev";
  const target = openOrCreateDirectory(wanted.destination, { noSymlinks });
  try {
    checkOutsideProc(target, wanted.destination);
    // By way of the working directory, as there is no /proc yet to name a descriptor through.
    fchdir(target);
    mount(wanted.source ?? type, ".", type, options.flags, data);
  } finally {
    close(target);
  }
}

/** A tmpfs over an existing folder takes over its permission bits, as runc has it. */
function tmpfsData(destination: string, data: string): string {
  if (data.split(",").some((option) => option.startsWith("mode="))) return data;
  try {
    const fd = openInContainer(destination);
    const mode = statx(fd).mode & 0o7777;
    close(fd);
    return [data, `mode=${mode.toString(8)}`].filter((part) => part !== "").join(",");
  } catch {
    // Nothing there yet: the kernel's default, 1777.
    return data;
  }
}
