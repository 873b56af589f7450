/**
 * The volumes of an engine.
 *
 * @module
 */

import { ContainerStore } from "../../container/record/store.ts";
import { sizeOfTree } from "../../container/life/writable_size.ts";
import { EngineError } from "../../errors.ts";
import { recordEvent } from "../../state/mod.ts";
import {
  ANONYMOUS_LABEL,
  emptyVolumeTrash,
  type NewVolume,
  volumeData,
  type VolumeRecord,
  VolumeStore,
} from "../../volume/mod.ts";
import type { Instance } from "../instance/instance.ts";
import { refreshRecords } from "../instance/refresh.ts";
import { volumeCondition, type VolumeFilters } from "./filters.ts";

/** A volume with the fields of Docker's `inspect`. */
export interface VolumeInspection {
  /** When it was created, in RFC 3339. */
  CreatedAt: string;
  /** The driver's name. */
  Driver: string;
  /** Labels by name; nothing where there are none. */
  Labels: Record<string, string> | null;
  /** The folder containers see. */
  Mountpoint: string;
  /** Its name. */
  Name: string;
  /** The driver's options by name; nothing where there are none. */
  Options: Record<string, string> | null;
  /** Where it can be used: on this machine. */
  Scope: "local";
}

/** Options of {@linkcode Volumes.remove}. */
export interface RemoveVolumeOptions {
  /**
   * Whether it is no error that there is none.
   *
   * @default false
   */
  force?: boolean;
}

/** Which volumes {@linkcode Volumes.prune} removes. */
export interface PruneVolumesOptions {
  /**
   * Whether those go as well whose name somebody chose.
   *
   * @default false
   */
  all?: boolean;
  /** Conditions: `label`, `label!`. */
  filters?: VolumeFilters;
}

/** What {@linkcode Volumes.prune} did. */
export interface PrunedVolumes {
  /** The names of the removed volumes. */
  removed: string[];
  /** Bytes that were freed. */
  reclaimed: number;
}

/** What the volumes of an instance are made to do: {@linkcode Volumes}, once it is loaded. */
export class InstanceVolumes {
  readonly #instance: Pick<Instance, "database" | "roots">;
  readonly #store: VolumeStore;

  /**
   * Opens the volumes of an instance; touches no file.
   *
   * @param instance The instance.
   */
  constructor(instance: Pick<Instance, "database" | "roots">) {
    this.#instance = instance;
    this.#store = new VolumeStore(instance.database, instance.roots);
  }

  /**
   * Creates a volume, unless there is one of that name.
   *
   * @param volume What it is; a name is made up where none is given.
   * @returns The volume there is now.
   * @throws {EngineError} `invalid`: its name or an option cannot be; `notFound`: there is no such
   * driver.
   */
  create(volume: NewVolume = {}): VolumeRecord {
    return this.#store.create(volume);
  }

  /**
   * Lists volumes.
   *
   * @param filters Conditions: `dangling`, `driver`, `label`, `name`.
   * @returns Their records, by name.
   * @throws {EngineError} `invalid`: a condition is unknown or has a wrong value.
   */
  list(filters: VolumeFilters = {}): VolumeRecord[] {
    return this.#store.list().filter(volumeCondition(filters, this.#store.used()));
  }

  /**
   * Names the folder containers see as a volume.
   *
   * @param name The volume's name.
   * @returns An absolute path.
   */
  mountPoint(name: string): string {
    return volumeData(this.#instance.roots, name);
  }

  /**
   * Describes a volume, with the fields of Docker's `inspect`.
   *
   * @param name Its name.
   * @returns The description.
   * @throws {EngineError} `notFound`.
   */
  inspect(name: string): VolumeInspection {
    const { createdAt, driver, labels, options } = this.#store.find(name);
    const orNull = <T extends object>(map: T) => Object.keys(map).length > 0 ? map : null;
    return {
      CreatedAt: new Date(createdAt).toISOString().replace(/\.\d+Z$/, "Z"),
      Driver: driver,
      Labels: orNull(labels),
      Mountpoint: this.mountPoint(name),
      Name: name,
      Options: orNull(options),
      Scope: "local",
    };
  }

  /**
   * Removes a volume with all that is in it.
   *
   * @param name Its name.
   * @param options Whether there may be none.
   * @throws {EngineError} `notFound`; `conflict`: a container has it.
   */
  async remove(name: string, options: RemoveVolumeOptions = {}): Promise<void> {
    await this.#refresh();
    try {
      this.#store.remove(name);
    } catch (error) {
      const isMissing = error instanceof EngineError && error.kind === "notFound";
      if (!(isMissing && options.force)) throw error;
    }
    await emptyVolumeTrash(this.#instance.roots);
  }

  /**
   * Removes the volumes no container has.
   *
   * @param options Which of them.
   * @returns What was removed.
   * @throws {EngineError} `invalid`: a filter is wrong.
   */
  async prune(options: PruneVolumesOptions = {}): Promise<PrunedVolumes> {
    const { all = false, filters = {} } = options;
    const isWanted = volumeCondition(filters, new Set(), ["label", "label!"]);
    await this.#refresh();
    const used = this.#store.used();
    const result: PrunedVolumes = { removed: [], reclaimed: 0 };
    for (const volume of this.#store.list()) {
      const isCandidate = all || Object.hasOwn(volume.labels, ANONYMOUS_LABEL);
      if (used.has(volume.name) || !isCandidate || !isWanted(volume)) continue;
      const size = sizeOfTree(this.mountPoint(volume.name));
      if (!this.#removeUnlessTaken(volume.name)) continue;
      result.removed.push(volume.name);
      result.reclaimed += size;
    }
    await emptyVolumeTrash(this.#instance.roots);
    const attributes = { reclaimed: String(result.reclaimed) };
    recordEvent(this.#instance.database, {
      type: "volume",
      action: "prune",
      actorId: "",
      attributes,
    });
    return result;
  }

  /** A container that was never finished holds its volumes until it is removed. */
  async #refresh(): Promise<void> {
    const { database, roots } = this.#instance;
    await refreshRecords(roots, new ContainerStore(database));
  }

  #removeUnlessTaken(name: string): boolean {
    try {
      this.#store.remove(name);
      return true;
    } catch (error) {
      const isTaken = error instanceof EngineError &&
        (error.kind === "conflict" || error.kind === "notFound");
      if (isTaken) return false;
      throw error;
    }
  }
}
