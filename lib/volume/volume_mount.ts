/**
 * Volumes in a container: as they are asked for, and as the container has them.
 *
 * @module
 */

/** A volume asked for. */
export interface VolumeRequest {
  /** Its name; a new one is made up where there is none. */
  name?: string;
  /** An absolute path in the container. */
  target: string;
  /** Whether the container may not write to it. */
  readonly: boolean;
  /** Whether an empty volume is left without the image's content of that path. */
  noCopy?: boolean;
  /** A folder of the volume to mount in place of all of it. */
  subpath?: string;
  /** The driver of a volume that is created by this. */
  driver?: string;
  /** The driver's options for a volume that is created by this. */
  options?: Readonly<Record<string, string>>;
  /** Labels of a volume that is created by this. */
  labels?: Readonly<Record<string, string>>;
  /** Options as `-v` had them, for `inspect`. */
  mode?: string;
  /** Whether it was asked for by `--mount`, for `inspect`. */
  asMount?: true;
  /** Whether it was taken over from another container, for `inspect`. */
  inherited?: true;
}

/** A volume in a container. */
export interface VolumeMount extends VolumeRequest {
  /** Its name. */
  name: string;
  /** Whether its name was made up for this container, which may take it along when it goes. */
  anonymous?: true;
  /** What is mounted, where the volume is more than a folder. */
  local?: LocalMount;
}

/** A file system that the `local` driver mounts for a volume. */
export interface LocalMount {
  /** Its type as mount(8) knows it; `bind` for a folder of the host. */
  type: string;
  /** Its device, its server or its folder. */
  source: string;
  /** Options as mount(8) takes them. */
  options: string[];
}
