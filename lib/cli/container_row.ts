/**
 * A container as a row of a list.
 *
 * @module
 */

import {
  commandText,
  containerImage,
  type ContainerSummary,
  displayedHealth,
  displayedState,
  hasProcesses,
  humanAgo,
  portsText,
  shortId,
  statusText,
} from "../engine/mod.ts";
import type { Row } from "./format_output.ts";
import { goTime } from "./timestamp.ts";
import { ellipsis, humanSize } from "./units.ts";

const COMMAND_WIDTH = 20;
const MOUNT_WIDTH = 15;

/** A container, and as much of what is around it as is known. */
export type RowSource =
  & Pick<ContainerSummary, "imageOfName" | "record">
  & Partial<ContainerSummary>;

/**
 * Describes a container with the fields of Docker's `ps`, and some more.
 *
 * @param summary The container; if its networks are not known, the one it was created with is shown.
 * @param shorten Whether ids, commands and mounts are cut to fit a table.
 * @returns The row.
 */
export function containerRow(summary: RowSource, shorten: boolean): Row {
  const { record, size } = summary;
  const { settings } = record;
  const cut = (text: string, width: number) => shorten ? ellipsis(text, width) : text;
  const health = displayedHealth(record);
  // What a format does not ask for is not computed: there may be hundreds of rows.
  return {
    ID: shorten ? shortId(record.id) : record.id,
    Names: record.name,
    get Image() {
      return containerImage(record, summary.imageOfName, shorten);
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
      return hasProcesses(record) ? portsText(record.ports, settings.exposedPorts) : "";
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
      return (summary.networks?.names ?? [settings.network]).join(",");
    },
    get IPs() {
      return (summary.networks?.addresses ?? []).join(",");
    },
    Driver: "overlay",
    Pid: hasProcesses(record) ? record.process?.pid ?? 0 : 0,
    Size: size ? `${humanSize(size.writable)} (virtual ${humanSize(size.root)})` : "0B",
  };
}
