/**
 * The volumes of an engine.
 *
 * @module
 */

import type { NewVolume, VolumeRecord } from "../volume/mod.ts";
import type { Instance } from "./instance/instance.ts";
import type { VolumeFilters } from "./volume/filters.ts";
import type {
  InstanceVolumes,
  PrunedVolumes,
  PruneVolumesOptions,
  RemoveVolumeOptions,
  VolumeInspection,
} from "./volume/volumes.ts";

/** A volume, and where it is. */
export interface ListedVolume extends VolumeRecord {
  /** The directory that containers see, on the host. */
  mountPoint: string;
}

/** The volumes of an engine: what `engine.volumes` is. */
export class Volumes {
  readonly #instance: Instance;
  #loaded: Promise<InstanceVolumes> | undefined;

  /**
   * Opens the volumes of an instance; touches no file.
   *
   * @param instance The instance.
   */
  constructor(instance: Instance) {
    this.#instance = instance;
  }

  #load(): Promise<InstanceVolumes> {
    return this.#loaded ??= import("./volume/volumes.ts")
      .then(({ InstanceVolumes }) => new InstanceVolumes(this.#instance));
  }

  /**
   * Creates a volume, unless there is one of that name.
   *
   * @param volume What it is; a name is made up where none is given.
   * @returns The volume there is now.
   * @throws {EngineError} `invalid`: its name or an option cannot be; `notFound`: there is no such
   * driver.
   */
  async create(volume: NewVolume = {}): Promise<VolumeRecord> {
    return (await this.#load()).create(volume);
  }

  /**
   * Lists volumes.
   *
   * @param filters Conditions: `dangling`, `driver`, `label`, `name`.
   * @returns The volumes, by name.
   * @throws {EngineError} `invalid`: a condition is unknown or has a wrong value.
   */
  async list(filters: VolumeFilters = {}): Promise<ListedVolume[]> {
    const volumes = await this.#load();
    return volumes.list(filters)
      .map((record) => ({ ...record, mountPoint: volumes.mountPoint(record.name) }));
  }

  /**
   * Describes a volume, with the fields of Docker's `inspect`.
   *
   * @param name Its name.
   * @returns The description.
   * @throws {EngineError} `notFound`.
   */
  async inspect(name: string): Promise<VolumeInspection> {
    return (await this.#load()).inspect(name);
  }

  /**
   * Removes a volume with all that is in it.
   *
   * @param name Its name.
   * @param options Whether there may be none.
   * @throws {EngineError} `notFound`; `conflict`: a container has it.
   */
  async remove(name: string, options: RemoveVolumeOptions = {}): Promise<void> {
    await (await this.#load()).remove(name, options);
  }

  /**
   * Removes the volumes no container has.
   *
   * @param options Which of them.
   * @returns What was removed.
   * @throws {EngineError} `invalid`: a filter is wrong.
   */
  async prune(options: PruneVolumesOptions = {}): Promise<PrunedVolumes> {
    return await (await this.#load()).prune(options);
  }
}
