/**
 * Everything that takes space, one by one: what `tsd system df -v` shows.
 *
 * @module
 */

import {
  type ContainerUsage,
  type DiskUsage,
  familiarRepository,
  humanAgo,
  type ImageUsage,
  shortId,
  type VolumeUsage,
} from "../engine/mod.ts";
import { containerRow } from "./container_row.ts";
import { formatList, type Row } from "./format_output.ts";
import { goTime } from "./timestamp.ts";
import { humanSize } from "./units.ts";

const NONE = "<none>";

/** What a template of `system df -v --format` gets; the names are Docker's. */
export interface DiskUsageObjects {
  /** A row for each image. */
  Images: Row[];
  /** A row for each container. */
  Containers: Row[];
  /** A row for each volume. */
  Volumes: Row[];
  /** Nothing is built, so there is nothing. */
  BuildCache: Row[];
}

/**
 * Describes each image, container and volume.
 *
 * @param usage What was measured.
 * @returns Rows of texts, as Docker's.
 */
export function diskUsageObjects(
  { images, containers, volumes }: DiskUsage,
): DiskUsageObjects {
  return {
    Images: images.map((image) => imageRow(image, image.id)),
    Containers: containers.map((container) => containerUsageRow(container, false)),
    Volumes: volumes.map(volumeRow),
    BuildCache: [],
  };
}

/**
 * Lays out tables of the images, containers and volumes.
 *
 * @param usage What was measured.
 * @returns The tables, each with a title.
 */
export async function diskUsageTables(
  { images, containers, volumes, blobs }: DiskUsage,
): Promise<string> {
  return "Images space usage:\n\n" +
    await formatList({
      rows: images.map((image) => imageRow(image, shortId(image.id))),
      headings: { ID: "IMAGE ID", CreatedSince: "CREATED" },
      defaultFormat: "table {{.Repository}}\t{{.Tag}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}\t" +
        "{{.SharedSize}}\t{{.UniqueSize}}\t{{.Containers}}",
    }) +
    "\nContainers space usage:\n\n" +
    await formatList({
      rows: containers.map((container) => containerUsageRow(container, true)),
      headings: { ID: "CONTAINER ID", RunningFor: "CREATED" },
      defaultFormat: "table {{.ID}}\t{{.Image}}\t{{.Command}}\t{{.LocalVolumes}}\t{{.Size}}\t" +
        "{{.RunningFor}}\t{{.Status}}\t{{.Names}}",
    }) +
    "\nLocal Volumes space usage:\n\n" +
    await formatList({
      rows: volumes.map(volumeRow),
      headings: { Name: "VOLUME NAME" },
      defaultFormat: "table {{.Name}}\t{{.Links}}\t{{.Size}}",
    }) +
    `\nBuild cache usage: 0B\n\nBlobs usage: ${
      humanSize(blobs.size, 4)
    }, of ${blobs.count} blobs ` +
    `${blobs.active} belong to images\n`;
}

/** One row an image, under the first of its names, as Docker has it here. */
function imageRow(image: ImageUsage, id: string): Row {
  const { tags: [tag], digests: [digest], createdAt, size, sharedSize, uniqueSize } = image;
  const name = tag ?? digest;
  return {
    Repository: name === undefined ? NONE : familiarRepository(name),
    Tag: tag?.tag ?? NONE,
    Digest: "",
    ID: id,
    CreatedSince: createdAt === 0 ? "N/A" : humanAgo(createdAt),
    CreatedAt: createdAt === 0 ? "N/A" : goTime(createdAt),
    Size: humanSize(size),
    VirtualSize: humanSize(size, 4),
    SharedSize: humanSize(sharedSize, 4),
    UniqueSize: humanSize(uniqueSize, 4),
    Containers: String(image.containers),
  };
}

function containerUsageRow(usage: ContainerUsage, shorten: boolean): Row {
  const { imageOfName, record, size } = usage;
  const { Label: _, ...row } = containerRow({ record, imageOfName }, shorten);
  return { ...row, Size: humanSize(size) };
}

function volumeRow({ record: { name, driver, labels }, size, links }: VolumeUsage): Row {
  return {
    Name: name,
    Driver: driver,
    Labels: Object.entries(labels).map(([key, value]) => `${key}=${value}`).join(","),
    Links: String(links),
    Scope: "local",
    Size: humanSize(size),
  };
}
