/**
 * The devices of a container, and what its cgroup lets it do with them.
 *
 * @module
 */

import type { DeviceRule } from "../../cgroup/mod.ts";
import type { SpecDevice, SpecLinux } from "../../runtime/mod.ts";
import { splitDevice } from "./host_devices.ts";
import { OWN_DEVICES_ONLY } from "./limited_spec.ts";
import type { ContainerSettings } from "../record/settings.ts";

/** What every container has of its own, and what is no device of this machine. */
const SKIPPED = ["pts", "shm", "fd", "mqueue", ".lxc", ".lxd-mounts", ".udev", "console"];

const ALL_DEVICES: readonly DeviceRule[] = [{ allow: true, access: "rwm" }];

/**
 * Lists a container's devices: those it asks for, or with privileges all of the host's.
 *
 * @param settings What the container is.
 * @returns Parts of `linux` of its configuration.
 */
export function containerDevices(
  settings: ContainerSettings,
): Pick<SpecLinux, "devices" | "resources"> {
  const { devices, resources = { devices: [...OWN_DEVICES_ONLY] }, security } = settings;
  if (!security?.privileged) return { resources, ...devices && { devices } };
  const asked = devices ?? [];
  const paths = asked.map(({ path }) => path);
  const others = devicesBelow("/dev").filter(({ path }) => !paths.includes(path));
  return {
    devices: [...asked, ...others],
    resources: { ...resources, devices: [...ALL_DEVICES] },
  };
}

/** Links are not followed. */
function devicesBelow(folder: string): SpecDevice[] {
  return [...Deno.readDirSync(folder)]
    .filter(({ name }) => !SKIPPED.includes(name))
    .flatMap(({ isDirectory, isSymlink, name }) => {
      const path = `${folder}/${name}`;
      if (isSymlink) return [];
      return isDirectory ? devicesBelow(path) : deviceAt(path);
    });
}

function deviceAt(path: string): SpecDevice[] {
  let info: Deno.FileInfo;
  try {
    info = Deno.lstatSync(path);
  } catch (error) {
    // Unplugged meanwhile.
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
  if (!info.isBlockDevice && !info.isCharDevice) return [];
  const type = info.isBlockDevice ? "b" : "c";
  const fileMode = info.mode! & 0o777;
  return [{ path, type, ...splitDevice(info.rdev!), fileMode, uid: info.uid!, gid: info.gid! }];
}
