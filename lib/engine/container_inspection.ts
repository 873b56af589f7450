/**
 * A container as Docker's `inspect` describes it.
 *
 * @module
 */

import {
  containerArguments,
  type ContainerRecord,
  type ContainerStatus,
} from "../container/mod.ts";
import type { Roots } from "../state/mod.ts";

/** What Docker calls a status. */
const DOCKER_STATUS: Readonly<Record<ContainerStatus, string>> = {
  creating: "created",
  created: "created",
  running: "running",
  paused: "paused",
  restarting: "restarting",
  stopped: "exited",
  removing: "removing",
};

// Go's zero time, which Docker shows for "never".
const NEVER = "0001-01-01T00:00:00Z";

/** The fields of Docker's `inspect` for containers. */
export type ContainerInspection = Record<string, unknown>;

/**
 * Describes a container.
 *
 * @param record The container.
 * @param roots The instance's.
 * @param bundle The container's folder.
 * @returns The description, with Docker's fields and nesting.
 */
export function inspectContainer(
  record: ContainerRecord,
  roots: Roots,
  bundle: string,
): ContainerInspection {
  const { settings } = record;
  const [path, ...args] = containerArguments(settings);
  return {
    Id: record.id,
    Created: time(record.createdAt),
    Path: path,
    Args: args,
    State: state(record),
    Image: record.imageId ?? "",
    ResolvConfPath: `${bundle}/resolv.conf`,
    HostnamePath: `${bundle}/hostname`,
    HostsPath: `${bundle}/hosts`,
    LogPath: "",
    Name: `/${record.name}`,
    RestartCount: 0,
    Driver: "overlay",
    Platform: "linux",
    MountLabel: "",
    ProcessLabel: "",
    AppArmorProfile: "",
    ExecIDs: null,
    HostConfig: hostConfig(record),
    GraphDriver: {
      Name: "overlay",
      Data: {
        LowerDir: settings.layers.toReversed().join(":"),
        UpperDir: `${bundle}/upper`,
        WorkDir: `${bundle}/work`,
      },
    },
    Mounts: mounts(record),
    Config: config(record),
    NetworkSettings: {
      SandboxKey: record.process ? `/proc/${record.process.pid}/ns/net` : "",
      Ports: {},
      Networks: { [settings.network]: {} },
    },
    Root: roots.root,
  };
}

function state(record: ContainerRecord): Record<string, unknown> {
  const running = record.status === "running";
  return {
    Status: DOCKER_STATUS[record.status],
    Running: running,
    Paused: false,
    Restarting: false,
    OOMKilled: record.oomKilled,
    Dead: false,
    Pid: running ? record.process?.pid ?? 0 : 0,
    ExitCode: record.exitCode,
    Error: record.error,
    StartedAt: time(record.startedAt),
    FinishedAt: time(record.finishedAt),
  };
}

function hostConfig({ settings }: ContainerRecord): Record<string, unknown> {
  return {
    Binds: settings.binds.map(({ source, target, readonly }) =>
      `${source}:${target}${readonly ? ":ro" : ""}`
    ),
    ContainerIDFile: settings.containerIdFile ?? "",
    NetworkMode: settings.network,
    AutoRemove: settings.autoRemove,
    ReadonlyRootfs: settings.readonlyRoot,
    Tmpfs: Object.fromEntries(
      settings.tmpfs.map(({ target, options }) => [target, options.join(",")]),
    ),
    Privileged: false,
    Runtime: "tsd",
  };
}

function mounts({ settings }: ContainerRecord): Record<string, unknown>[] {
  const binds = settings.binds.map(({ source, target, readonly }) => ({
    Type: "bind",
    Source: source,
    Destination: target,
    Mode: readonly ? "ro" : "",
    RW: !readonly,
    Propagation: "rprivate",
  }));
  const tmpfs = settings.tmpfs.map(({ target, options }) => ({
    Type: "tmpfs",
    Source: "",
    Destination: target,
    Mode: "",
    RW: !options.includes("ro"),
    Propagation: "",
  }));
  return [...binds, ...tmpfs];
}

function config(record: ContainerRecord): Record<string, unknown> {
  const { settings } = record;
  const set = (words: readonly string[]) => Object.fromEntries(words.map((word) => [word, {}]));
  return {
    Hostname: settings.hostname,
    Domainname: "",
    User: settings.user,
    AttachStdin: settings.attached && settings.openStdin,
    AttachStdout: settings.attached,
    AttachStderr: settings.attached,
    ...settings.exposedPorts.length > 0 && { ExposedPorts: set(settings.exposedPorts) },
    Tty: settings.terminal,
    OpenStdin: settings.openStdin,
    StdinOnce: settings.attached && settings.openStdin,
    Env: settings.env,
    Cmd: settings.command,
    Image: record.imageName,
    Volumes: settings.volumes.length > 0 ? set(settings.volumes) : null,
    WorkingDir: settings.workingDirectory === "/" ? "" : settings.workingDirectory,
    Entrypoint: settings.entrypoint.length > 0 ? settings.entrypoint : null,
    Labels: settings.labels,
    StopSignal: settings.stopSignal,
  };
}

function time(milliseconds: number | undefined): string {
  return milliseconds === undefined ? NEVER : new Date(milliseconds).toISOString();
}
