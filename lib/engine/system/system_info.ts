/**
 * An instance and its host, as Docker's `info` describes them.
 *
 * @module
 */

import { cgroupLayout } from "../../cgroup/mod.ts";
import { type SupportedLimits, supportedLimits } from "../../cgroup/supported_limits.ts";
import type { Config } from "../../config.ts";
import { fileSystemRoom } from "../../../ffi/file_system.ts";
import { formatBytes } from "../../state/storage_advice.ts";
import { ContainerStore } from "../../container/record/store.ts";
import { readIfPresent } from "../../if_present.ts";
import { VERSION } from "../../version.ts";
import { fileSystemOf, readHostFacts } from "./host_facts.ts";
import type { Instance } from "../instance/instance.ts";
import { refreshRecords } from "../instance/refresh.ts";
import { securityModules } from "../create/security_labels.ts";

/** The fields of Docker's `info`. */
export type SystemInfo = Record<string, unknown> & {
  /** What does not work on this host, a sentence each. */
  Warnings: string[];
};

const PROXIES = { HttpProxy: "HTTP_PROXY", HttpsProxy: "HTTPS_PROXY", NoProxy: "NO_PROXY" };
// What an overlay's upper directory cannot lie on (overlayfs of the kernel's documentation).
const UNFIT_FILE_SYSTEMS: readonly string[] = ["overlay", "nfs", "nfs4", "vfat", "fuse", "9p"];

/**
 * Describes an instance and its host.
 *
 * @param instance The instance.
 * @returns The description, with Docker's fields.
 */
export async function systemInfo(instance: Instance): Promise<SystemInfo> {
  const { config, roots } = instance;
  const host = readHostFacts();
  const { version: cgroups } = cgroupLayout();
  const limits = cgroups === "none" ? undefined : supportedLimits();
  const storage = await storageFacts(roots.root);
  return {
    ID: roots.instance,
    ...await counts(instance),
    ...storage.fields,
    Plugins: {
      Volume: ["local"],
      Network: ["bridge", "host", "ipvlan", "macvlan", "null"],
      Authorization: null,
      Log: ["json-file", "none"],
    },
    ...limitFields(limits),
    IPv4Forwarding: readFlag("/proc/sys/net/ipv4/ip_forward"),
    Debug: false,
    SystemTime: new Date().toISOString(),
    LoggingDriver: config.logDriver ?? "json-file",
    CgroupDriver: cgroups === "none" ? "none" : "cgroupfs",
    CgroupVersion: cgroups === "none" ? "" : cgroups.slice(1),
    KernelVersion: host.kernel,
    OperatingSystem: host.operatingSystem,
    OSVersion: host.operatingSystemVersion,
    OSType: "linux",
    Architecture: Deno.build.arch,
    IndexServerAddress: "https://index.docker.io/v1/",
    RegistryConfig: registryFields(config),
    NCPU: host.processors,
    MemTotal: host.memory,
    DockerRootDir: roots.root,
    RunDir: roots.run,
    ...proxyFields(),
    Name: host.hostname,
    Labels: [],
    ServerVersion: VERSION,
    Runtimes: { tsd: { path: Deno.execPath() } },
    DefaultRuntime: "tsd",
    Swarm: { LocalNodeState: "inactive", ControlAvailable: false },
    // Containers live on when the supervisor ends; there is nothing else that could.
    LiveRestoreEnabled: true,
    InitBinary: "tsd",
    SecurityOptions: securityOptions(config, cgroups),
    Warnings: [...storage.warnings, ...limitWarnings(limits)],
  };
}

async function counts({ database, roots }: Instance): Promise<Record<string, number>> {
  const store = new ContainerStore(database);
  await refreshRecords(roots, store);
  const records = store.list();
  const paused = records.filter(({ status }) => status === "paused").length;
  const running = records.filter(({ status }) => status === "running" || status === "restarting");
  const { images } = database.get<{ images: number }>("SELECT count(*) AS images FROM images")!;
  return {
    Containers: records.length,
    ContainersRunning: running.length,
    ContainersPaused: paused,
    ContainersStopped: records.length - running.length - paused,
    Images: Number(images),
  };
}

async function storageFacts(
  root: string,
): Promise<{ fields: Record<string, unknown>; warnings: string[] }> {
  const mountinfo = await Deno.readTextFile("/proc/self/mountinfo");
  const type = fileSystemOf(await Deno.realPath(root), mountinfo);
  const isKnown = /\boverlay$/m.test(await Deno.readTextFile("/proc/filesystems"));
  const isFit = !UNFIT_FILE_SYSTEMS.includes(type);
  const reason = isKnown
    ? `${type} ${isFit ? "can" : "cannot"} hold an overlay's changes`
    : 'the kernel has no overlay file system, try "modprobe overlay"';
  const isUsable = isKnown && isFit;
  return {
    fields: {
      Driver: "overlay",
      DriverStatus: [
        ["Backing Filesystem", type],
        ["Usable", String(isUsable)],
        ["Reason", reason],
      ],
    },
    warnings: [
      ...isUsable ? [] : [`WARNING: No containers of images in "${root}": ${reason}`],
      ...roomWarnings(root),
    ],
  };
}

// Of the file system's bytes, or of its inodes, what is free then makes a warning.
const LITTLE_PERCENT = 5;
// As much is enough on a small file system as well as on a large one.
const ENOUGH_ROOM = 10e9;

/** Warns of a file system that is about to be full, or cannot be written. */
function roomWarnings(root: string): string[] {
  const { files, free, freeFiles, size } = fileSystemRoom(root);
  const warnings: string[] = [];
  const percent = (part: number, whole: number) => whole > 0 ? part / whole * 100 : 100;
  if (percent(free, size) < LITTLE_PERCENT && free < ENOUGH_ROOM) {
    warnings.push(
      `WARNING: ${formatBytes(free)} of ${formatBytes(size)} (${
        percent(free, size).toFixed(1)
      } %) ` +
        `are left for "${root}", free some with: tsd system prune`,
    );
  }
  if (percent(freeFiles, files) < LITTLE_PERCENT) {
    warnings.push(
      `WARNING: ${freeFiles} of ${files} inodes are left for "${root}", ` +
        "free some with: tsd system prune",
    );
  }
  return warnings;
}

function limitFields(limits: SupportedLimits | undefined): Record<string, boolean> {
  return {
    MemoryLimit: limits?.memory ?? false,
    SwapLimit: limits?.swap ?? false,
    KernelMemory: limits?.kernelMemory ?? false,
    KernelMemoryTCP: limits?.kernelMemoryTcp ?? false,
    CpuCfsPeriod: limits?.cpuQuota ?? false,
    CpuCfsQuota: limits?.cpuQuota ?? false,
    CPUShares: limits?.cpuShares ?? false,
    CPUSet: limits?.cpuset ?? false,
    PidsLimit: limits?.pids ?? false,
    OomKillDisable: limits?.oomKillDisable ?? false,
  };
}

/** Docker's sentences for what the kernel lacks. */
function limitWarnings(limits: SupportedLimits | undefined): string[] {
  if (limits === undefined) return ["WARNING: No cgroups, containers run without limits"];
  const missing: [boolean, string][] = [
    [limits.memory, "memory limit"],
    [limits.swap, "swap limit"],
    [limits.cpuQuota, "cpu cfs quota"],
    [limits.cpuShares, "cpu shares"],
    [limits.cpuset, "cpuset"],
    [limits.pids, "pids limit"],
  ];
  return missing.filter(([isThere]) => !isThere).map(([, what]) => `WARNING: No ${what} support`);
}

function registryFields({ insecureRegistries, mirrors }: Config): Record<string, unknown> {
  const index = (name: string, secure: boolean) => [name, {
    Name: name,
    Mirrors: mirrors[name] ?? [],
    Secure: secure,
    Official: name === "docker.io",
  }];
  const ranges = insecureRegistries.filter((entry) => entry.includes("/"));
  const hosts = insecureRegistries.filter((entry) => !entry.includes("/"));
  const others = Object.keys(mirrors).filter((name) => name !== "docker.io");
  return {
    InsecureRegistryCIDRs: ["::1/128", "127.0.0.0/8", ...ranges],
    IndexConfigs: Object.fromEntries([
      index("docker.io", true),
      ...hosts.map((name) => index(name, false)),
      ...others.filter((name) => !hosts.includes(name)).map((name) => index(name, true)),
    ]),
    Mirrors: mirrors["docker.io"] ?? [],
  };
}

function proxyFields(): Record<string, string> {
  const value = (name: string) => Deno.env.get(name) ?? Deno.env.get(name.toLowerCase()) ?? "";
  return Object.fromEntries(
    Object.entries(PROXIES).map(([field, name]) => [field, withoutPassword(value(name))]),
  );
}

function withoutPassword(url: string): string {
  return url.replace(/\/\/[^/@]*@/, "//xxxxx:xxxxx@");
}

function securityOptions(config: Config, cgroups: "v1" | "v2" | "none"): string[] {
  const { apparmor, selinux } = securityModules();
  return [
    ...apparmor ? ["name=apparmor"] : [],
    "name=seccomp,profile=builtin",
    ...selinux ? ["name=selinux"] : [],
    ...config.usernsRemap ? ["name=userns"] : [],
    ...cgroups === "v2" ? ["name=cgroupns"] : [],
  ];
}

function readFlag(path: string): boolean {
  return readIfPresent(path)?.trim() === "1";
}
