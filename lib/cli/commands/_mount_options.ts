/**
 * The options of `run` and `create` that mount something.
 *
 * @module
 */

import {
  type CreateContainerOptions,
  parseTmpfs,
  parseVolumesFrom,
  parseVolumeText,
} from "../../engine/mod.ts";
import type { OptionDeclaration, OptionValues } from "../command_line/mod.ts";
import { type MountFlag, parseMountFlag } from "./_mount_flag.ts";

/** The options. */
export const MOUNT_OPTIONS = [
  {
    name: "mount",
    type: "list",
    word: "mount",
    summary: "Attach a filesystem mount to the container (type=bind|volume|tmpfs,...)",
  },
  { name: "tmpfs", type: "list", summary: "Mount a tmpfs directory" },
  {
    name: "volume",
    short: "v",
    type: "list",
    summary: "Bind mount a volume ([HOST|NAME:]CONTAINER[:ro])",
  },
  {
    name: "volume-driver",
    type: "string",
    summary: "Optional volume driver for the container; there is local",
  },
  {
    name: "volumes-from",
    type: "list",
    summary: "Mount volumes from the specified container(s)",
  },
] as const satisfies readonly OptionDeclaration[];

/**
 * Turns these options into what the engine is asked for.
 *
 * @param options The options.
 * @returns What the engine is asked for.
 * @throws {EngineError} `invalid`: an option's value cannot be.
 */
export function mountOptions(
  options: OptionValues<typeof MOUNT_OPTIONS>,
): Pick<CreateContainerOptions, "binds" | "tmpfs" | "volumes" | "volumesFrom"> {
  const texts = options.volume.map(parseVolumeText);
  const mounts: MountFlag[] = options.mount.map(parseMountFlag);
  const driver = options.volumeDriver === undefined ? {} : { driver: options.volumeDriver };
  // Early, as what follows may pull an image.
  options.volumesFrom.forEach(parseVolumesFrom);
  return {
    binds: [
      ...texts.flatMap((text) => text.kind === "bind" ? [text.bind] : []),
      ...mounts.flatMap((mount) => mount.kind === "bind" ? [mount.bind] : []),
    ],
    tmpfs: [
      ...options.tmpfs.map(parseTmpfs),
      ...mounts.flatMap((mount) => mount.kind === "tmpfs" ? [mount.tmpfs] : []),
    ],
    volumes: [
      ...texts.flatMap((text) => text.kind === "volume" ? [{ ...text.volume, ...driver }] : []),
      ...mounts.flatMap((mount) => mount.kind === "volume" ? [mount.volume] : []),
    ],
    ...options.volumesFrom.length > 0 && { volumesFrom: options.volumesFrom },
  };
}
