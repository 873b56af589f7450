/**
 * The records of volumes, and of who uses them.
 *
 * @module
 */

import { EngineError } from "../errors.ts";
import { type Database, recordEvent, type Roots, type Row } from "../state/mod.ts";
import { createVolumeFolder, discardVolumeFolder } from "./folder.ts";
import { checkDriver, LOCAL_DRIVER } from "./local_driver.ts";
import { checkVolumeName, generateVolumeName } from "./name.ts";

/** What is remembered of a volume. */
export interface VolumeRecord {
  /** Unique. */
  name: string;
  /** The driver's name. */
  driver: string;
  /** The driver's options by name. */
  options: Record<string, string>;
  /** Labels by name. */
  labels: Record<string, string>;
  /** When it was created, in milliseconds since the epoch. */
  createdAt: number;
}

/** What may be given of a new volume. */
export interface NewVolume {
  /** Its name; one is made up where there is none, and the volume is anonymous. */
  name?: string | undefined;
  /**
   * The driver's name.
   *
   * @default "local"
   */
  driver?: string;
  /** The driver's options by name. */
  options?: Readonly<Record<string, string>>;
  /** Labels by name. */
  labels?: Readonly<Record<string, string>>;
}

/** The label that marks a volume whose name nobody chose, as Docker's. */
export const ANONYMOUS_LABEL = "com.docker.volume.anonymous";

/** The volumes of an instance. */
export class VolumeStore {
  readonly #database: Database;
  readonly #roots: Pick<Roots, "root">;

  /**
   * Refers to the records in a database.
   *
   * @param database The instance's.
   * @param roots The instance's.
   */
  constructor(database: Database, roots: Pick<Roots, "root">) {
    this.#database = database;
    this.#roots = roots;
  }

  /**
   * Creates a volume, unless there is one of that name.
   *
   * @param volume What it is.
   * @returns The volume there is now.
   * @throws {EngineError} `invalid`: its name or an option cannot be; `notFound`: there is no such
   * driver.
   */
  create(volume: NewVolume = {}): VolumeRecord {
    const { driver = LOCAL_DRIVER, options = {} } = volume;
    const name = volume.name || generateVolumeName();
    checkVolumeName(name);
    checkDriver(name, driver, options);
    const labels = volume.name ? { ...volume.labels } : { [ANONYMOUS_LABEL]: "", ...volume.labels };
    return this.#database.transaction(() => {
      const known = this.get(name);
      // Inside, so that no removal comes between the two.
      createVolumeFolder(this.#roots, name);
      if (known) return known;
      this.#database.run(
        "INSERT INTO volumes (name, driver, options, labels, created_at) VALUES (?, ?, ?, ?, ?)",
        name,
        driver,
        JSON.stringify(options),
        JSON.stringify(labels),
        Date.now(),
      );
      this.recordEvent(name, "create", { driver });
      return this.get(name)!;
    });
  }

  /**
   * Reads a record.
   *
   * @param name The volume's name.
   * @returns The record, if there is one.
   */
  get(name: string): VolumeRecord | undefined {
    return fromRow(this.#database.get("SELECT * FROM volumes WHERE name = ?", name));
  }

  /**
   * Finds the volume a user means.
   *
   * @param name Its name.
   * @returns The record.
   * @throws {EngineError} `notFound`: there is none.
   */
  find(name: string): VolumeRecord {
    const record = this.get(name);
    if (record) return record;
    throw new EngineError(`get ${name}: no such volume`, { kind: "notFound" });
  }

  /**
   * Reads all records.
   *
   * @returns The records, by name.
   */
  list(): VolumeRecord[] {
    return this.#database.all("SELECT * FROM volumes ORDER BY name").map((row) => fromRow(row)!);
  }

  /**
   * Tells which containers have a volume.
   *
   * @param name Its name.
   * @returns Their whole ids.
   */
  users(name: string): string[] {
    return this.#database.all<{ container_id: string }>(
      "SELECT container_id FROM container_volumes WHERE volume = ? ORDER BY container_id",
      name,
    ).map(({ container_id }) => container_id);
  }

  /**
   * Tells which volumes some container has.
   *
   * @returns Their names.
   */
  used(): Set<string> {
    const rows = this.#database.all<{ volume: string }>(
      "SELECT DISTINCT volume FROM container_volumes",
    );
    return new Set(rows.map(({ volume }) => volume));
  }

  /**
   * Notes that a container has a volume, so that it stays.
   *
   * @param name The volume's name.
   * @param containerId The container's whole id.
   */
  use(name: string, containerId: string): void {
    this.#database.run(
      "INSERT OR IGNORE INTO container_volumes (container_id, volume) VALUES (?, ?)",
      containerId,
      name,
    );
  }

  /**
   * Removes a volume that no container has; its content is deleted by `emptyVolumeTrash`.
   *
   * @param name Its name.
   * @throws {EngineError} `notFound`: there is none; `conflict`: a container has it.
   */
  remove(name: string): void {
    this.#database.transaction(() => {
      const record = this.find(name);
      const users = this.users(name);
      if (users.length > 0) {
        throw new EngineError(`remove ${name}: volume is in use - [${users.join(", ")}]`, {
          kind: "conflict",
        });
      }
      // Before the record goes: a volume of the same name created later must not find old content.
      discardVolumeFolder(this.#roots, name);
      this.#database.run("DELETE FROM volumes WHERE name = ?", name);
      this.recordEvent(name, "destroy", { driver: record.driver });
    });
  }

  /**
   * Records that something happened to a volume.
   *
   * @param name The volume's name.
   * @param action What, in Docker's words: `create`, `mount`, `unmount`, `destroy`.
   * @param attributes More about it.
   */
  recordEvent(name: string, action: string, attributes: Record<string, string> = {}): void {
    recordEvent(this.#database, { type: "volume", action, actorId: name, attributes });
  }
}

function fromRow(row: Row | undefined): VolumeRecord | undefined {
  if (!row) return undefined;
  return {
    name: String(row.name),
    driver: String(row.driver),
    options: JSON.parse(String(row.options)) as Record<string, string>,
    labels: JSON.parse(String(row.labels)) as Record<string, string>,
    createdAt: Number(row.created_at),
  };
}
