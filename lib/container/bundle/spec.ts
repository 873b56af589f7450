/**
 * A container's OCI configuration.
 *
 * @module
 */

import { isInterfaceSysctl } from "../../network/mod.ts";
import { Annotation, type Spec, type SpecMount } from "../../runtime/mod.ts";
import type { ContainerFilter } from "../../seccomp/container_filter.ts";
import { labelledMounts, privilegedMounts, securityParts } from "./security.ts";
import { containerDevices } from "./devices.ts";
import { isConnected } from "../record/network_mode.ts";
import { ownNamespaces, sharedMounts } from "../record/namespace_modes.ts";
import { processLimits, withShmSize } from "./limited_spec.ts";
import { containerArguments, type ContainerSettings } from "../record/settings.ts";
import { ownerOptions, userMounts } from "./user_mounts.ts";

const OCI_VERSION = "1.2.0";

/** What every container has mounted. */
const DEFAULT_MOUNTS: readonly SpecMount[] = [
  { destination: "/proc", type: "proc", source: "proc", options: ["nosuid", "noexec", "nodev"] },
  {
    destination: "/dev",
    type: "tmpfs",
    source: "tmpfs",
    options: ["nosuid", "strictatime", "mode=755", "size=65536k"],
  },
  {
    destination: "/dev/pts",
    type: "devpts",
    source: "devpts",
    options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"],
  },
  {
    destination: "/sys",
    type: "sysfs",
    source: "sysfs",
    options: ["nosuid", "noexec", "nodev", "ro"],
  },
  {
    destination: "/dev/mqueue",
    type: "mqueue",
    source: "mqueue",
    options: ["nosuid", "noexec", "nodev"],
  },
  {
    destination: "/dev/shm",
    type: "tmpfs",
    source: "shm",
    options: ["nosuid", "noexec", "nodev", "mode=1777", "size=67108864"],
  },
  // After the rest, as init can only mount it once it has been placed in its cgroup.
  {
    destination: "/sys/fs/cgroup",
    type: "cgroup",
    source: "cgroup",
    options: ["ro", "nosuid", "noexec", "nodev"],
  },
];

// systemd's default, and Docker's where it runs under it.
const NOFILE_HARD = 524288;

/** What a configuration is made of, besides the settings. */
export interface BundleSpecOptions {
  /** The container's folder, absolute. */
  directory: string;
  /** The folder of the instance's volumes, absolute. */
  volumesDirectory: string;
  /** The folder of its hosts, hostname and resolv.conf, absolute; `directory` where absent. */
  filesDirectory?: string;
  /** The container's cgroup, see `cgroupsPath` of the runtime-spec. */
  cgroupsPath: string;
  /** This process's hard limit of open files. */
  openFilesLimit: number;
  /** The container's filter of system calls, if it has one. */
  filter?: ContainerFilter | undefined;
}

/**
 * Builds a container's OCI configuration.
 *
 * @param settings What the container is.
 * @param options Where it lives.
 * @returns The content of `config.json`.
 */
export function buildBundleSpec(settings: ContainerSettings, options: BundleSpecOptions): Spec {
  const { directory } = options;
  const modes = settings.namespaces ?? {};
  const security = securityParts(settings.security, options.filter);
  return {
    ociVersion: OCI_VERSION,
    process: {
      terminal: settings.terminal,
      user: { uid: 0, gid: 0 },
      args: containerArguments(settings),
      env: settings.env,
      cwd: settings.workingDirectory,
      ...security.process,
      ...settings.oomScoreAdj !== undefined && { oomScoreAdj: settings.oomScoreAdj },
      rlimits: processLimits(settings, Math.min(NOFILE_HARD, options.openFilesLimit)),
    },
    root: { path: "rootfs", readonly: settings.readonlyRoot },
    ...modes.uts !== "host" && { hostname: settings.hostname },
    mounts: labelledMounts([
      ...sharedMounts(ownMounts(settings), modes),
      ...fileMounts(options.filesDirectory ?? directory, settings),
      ...userMounts(settings, options.volumesDirectory),
    ], settings.security),
    linux: {
      namespaces: [
        { type: "mount" },
        ...ownNamespaces(modes),
        // Whichever a start finds for it takes its place, see the messages to init.
        ...settings.network === "host" ? [] : [{ type: "network" } as const],
        ...settings.userNamespace ? [{ type: "user" } as const] : [],
      ],
      ...settings.userNamespace && {
        uidMappings: settings.userNamespace.users,
        gidMappings: settings.userNamespace.groups,
      },
      cgroupsPath: options.cgroupsPath,
      maskedPaths: security.maskedPaths,
      readonlyPaths: security.readonlyPaths,
      ...options.filter && { seccomp: options.filter.spec },
      rootfsPropagation: "private",
      ...settings.security?.labels?.mount && { mountLabel: settings.security.labels.mount },
      ...containerDevices(settings),
      sysctl: {
        ...(settings.network === "none" || isConnected(settings.network)) &&
          networkSysctl(settings),
        ...ownSysctls(settings),
      },
    },
    annotations: {
      [Annotation.OVERLAY]: JSON.stringify({
        lower: settings.layers,
        upper: `${directory}/upper`,
        work: `${directory}/work`,
        ...settings.userNamespace?.shifted && { shifted: true },
        // Nobody ever sees again what it leaves, after a crash neither.
        ...settings.autoRemove && { volatile: true },
      }),
      [Annotation.USER]: settings.user,
      ...security.annotations,
      ...settings.init && { [Annotation.INIT]: "true" },
    },
  };
}

/** What this container has mounted of what every container has. */
function ownMounts({ limits, security }: ContainerSettings): readonly SpecMount[] {
  return privilegedMounts(withShmSize(DEFAULT_MOUNTS, limits?.shmSize), security);
}

/** What the user wants set; of an interface, whoever makes it sets it, once it is there. */
function ownSysctls({ limits, network }: ContainerSettings): Record<string, string> {
  const wanted = Object.entries(limits?.sysctls ?? {});
  const isSetApart = (name: string) => isConnected(network) && isInterfaceSysctl(name);
  return Object.fromEntries(wanted.filter(([name]) => !isSetApart(name)));
}

/** As Docker's: a container's own network has no ports or pings to keep from its users. */
function networkSysctl({ userNamespace }: ContainerSettings): Record<string, string> {
  return {
    "net.ipv4.ip_unprivileged_port_start": "0",
    "net.ipv4.ping_group_range": `0 ${lastGroup(userNamespace)}`,
  };
}

/** Groups that are not mapped are refused. */
function lastGroup(userNamespace: ContainerSettings["userNamespace"]): number {
  if (!userNamespace) return 2147483647;
  return Math.max(...userNamespace.groups.map(({ containerID, size }) => containerID + size)) - 1;
}

function fileMounts(
  directory: string,
  { readonlyRoot, userNamespace }: ContainerSettings,
): SpecMount[] {
  const access = readonlyRoot ? ["ro"] : [];
  return ["resolv.conf", "hostname", "hosts"].map((name) => ({
    destination: `/etc/${name}`,
    type: "bind",
    source: `${directory}/${name}`,
    options: ["rbind", "rprivate", ...access, ...ownerOptions(userNamespace)],
  }));
}
