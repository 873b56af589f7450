/**
 * Devices of the host, as containers get them.
 *
 * @module
 */

import type { BlockDevice, DeviceRule } from "../../cgroup/mod.ts";
import { EngineError } from "../../errors.ts";
import type { SpecDevice } from "../../runtime/mod.ts";
import type { DeviceMapping } from "../record/limits.ts";

/** What a device of the host becomes in a container. */
export interface HostDevices {
  /** Its nodes. */
  nodes: SpecDevice[];
  /** What may be done with them. */
  rules: DeviceRule[];
}

/**
 * Finds devices of the host.
 *
 * @param mappings Which, and where they are to be; a folder stands for all devices below it.
 * @returns What they become.
 * @throws {EngineError} `invalid`: one is not there, or no device.
 */
export function hostDevices(mappings: readonly DeviceMapping[]): HostDevices {
  const found: HostDevices = { nodes: [], rules: [] };
  for (const mapping of mappings) {
    const before = found.nodes.length;
    gather(mapping, found);
    if (found.nodes.length === before) throw deviceError(mapping.source, "not a device node");
  }
  return found;
}

function gather({ access, source, target }: DeviceMapping, found: HostDevices): void {
  const info = look(source);
  if (info.isDirectory) {
    for (const { isSymlink, name } of Deno.readDirSync(source)) {
      // As in Docker: a link is no device, and some the container has of its own.
      if (isSymlink || NOT_GATHERED.includes(name)) continue;
      gather({ access, source: `${source}/${name}`, target: `${target}/${name}` }, found);
    }
  } else if (info.isCharDevice || info.isBlockDevice) {
    const type = info.isBlockDevice ? "b" : "c";
    const { major, minor } = splitDevice(info.rdev!);
    const fileMode = info.mode! & 0o777;
    found.nodes.push({
      path: target,
      type,
      major,
      minor,
      fileMode,
      uid: info.uid!,
      gid: info.gid!,
    });
    found.rules.push({ allow: true, type, major, minor, access });
  }
}

const NOT_GATHERED = ["pts", "shm", "fd", "mqueue", ".lxc", ".lxd-mounts", ".udev"];

function look(path: string): Deno.FileInfo {
  try {
    return Deno.statSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw deviceError(path, "no such file or directory");
  }
}

function deviceError(path: string, reason: string): EngineError {
  return new EngineError(
    `Cannot create the container: error gathering device information while adding custom device ` +
      `"${path}": ${reason}`,
    { kind: "invalid" },
  );
}

/**
 * Finds a block device's number.
 *
 * @param path Its node.
 * @returns The number.
 * @throws {EngineError} `invalid`: it is not there.
 */
export function blockDevice(path: string): BlockDevice {
  try {
    return splitDevice(Deno.statSync(path).rdev!);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new EngineError(`Cannot limit the device "${path}": no such file or directory`, {
      kind: "invalid",
    });
  }
}

/**
 * Takes a device number apart (makedev(3)).
 *
 * @param number The number, as stat(2) has it.
 * @returns Its parts.
 */
export function splitDevice(number: number): BlockDevice {
  const bits = BigInt(number);
  return {
    major: Number((bits >> 8n & 0xfffn) | (bits >> 32n & 0xfffff000n)),
    minor: Number((bits & 0xffn) | (bits >> 12n & 0xffffff00n)),
  };
}
