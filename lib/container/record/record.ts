/**
 * What is remembered of a container.
 *
 * @module
 */

import type { PublishedPort } from "../../network/mod.ts";
import type { Row } from "../../state/mod.ts";
import type { HealthState } from "./health.ts";
import type { ProcessIdentity } from "../../process/identity.ts";
import type { ContainerSettings } from "./settings.ts";
import type { ContainerStatus } from "./status.ts";

/** What is remembered of a container. */
export interface ContainerRecord {
  /** 64 hexadecimal digits. */
  id: string;
  /** Unique. */
  name: string;
  /** Digest of its image's configuration; absent where it was made of a folder. */
  imageId: string | undefined;
  /** The image as the user named it. */
  imageName: string;
  /** When it was created, in milliseconds since the epoch. */
  createdAt: number;
  /** What it is. */
  settings: ContainerSettings;
  /** What state it is in. */
  status: ContainerStatus;
  /** While running its PID 1; while creating or removing the process that does so. */
  process: ProcessIdentity | undefined;
  /** How its command ended last: its code, or 128 and the signal's number. */
  exitCode: number;
  /** Whether the kernel killed one of its processes for want of memory, in the last run. */
  oomKilled: boolean;
  /** Why it could not be started last; empty where it could. */
  error: string;
  /** When it was started last, in milliseconds since the epoch. */
  startedAt: number | undefined;
  /** When it ended last, in milliseconds since the epoch. */
  finishedAt: number | undefined;
  /** How often its restart policy has started it since it was started by hand. */
  restartCount: number;
  /** Whether it was stopped by hand, so that no restart policy starts it again. */
  stoppedByHand: boolean;
  /** How healthy it is, or was last; nothing without a health check. */
  health: HealthState | undefined;
  /** Ports of the host that lead to its own, while it runs. */
  ports: PublishedPort[];
}

/** What may be given of a new record. */
export type NewContainer =
  & Pick<ContainerRecord, "id" | "imageName" | "settings">
  & Partial<Pick<ContainerRecord, "name" | "imageId" | "process">>;

/** What a change of status brings along. */
export type StatusChange =
  & Partial<
    Pick<
      ContainerRecord,
      | "exitCode"
      | "oomKilled"
      | "error"
      | "startedAt"
      | "finishedAt"
      | "restartCount"
      | "stoppedByHand"
    >
  >
  & {
    /** The process the status refers to; `null` where there is none any more. */
    process?: ProcessIdentity | null;
  };

/**
 * Reads a record.
 *
 * @param row A row of the table `containers`.
 * @returns The record.
 */
export function recordFromRow(row: Row): ContainerRecord {
  const number = (column: string) => row[column] === null ? undefined : Number(row[column]);
  const text = (column: string) => row[column] === null ? undefined : String(row[column]);
  const pid = number("pid");
  const health = text("health");
  return {
    id: text("id")!,
    name: text("name")!,
    imageId: text("image_id"),
    imageName: text("image_name")!,
    createdAt: number("created_at")!,
    settings: JSON.parse(text("settings")!) as ContainerSettings,
    status: text("status") as ContainerStatus,
    process: pid === undefined
      ? undefined
      : { pid, start: number("pid_start")!, bootId: text("boot_id")! },
    exitCode: number("exit_code") ?? 0,
    oomKilled: number("oom_killed") === 1,
    error: text("error")!,
    startedAt: number("started_at"),
    finishedAt: number("finished_at"),
    restartCount: number("restart_count")!,
    stoppedByHand: number("stopped_by_hand") === 1,
    health: health === undefined ? undefined : JSON.parse(health) as HealthState,
    ports: JSON.parse(text("ports")!) as PublishedPort[],
  };
}
