/**
 * A container as a row of a list.
 *
 * @module
 */

import { portsText } from "../network/port/published_port.ts";
import { containerArguments, type ContainerSettings } from "../container/settings.ts";
import type { ContainerRecord } from "../container/store.ts";
import type { NetworkNames } from "../engine/describe/container_connections.ts";
import { displayedHealth, displayedState } from "../engine/instance/container_state.ts";
import { containerImage, type ImageLookup } from "./container_image.ts";
import type { Row } from "./format_output.ts";
import { goTime } from "./timestamp.ts";
import { ellipsis, humanAgo, humanDuration, shortId } from "./units.ts";

/** Names the networks of a container, and its addresses. */
export type NetworkLookup = (
  record: ContainerRecord,
) => Pick<NetworkNames, "addresses" | "names">;

const firstNetwork: NetworkLookup = ({ settings }) => ({
  names: [settings.network],
  addresses: [],
});

const COMMAND_WIDTH = 20;
const MOUNT_WIDTH = 15;

/** What is known of a container besides its record. */
export interface ContainerSurroundings {
  /** Tells what the name of its image stands for now. */
  findImage: ImageLookup;
  /** Names its networks and addresses; where absent, the network it was created with. */
  networksOf?: NetworkLookup;
}

/**
 * Describes a container with the fields of Docker's `ps`, and some more.
 *
 * @param record The container.
 * @param shorten Whether ids, commands and mounts are cut to fit a table.
 * @param surroundings What is known besides.
 * @returns The row.
 */
export function containerRow(
  record: ContainerRecord,
  shorten: boolean,
  { findImage, networksOf = firstNetwork }: ContainerSurroundings,
): Row {
  const { settings } = record;
  const cut = (text: string, width: number) => shorten ? ellipsis(text, width) : text;
  const health = displayedHealth(record);
  // What a format does not ask for is not computed: there may be hundreds of rows.
  return {
    ID: shorten ? shortId(record.id) : record.id,
    Names: record.name,
    get Image() {
      return containerImage(record, shorten, findImage);
    },
    get Command() {
      return JSON.stringify(cut(commandText(settings), COMMAND_WIDTH));
    },
    get CreatedAt() {
      return goTime(record.createdAt);
    },
    get RunningFor() {
      return humanAgo(record.createdAt);
    },
    get Status() {
      return statusText(record);
    },
    State: displayedState(record),
    Health: health === "none" ? "" : health,
    Restarts: String(record.restartCount),
    get Ports() {
      return hasProcess(record) ? portsText(record.ports, settings.exposedPorts) : "";
    },
    get Labels() {
      const names = Object.keys(settings.labels).sort();
      return names.map((name) => `${name}=${settings.labels[name]}`).join(",");
    },
    Label: (name: string) => settings.labels[name] ?? "",
    get Mounts() {
      const { binds, volumeMounts = [] } = settings;
      const names = [...binds.map(({ source }) => source), ...volumeMounts.map(({ name }) => name)];
      return names.map((name) => cut(name, MOUNT_WIDTH)).join(",");
    },
    LocalVolumes: String(settings.volumeMounts?.length ?? 0),
    get Networks() {
      return networksOf(record).names.join(",");
    },
    get IPs() {
      return networksOf(record).addresses.join(",");
    },
    Driver: "overlay",
    Pid: hasProcess(record) ? record.process?.pid ?? 0 : 0,
    Size: "0B",
  };
}

/** As Docker's: arguments with a space in them are set in quotes, the command itself never. */
function commandText(settings: ContainerSettings): string {
  const [command = "", ...args] = containerArguments(settings);
  return [command, ...args.map((arg) => arg.includes(" ") ? `'${arg}'` : arg)].join(" ");
}

function hasProcess({ status }: ContainerRecord): boolean {
  return status === "running" || status === "paused";
}

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
