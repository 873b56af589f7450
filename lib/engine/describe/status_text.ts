/**
 * The status of a container in words.
 *
 * @module
 */

import type { ContainerRecord } from "../../container/record/store.ts";
import { displayedHealth } from "../instance/container_state.ts";
import { humanAgo, humanDuration } from "./human_duration.ts";

/**
 * Says in words what state a container is in, and since when.
 *
 * @param record The container.
 * @param now The present, in milliseconds since the epoch.
 * @returns Words such as `Up 5 minutes (healthy)`, `Exited (0) 2 hours ago`.
 */
export function statusText(record: ContainerRecord, now: number = Date.now()): string {
  const { exitCode, finishedAt = now, startedAt = now, status } = record;
  const up = `Up ${humanDuration(now - startedAt)}`;
  switch (status) {
    case "running":
      return up + healthText(displayedHealth(record));
    case "paused":
      return `${up} (Paused)`;
    case "restarting":
      return `Restarting (${exitCode}) ${humanAgo(finishedAt, now)}`;
    case "stopped":
      return `Exited (${exitCode}) ${humanAgo(finishedAt, now)}`;
    case "removing":
      return "Removal In Progress";
    default:
      return "Created";
  }
}

function healthText(health: string): string {
  if (health === "none") return "";
  return ` (${health === "starting" ? "health: starting" : health})`;
}
