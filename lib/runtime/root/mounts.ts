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
  closing,
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
} from "../../../ffi/mod.ts";
import { EngineError } from "../../errors.ts";
import { cgroupHierarchies, mountCgroups } from "./cgroup_mount.ts";
import { openInContainer, openOrCreateDirectory, openOrCreateFile } from "./container_path.ts";
import type { MappedPaths } from "./mapped_mounts.ts";
import { mountAttributes, type MountOptions, parseMountOptions } from "../spec/mount_options.ts";
import { checkDestination, checkOutsideProc } from "./proc_guard.ts";
import type { SpecMount } from "../spec/spec.ts";

/** Mounts whose sources are at hand; those that were not put in place are let go in the end. */
export interface PreparedMounts extends Disposable {
  /**
   * Puts all of them in place, in their order; runs in the container's root.
   *
   * @throws {EngineError} `invalid` or `system`: the kernel refused, or the image has a link in place
   * of a kernel file system's folder.
   */
  perform(): void;
}

/** A mount whose source is at hand. */
interface PreparedMount {
  /** What the configuration asks for. */
  mount: SpecMount;
  /** Its options, taken apart. */
  options: MountOptions;
  /** A descriptor of the detached mount to put in place: of a bind mount, or created before. */
  source?: number;
  /** The hierarchies to mount, of cgroups. */
  hierarchies?: readonly string[];
}

/** Creates file systems beforehand. */
export interface FileSystemCreator {
  /**
   * Creates a file system where it has to be created before the root is entered.
   *
   * @param mount What the configuration asks for.
   * @param attributes Bits of `MountAttribute`.
   * @returns A descriptor of the detached mount; nothing where it can be mounted in its turn.
   */
  (mount: SpecMount, attributes: number): number | undefined;
}

// Kernel file systems: if the image has a link in their place, mounting at its target would leave
// what later steps trust (/proc, /dev) in the image's hands.
const NO_SYMLINK_TYPES = ["proc", "sysfs", "cgroup", "cgroup2", "mqueue", "devpts"];

/** Options of {@linkcode prepareMounts}. */
export interface PrepareOptions {
  /** Creates the file systems that must be created beforehand; none where it is absent. */
  create?: FileSystemCreator;
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
 * @returns The mounts.
 * @throws {EngineError} `invalid`: a source does not exist.
 */
export function prepareMounts(
  mounts: readonly SpecMount[],
  options: PrepareOptions = {},
): PreparedMounts {
  const prepared: PreparedMount[] = [];
  const release = () => {
    for (const { source } of prepared.splice(0)) if (source !== undefined) close(source);
  };
  try {
    for (const mount of mounts) prepared.push(prepareMount(mount, options));
  } catch (error) {
    release();
    throw error;
  }
  return {
    perform: () => {
      for (let next; (next = prepared.shift());) performMount(next);
    },
    [Symbol.dispose]: release,
  };
}

function prepareMount(
  mount: SpecMount,
  { create, hostMounts, mapped }: PrepareOptions,
): PreparedMount {
  const options = parseMountOptions(mount.options ?? []);
  if (mount.type === "cgroup") return { mount, options, hierarchies: cgroupHierarchies() };
  const isBind = mount.type === "bind" || options.bind;
  const created = isBind ? undefined : create?.(mount, mountAttributes(options.flags));
  if (created !== undefined) return { mount, options, source: created };
  if (!isBind) return { mount, options };
  const path = mapped?.sources[mount.destination] ?? mount.source ?? "";
  const namespace = mount.namespace ?? (mount.ofHost ? hostMounts : undefined);
  return { mount, options, source: cloneSource({ namespace, path }, mount, options) };
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
  try {
    // What the container mounts or unmounts stays its own business unless it is asked for.
    const propagation = (options.propagation || MountFlag.PRIVATE) & ~MountFlag.REC;
    setMountAttributes(fd, 0, options.recursive, propagation);
    const isDeep = options.recursiveReadonly || !(options.flags & MountFlag.RDONLY);
    setMountAttributes(fd, mountAttributes(options.flags), options.recursive && isDeep);
    return fd;
  } catch (error) {
    close(fd);
    throw error;
  }
}

function takeSource({ namespace, path }: Source, wanted: SpecMount, options: MountOptions): number {
  const { staged, subpath } = wanted;
  if (staged !== undefined) {
    const { data, flags } = parseMountOptions(staged.options);
    mount(staged.source, path, staged.type, flags, data);
  }
  if (subpath !== undefined) return cloneBelow(path, subpath, options.recursive);
  if (namespace === undefined) return cloneMount(path, options.recursive);
  return closing(open(namespace, OpenFlag.RDONLY), (other) => {
    return cloneMountOf(other, path, options.recursive);
  });
}

/** The content of a volume is the containers': no link in it may lead out of it. */
function cloneBelow(source: string, subpath: string, recursive: boolean): number {
  return closing(open(source, OpenFlag.PATH | OpenFlag.DIRECTORY), (top) => {
    const resolve = Resolve.IN_ROOT | Resolve.NO_MAGICLINKS;
    const fd = openat2(top, subpath, OpenFlag.PATH, resolve);
    return closing(fd, () => cloneOpenMount(fd, recursive));
  });
}

/**
 * Clones a mount of another mount namespace as a detached one; the kernel does so in the calling
 * thread's only.
 *
 * @param namespace A descriptor of the mount namespace.
 * @param path A path in it.
 * @param recursive Whether the mounts below it come along.
 * @returns A descriptor of the detached mount.
 * @throws {SyscallError} The kernel refused.
 */
export function cloneMountOf(namespace: number, path: string, recursive: boolean): number {
  return closing(open("/proc/thread-self/ns/mnt", OpenFlag.RDONLY), (own) => {
    setns(namespace, CloneFlag.NEWNS);
    try {
      return cloneMount(path, recursive);
    } finally {
      setns(own, CloneFlag.NEWNS);
    }
  });
}

function performMount(prepared: PreparedMount): void {
  const { mount: wanted } = prepared;
  try {
    const { source } = prepared;
    if (source !== undefined) closing(source, () => attachSource(wanted, source));
    else if (prepared.hierarchies) {
      mountCgroups(wanted.destination, prepared.options.flags, prepared.hierarchies);
    } else mountFileSystem(wanted, prepared.options);
  } catch (error) {
    throw new EngineError(`mounting "${wanted.source}" on "${wanted.destination}"`, {
      kind: "system",
      cause: error,
    });
  }
}

function attachSource(wanted: SpecMount, source: number): void {
  checkDestination(wanted.destination);
  const isDirectory = (statx(source).mode & FileType.MASK) === FileType.DIRECTORY;
  const noSymlinks = NO_SYMLINK_TYPES.includes(wanted.type ?? "");
  const target = isDirectory
    ? openOrCreateDirectory(wanted.destination, { noSymlinks })
    : openOrCreateFile(wanted.destination);
  closing(target, () => {
    checkOutsideProc(target, wanted.destination, source);
    attachMount(source, target, wanted.destination);
  });
}

function mountFileSystem(wanted: SpecMount, options: MountOptions): void {
  checkDestination(wanted.destination);
  const type = wanted.type ?? "none";
  const data = type === "tmpfs" ? tmpfsData(wanted.destination, options.data) : options.data;
  const noSymlinks = NO_SYMLINK_TYPES.includes(type) || wanted.destination === "/dev";
  closing(openOrCreateDirectory(wanted.destination, { noSymlinks }), (target) => {
    checkOutsideProc(target, wanted.destination);
    // By way of the working directory, as there is no /proc yet to name a descriptor through.
    fchdir(target);
    mount(wanted.source ?? type, ".", type, options.flags, data);
  });
}

/** A tmpfs over an existing folder takes over its permission bits, as runc has it. */
function tmpfsData(destination: string, data: string): string {
  if (data.split(",").some((option) => option.startsWith("mode="))) return data;
  try {
    const mode = closing(openInContainer(destination), (fd) => statx(fd).mode & 0o7777);
    return [data, `mode=${mode.toString(8)}`].filter((part) => part !== "").join(",");
  } catch {
    // Nothing there yet: the kernel's default, 1777.
    return data;
  }
}
