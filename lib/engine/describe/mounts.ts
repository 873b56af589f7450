/**
 * A container's mounts as Docker's `inspect` describes them.
 *
 * @module
 */

import type { ContainerSettings } from "../../container/record/settings.ts";
import type { Roots } from "../../state/roots.ts";
import type { BindMount } from "../../volume/bind.ts";
import { volumeData } from "../../volume/folder.ts";
import type { TmpfsMount } from "../../volume/tmpfs.ts";
import type { VolumeMount } from "../../volume/volume_mount.ts";
import type { Fields } from "../instance/optional_fields.ts";

// What Docker shows of a volume with a name where no options were given.
const NAMED_MODE = "z";

/**
 * Describes what a container has mounted: Docker's `Mounts`, where `--tmpfs` does not appear.
 *
 * @param settings What the container is.
 * @param roots The instance's.
 * @returns The mounts.
 */
export function inspectMounts(
  { binds, tmpfs, volumeMounts = [] }: ContainerSettings,
  roots: Pick<Roots, "root">,
): Fields[] {
  return [
    ...binds.map((bind) => ({
      Type: "bind",
      Source: bind.source,
      Destination: bind.target,
      Mode: bindMode(bind),
      RW: !bind.readonly,
      Propagation: bind.propagation ?? "rprivate",
    })),
    ...volumeMounts.map((mount) => ({
      Type: "volume",
      Name: mount.name,
      Source: volumeData(roots, mount.name),
      Destination: mount.target,
      Driver: "local",
      Mode: mount.mode ?? (mount.anonymous ? "" : NAMED_MODE),
      RW: !mount.readonly,
      Propagation: "",
    })),
    ...tmpfs.filter(({ asMount }) => asMount).map(({ options, target }) => ({
      Type: "tmpfs",
      Source: "",
      Destination: target,
      Mode: "",
      RW: !options.includes("ro"),
      Propagation: "",
    })),
  ];
}

/**
 * Writes mounts as `-v` would ask for them: Docker's `HostConfig.Binds`.
 *
 * @param settings What the container is.
 * @returns The texts; nothing where there are none.
 */
export function inspectBinds({ binds, volumeMounts = [] }: ContainerSettings): string[] | null {
  const isText = ({ asMount, inherited }: BindMount | VolumeMount) => !asMount && !inherited;
  const texts = [
    ...binds.filter(isText).map((bind) => join(bind.source, bind.target, bindMode(bind))),
    ...volumeMounts.filter((mount) => isText(mount) && !mount.anonymous)
      .map(({ mode = "", name, target }) => join(name, target, mode)),
  ];
  return texts.length > 0 ? texts : null;
}

function bindMode({ asMount, mode, readonly }: BindMount): string {
  return mode ?? (readonly && !asMount ? "ro" : "");
}

function join(source: string, target: string, mode: string): string {
  return mode === "" ? `${source}:${target}` : `${source}:${target}:${mode}`;
}

/**
 * Describes what was asked for by `--mount`: Docker's `HostConfig.Mounts`.
 *
 * @param settings What the container is.
 * @returns The mounts; nothing where there are none.
 */
export function inspectMountFlags(
  { binds, tmpfs, volumeMounts = [] }: ContainerSettings,
): Fields[] | null {
  const isFlag = ({ asMount, inherited }: { asMount?: true; inherited?: true }) =>
    asMount && !inherited;
  const mounts = [
    ...binds.filter(isFlag).map(bindFlag),
    ...volumeMounts.filter(isFlag).map(volumeFlag),
    ...tmpfs.filter(isFlag).map(tmpfsFlag),
  ];
  return mounts.length > 0 ? mounts : null;
}

function bindFlag({ createSource, propagation, readonly, recursive, source, target }: BindMount) {
  const options = {
    ...propagation !== undefined && { Propagation: propagation },
    ...recursive === "disabled" && { NonRecursive: true },
    ...createSource && { CreateMountpoint: true },
    ...recursive === "writable" && { ReadOnlyNonRecursive: true },
    ...recursive === "readonly" && { ReadOnlyForceRecursive: true },
  };
  return {
    Type: "bind",
    Source: source,
    Target: target,
    ...readonly && { ReadOnly: true },
    ...Object.keys(options).length > 0 && { BindOptions: options },
  };
}

function volumeFlag(mount: VolumeMount): Fields {
  const { anonymous, driver, labels, name, noCopy, options, readonly, subpath, target } = mount;
  const driverConfig = {
    ...driver !== undefined && { Name: driver },
    ...options !== undefined && { Options: options },
  };
  const volumeOptions = {
    ...noCopy && { NoCopy: true },
    ...labels !== undefined && { Labels: labels },
    ...subpath !== undefined && { Subpath: subpath },
    ...Object.keys(driverConfig).length > 0 && { DriverConfig: driverConfig },
  };
  return {
    Type: "volume",
    ...!anonymous && { Source: name },
    Target: target,
    ...readonly && { ReadOnly: true },
    ...Object.keys(volumeOptions).length > 0 && { VolumeOptions: volumeOptions },
  };
}

function tmpfsFlag({ options, target }: TmpfsMount): Fields {
  const value = (name: string) =>
    options.find((option) => option.startsWith(`${name}=`))?.slice(name.length + 1);
  const [mode, size] = [value("mode"), value("size")];
  const tmpfsOptions = {
    ...size !== undefined && { SizeBytes: Number(size) },
    ...mode !== undefined && { Mode: parseInt(mode, 8) },
  };
  return {
    Type: "tmpfs",
    Target: target,
    ...options.includes("ro") && { ReadOnly: true },
    ...Object.keys(tmpfsOptions).length > 0 && { TmpfsOptions: tmpfsOptions },
  };
}
