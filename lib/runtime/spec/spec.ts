/**
 * The OCI runtime configuration (`config.json` of a bundle), as far as it is used here.
 *
 * @see https://github.com/opencontainers/runtime-spec/blob/main/config.md
 * @module
 */

import type { CgroupResources } from "../../cgroup/mod.ts";
import { EngineError } from "../../errors.ts";
import type { SpecSeccomp } from "../../seccomp/mod.ts";

/** What a bundle's `config.json` holds. */
export interface Spec {
  /** The version of the specification. */
  ociVersion: string;
  /** The container's process. */
  process: SpecProcess;
  /** The container's root file system. */
  root: SpecRoot;
  /** The host name in the container's UTS namespace. */
  hostname?: string;
  /** The NIS domain name in the container's UTS namespace. */
  domainname?: string;
  /** What is mounted besides the root, in this order. */
  mounts: SpecMount[];
  /** What only Linux has. */
  linux: SpecLinux;
  /** Free-form; see {@linkcode Annotation} for those that mean something here. */
  annotations?: Record<string, string>;
}

/** The container's process (config.md, "Process"). */
export interface SpecProcess {
  /** Whether it gets a terminal. */
  terminal?: boolean;
  /** The terminal's size at first, in characters. */
  consoleSize?: { height: number; width: number };
  /** Who it runs as. */
  user: SpecUser;
  /** `argv`; the first is looked up in the container's `PATH`. */
  args: string[];
  /** Its environment, `KEY=value` each. */
  env: string[];
  /** Its working directory, an absolute path in the container. */
  cwd: string;
  /** Its capabilities by name; absent leaves none. */
  capabilities?: SpecCapabilities;
  /** Its resource limits. */
  rlimits?: { type: string; soft: number; hard: number }[];
  /** Whether execve can never give it more rights. */
  noNewPrivileges?: boolean;
  /** The AppArmor profile it is confined by. */
  apparmorProfile?: string;
  /** Its SELinux context. */
  selinuxLabel?: string;
  /** Its `/proc/PID/oom_score_adj`, from -1000 to 1000. */
  oomScoreAdj?: number;
}

/** Who the process runs as, by number (config.md, "POSIX-platform User"). */
export interface SpecUser {
  /** User number. */
  uid: number;
  /** Group number. */
  gid: number;
  /** Supplementary group numbers. */
  additionalGids?: number[];
  /** The mask of permission bits that new files do not get. */
  umask?: number;
}

/** Capability sets by name, `CAP_CHOWN` and such. */
export interface SpecCapabilities {
  /** What the process and its children can ever have. */
  bounding?: string[];
  /** What it has at once. */
  effective?: string[];
  /** What it may raise. */
  permitted?: string[];
  /** What passes an execve of a file with inheritable capabilities. */
  inheritable?: string[];
  /** What passes every execve. */
  ambient?: string[];
}

/** The container's root file system (config.md, "Root"). */
export interface SpecRoot {
  /** Its folder, absolute or relative to the bundle. */
  path: string;
  /** Whether it is mounted read-only. */
  readonly?: boolean;
}

/** A mount (config.md, "Mounts"). */
export interface SpecMount {
  /** Where, an absolute path in the container. */
  destination: string;
  /** The file system type; `bind` for bind mounts. */
  type?: string;
  /** The device, or for bind mounts a path on the host. */
  source?: string;
  /** Options as mount(8) takes them. */
  options?: string[];
  /**
   * What is mounted on `source` first, in the container's mount namespace: a file system whose device
   * or server the container itself does not see. An extension of the specification.
   */
  staged?: { type: string; source: string; options: string[] };
  /**
   * What whoever starts the container mounts on `source` beforehand, for all containers that have it.
   * An extension of the specification.
   */
  shared?: { type: string; source: string; options: string[] };
  /**
   * Whether `source` is the user's, and looked up in the host's mount namespace rather than in the one
   * init's was made from. An extension of the specification.
   */
  ofHost?: true;
  /**
   * The mount namespace in which `source` is looked up, as a path: another container's. An extension of
   * the specification.
   */
  namespace?: string;
  /**
   * A path below `source` to bind in its place. No link in it leads out of `source`. An extension of
   * the specification.
   */
  subpath?: string;
}

/** A namespace to create, or with `path` to join (config-linux.md, "Namespaces"). */
export interface SpecNamespace {
  /** Which kind. */
  type: "pid" | "network" | "mount" | "ipc" | "uts" | "user" | "cgroup" | "time";
  /** A `/proc/PID/ns` file or bind mount of one. */
  path?: string;
}

/** Users or groups of a user namespace (config-linux.md, "User namespace mappings"). */
export interface SpecIdMapping {
  /** The first number inside. */
  containerID: number;
  /** The host's number it stands for. */
  hostID: number;
  /** How many follow one another. */
  size: number;
}

/** A device node (config-linux.md, "Devices"). */
export interface SpecDevice {
  /** Its path in the container. */
  path: string;
  /** Character, block, or FIFO. */
  type: "c" | "b" | "u" | "p";
  /** Major number. */
  major?: number;
  /** Minor number. */
  minor?: number;
  /** Permission bits. */
  fileMode?: number;
  /** Owner. */
  uid?: number;
  /** Group. */
  gid?: number;
}

/** What only Linux has (config-linux.md). */
export interface SpecLinux {
  /** Those to create or join; the host's are kept for kinds that are missing. */
  namespaces: SpecNamespace[];
  /** Which users of the host those of its user namespace are. */
  uidMappings?: SpecIdMapping[];
  /** Which groups of the host those of its user namespace are. */
  gidMappings?: SpecIdMapping[];
  /** Device nodes besides the default ones. */
  devices?: SpecDevice[];
  /** The container's cgroup, relative to the root of each hierarchy. */
  cgroupsPath?: string;
  /** What limits the container's use of the machine. */
  resources?: CgroupResources;
  /** Kernel parameters of the container's namespaces, by sysctl(8) name. */
  sysctl?: Record<string, string>;
  /** Propagation of the root mount. */
  rootfsPropagation?: "slave" | "private" | "shared" | "unbindable";
  /** Paths the container cannot read. */
  maskedPaths?: string[];
  /** Paths the container cannot write. */
  readonlyPaths?: string[];
  /** The SELinux context of the files on its mounts. */
  mountLabel?: string;
  /** Which system calls it may make; see {@linkcode Annotation.SECCOMP}. */
  seccomp?: SpecSeccomp;
}

/** Annotations that extend the specification; a runtime that does not know them ignores them. */
export const Annotation = {
  /**
   * JSON of {@linkcode OverlayRoot}: the root is an overlay that init mounts on `root.path` inside
   * the container's mount namespace, so that it vanishes with the container whatever happens.
   */
  OVERLAY: "dev.tsd.overlay",
  /**
   * `USER[:GROUP]`, names or numbers, looked up in the container's own files in place of
   * `process.user`; also gives the supplementary groups and `HOME`.
   */
  USER: "dev.tsd.user",
  /** Present where PID 1 is to be an init of ours, with the command as its child. */
  INIT: "dev.tsd.init",
  /**
   * JSON of a list of supplementary groups, names or numbers, looked up in the container's own files;
   * they come on top of those of the user.
   */
  GROUPS: "dev.tsd.groups",
  /** `linux.seccomp`, compiled for this machine: the kernel's program, in base64. */
  SECCOMP: "dev.tsd.seccomp",
} as const;

/** An overlay to mount as root (overlayfs of the kernel's documentation). */
export interface OverlayRoot {
  /** Read-only folders, the lowest first. */
  lower: string[];
  /** The folder that takes the changes. */
  upper: string;
  /** An empty folder on the same file system as `upper`, for the kernel. */
  work: string;
  /** Whether its files belong to the users of the user namespace as they lie on the disk. */
  shifted?: boolean;
  /**
   * Whether what is written need not be on the disk when the container has ended. Otherwise the end of
   * the overlay, and with it that of PID 1, waits until all of the disk's writes are done.
   */
  volatile?: boolean;
}

/**
 * Reads a bundle's configuration.
 *
 * @param bundle The bundle's folder.
 * @returns Its `config.json`, checked as far as init relies on it.
 * @throws {EngineError} `invalid`: there is none, or it lacks something.
 */
export function readSpec(bundle: string): Spec {
  const path = `${bundle}/config.json`;
  let value: unknown;
  try {
    value = JSON.parse(Deno.readTextFileSync(path));
  } catch (error) {
    throw new EngineError(`Cannot read the bundle "${bundle}"`, { kind: "invalid", cause: error });
  }
  const spec = value as Spec;
  const missing = [
    typeof spec?.ociVersion === "string" ? "" : "ociVersion",
    Array.isArray(spec?.process?.args) && spec.process.args.length > 0 ? "" : "process.args",
    String(spec?.process?.cwd).startsWith("/") ? "" : "process.cwd (absolute)",
    typeof spec?.root?.path === "string" ? "" : "root.path",
    Array.isArray(spec?.linux?.namespaces) ? "" : "linux.namespaces",
  ].filter((name) => name !== "");
  if (missing.length > 0) {
    throw new EngineError(
      `Cannot run the bundle "${bundle}": its config.json lacks ${missing.join(", ")}`,
      { kind: "invalid" },
    );
  }
  const { mounts = [], process } = spec;
  // Both may be absent (config.md, "Process").
  const { env = [], user = { uid: 0, gid: 0 } } = process;
  return { ...spec, mounts, process: { ...process, env, user } };
}
