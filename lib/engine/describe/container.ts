/**
 * A container as Docker's `inspect` describes it.
 *
 * @module
 */

import { runningExecs } from "../../container/record/exec_record.ts";
import { logPath } from "../../container/log/files.ts";
import { containerArguments, DEFAULT_STOP_TIMEOUT } from "../../container/record/settings.ts";
import { hasProcesses } from "../../container/record/status.ts";
import type { ContainerRecord } from "../../container/record/store.ts";
import type { Roots } from "../../state/mod.ts";
import type { ContainerConnection } from "./connections.ts";
import { displayedState } from "../instance/container_state.ts";
import { inspectHealth, inspectHealthcheck } from "./health.ts";
import { inspectHostConfig } from "./host_config.ts";
import { inspectMounts } from "./mounts.ts";
import { inspectNetworks } from "./network_inspection.ts";
import { type Fields, withOptional } from "../instance/optional_fields.ts";

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
 * @param connections What it is connected to.
 * @returns The description, with Docker's fields and nesting; what Docker leaves out where it is
 * empty is a property that is not enumerable, so that templates find it.
 */
export function inspectContainer(
  record: ContainerRecord,
  roots: Roots,
  bundle: string,
  connections: readonly ContainerConnection[] = [],
): ContainerInspection {
  const { settings } = record;
  const [path = "", ...args] = containerArguments(settings);
  const execs = runningExecs(roots, record.id);
  const inspection = {
    Id: record.id,
    Created: time(record.createdAt),
    Path: path,
    Args: args,
    State: state(record),
    Image: record.imageId ?? "",
    ResolvConfPath: `${bundle}/resolv.conf`,
    HostnamePath: `${bundle}/hostname`,
    HostsPath: `${bundle}/hosts`,
    LogPath: settings.log.driver === "json-file" ? logPath(roots, record.id) : "",
    Name: `/${record.name}`,
    RestartCount: record.restartCount,
    Driver: "overlay",
    Platform: "linux",
    MountLabel: "",
    ProcessLabel: "",
    AppArmorProfile: "",
    ExecIDs: execs.length > 0 ? execs : null,
    HostConfig: inspectHostConfig(settings, bundle),
    GraphDriver: {
      Data: {
        LowerDir: settings.layers.toReversed().join(":"),
        MergedDir: `${bundle}/rootfs`,
        UpperDir: `${bundle}/upper`,
        WorkDir: `${bundle}/work`,
      },
      Name: "overlay",
    },
    Mounts: inspectMounts(settings, roots),
    Config: config(record),
    NetworkSettings: inspectNetworks(record, connections),
  };
  return withOptional(inspection, { SizeRw: null, SizeRootFs: null });
}

function state(record: ContainerRecord): Fields {
  const { status } = record;
  const hasProcess = hasProcesses(record);
  return withOptional({
    Status: displayedState(record),
    Running: hasProcess || status === "restarting",
    Paused: status === "paused",
    Restarting: status === "restarting",
    OOMKilled: record.oomKilled,
    Dead: false,
    Pid: hasProcess ? record.process?.pid ?? 0 : 0,
    ExitCode: record.exitCode,
    Error: record.error,
    StartedAt: time(record.startedAt),
    FinishedAt: time(record.finishedAt),
  }, { Health: inspectHealth(record.health) });
}

function config(record: ContainerRecord): Fields {
  const { settings } = record;
  const { attached, openStdin, stopTimeout } = settings;
  const base = {
    Hostname: settings.hostname,
    Domainname: "",
    User: settings.user,
    AttachStdin: attached && openStdin,
    AttachStdout: attached,
    AttachStderr: attached,
    Tty: settings.terminal,
    OpenStdin: openStdin,
    StdinOnce: attached && openStdin,
    Env: settings.env,
    Cmd: settings.command.length > 0 ? settings.command : null,
    Image: record.imageName,
    Volumes: settings.volumes.length > 0 ? set(settings.volumes) : null,
    WorkingDir: settings.workingDirectory === "/" ? "" : settings.workingDirectory,
    Entrypoint: settings.entrypoint.length > 0 ? settings.entrypoint : null,
    OnBuild: null,
    Labels: settings.labels,
  };
  return withOptional(base, {
    ExposedPorts: set(settings.exposedPorts),
    StopSignal: settings.stopSignal === "SIGTERM" ? "" : settings.stopSignal,
    StopTimeout: stopTimeout === DEFAULT_STOP_TIMEOUT ? null : stopTimeout,
    Healthcheck: inspectHealthcheck(settings.healthcheck),
    Shell: null,
  });
}

/** A set as Go writes it in JSON. */
function set(words: readonly string[]): Record<string, Record<string, never>> {
  return Object.fromEntries(words.map((word) => [word, {}]));
}

function time(milliseconds: number | undefined): string {
  return milliseconds === undefined ? NEVER : new Date(milliseconds).toISOString();
}
