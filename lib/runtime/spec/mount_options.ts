/**
 * Mount options as mount(8) and the OCI runtime-spec spell them.
 *
 * @module
 */

import { MountAttribute, MountFlag } from "../../../ffi/mod.ts";

/** Options of one mount, taken apart. */
export interface MountOptions {
  /** Bits of `MountFlag` to set. */
  flags: number;
  /** A propagation type out of `MountFlag`, with `REC` where it is recursive; 0 for none. */
  propagation: number;
  /** Whether it is a bind mount. */
  bind: boolean;
  /** Whether a bind mount takes the mounts below along. */
  recursive: boolean;
  /** Whether the mounts below a read-only bind mount are read-only as well. */
  recursiveReadonly: boolean;
  /** Options of the file system itself, comma-separated. */
  data: string;
}

const FLAGS = new Map<string, { set?: number; clear?: number }>(Object.entries({
  defaults: {},
  // What these ask for was done where init is told so (mapped_mounts.ts).
  idmap: {},
  ro: { set: MountFlag.RDONLY },
  rw: { clear: MountFlag.RDONLY },
  nosuid: { set: MountFlag.NOSUID },
  suid: { clear: MountFlag.NOSUID },
  nodev: { set: MountFlag.NODEV },
  dev: { clear: MountFlag.NODEV },
  noexec: { set: MountFlag.NOEXEC },
  exec: { clear: MountFlag.NOEXEC },
  sync: { set: MountFlag.SYNCHRONOUS },
  async: { clear: MountFlag.SYNCHRONOUS },
  dirsync: { set: MountFlag.DIRSYNC },
  remount: { set: MountFlag.REMOUNT },
  noatime: { set: MountFlag.NOATIME },
  atime: { clear: MountFlag.NOATIME },
  nodiratime: { set: MountFlag.NODIRATIME },
  diratime: { clear: MountFlag.NODIRATIME },
  relatime: { set: MountFlag.RELATIME },
  norelatime: { clear: MountFlag.RELATIME },
  strictatime: { set: MountFlag.STRICTATIME },
  nosymfollow: { set: MountFlag.NOSYMFOLLOW },
}));

const PROPAGATION = new Map(Object.entries({
  private: MountFlag.PRIVATE,
  slave: MountFlag.SLAVE,
  shared: MountFlag.SHARED,
  unbindable: MountFlag.UNBINDABLE,
  rprivate: MountFlag.PRIVATE | MountFlag.REC,
  rslave: MountFlag.SLAVE | MountFlag.REC,
  rshared: MountFlag.SHARED | MountFlag.REC,
  runbindable: MountFlag.UNBINDABLE | MountFlag.REC,
}));

/**
 * Takes mount options apart.
 *
 * @param options Options as mount(8) takes them; a later one overrides an earlier one. What is not
 * known is passed to the file system.
 * @returns The parts.
 */
export function parseMountOptions(options: readonly string[]): MountOptions {
  const result: MountOptions = {
    flags: 0,
    propagation: 0,
    bind: false,
    recursive: false,
    recursiveReadonly: false,
    data: "",
  };
  const data: string[] = [];
  for (const option of options) {
    const flag = FLAGS.get(option);
    const propagation = PROPAGATION.get(option);
    if (option === "bind" || option === "rbind") {
      result.bind = true;
      result.recursive = option === "rbind";
    } else if (option === "rro") {
      result.flags |= MountFlag.RDONLY;
      result.recursiveReadonly = true;
    } else if (flag) {
      result.flags = (result.flags | (flag.set ?? 0)) & ~(flag.clear ?? 0);
    } else if (propagation !== undefined) {
      result.propagation = propagation;
    } else {
      data.push(option);
    }
  }
  return { ...result, data: data.join(",") };
}

/**
 * Turns flags of mount(2) into attributes of mount_setattr(2).
 *
 * @param flags Bits of `MountFlag`.
 * @returns Bits of `MountAttribute`.
 */
export function mountAttributes(flags: number): number {
  return (flags & MountFlag.RDONLY ? MountAttribute.RDONLY : 0) |
    (flags & MountFlag.NOSUID ? MountAttribute.NOSUID : 0) |
    (flags & MountFlag.NODEV ? MountAttribute.NODEV : 0) |
    (flags & MountFlag.NOEXEC ? MountAttribute.NOEXEC : 0) |
    (flags & MountFlag.NODIRATIME ? MountAttribute.NODIRATIME : 0) |
    (flags & MountFlag.NOSYMFOLLOW ? MountAttribute.NOSYMFOLLOW : 0) |
    accessTimes(flags);
}

/** As mount(2) has it where several are given. */
function accessTimes(flags: number): number {
  if (flags & MountFlag.STRICTATIME) return MountAttribute.STRICTATIME;
  if (flags & MountFlag.NOATIME) return MountAttribute.NOATIME;
  return flags & MountFlag.RELATIME ? MountAttribute.RELATIME : 0;
}
