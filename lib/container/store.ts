/**
 * The records of containers.
 *
 * A record is a memory of what the kernel holds: reconcile.ts puts it right where they differ.
 *
 * @module
 */

import { EngineError } from "../errors.ts";
import type { PublishedPort } from "../network/mod.ts";
import { type Database, isUniqueViolation, recordEvent, type Row } from "../state/mod.ts";
import type { HealthState } from "./health.ts";
import { generateContainerName } from "./name.ts";
import type { ProcessIdentity } from "./process_identity.ts";
import type { ContainerSettings } from "./settings.ts";
import { checkTransition, type ContainerStatus } from "./status.ts";

/** What is remembered of a container. */
export interface ContainerRecord {
  /** 64 hexadecimal digits. */
  id: string;
  /** Unique. */
  name: string;
  /** Digest of its image's configuration; absent where it was made of a folder. */
  imageId: string | undefined;
  /** The image as the user named it. */
  imageName: string;
  /** When it was created, in milliseconds since the epoch. */
  createdAt: number;
  /** What it is. */
  settings: ContainerSettings;
  /** What state it is in. */
  status: ContainerStatus;
  /** While running its PID 1; while creating or removing the process that does so. */
  process: ProcessIdentity | undefined;
  /** How its command ended last: its code, or 128 and the signal's number. */
  exitCode: number;
  /** Whether the kernel killed one of its processes for want of memory, in the last run. */
  oomKilled: boolean;
  /** Why it could not be started last; empty where it could. */
  error: string;
  /** When it was started last, in milliseconds since the epoch. */
  startedAt: number | undefined;
  /** When it ended last, in milliseconds since the epoch. */
  finishedAt: number | undefined;
  /** How often its restart policy has started it since it was started by hand. */
  restartCount: number;
  /** Whether it was stopped by hand, so that no restart policy starts it again. */
  stoppedByHand: boolean;
  /** How healthy it is, or was last; nothing without a health check. */
  health: HealthState | undefined;
  /** Ports of the host that lead to its own, while it runs. */
  ports: PublishedPort[];
}

/** What may be given of a new record. */
export type NewContainer =
  & Pick<ContainerRecord, "id" | "imageName" | "settings">
  & Partial<Pick<ContainerRecord, "name" | "imageId" | "process">>;

/** What a change of status brings along. */
export type StatusChange =
  & Partial<
    Pick<
      ContainerRecord,
      | "exitCode"
      | "oomKilled"
      | "error"
      | "startedAt"
      | "finishedAt"
      | "restartCount"
      | "stoppedByHand"
    >
  >
  & {
    /** The process the status refers to; `null` where there is none any more. */
    process?: ProcessIdentity | null;
  };

const NAME_ATTEMPTS = 12;

const SELECT = `SELECT *, (
    SELECT json_group_array(json_object('containerPort', container_port, 'protocol', protocol,
      'hostAddress', host_address, 'hostPort', host_port))
      FROM published_ports WHERE container_id = containers.id
  ) AS ports FROM containers`;

/** The containers of an instance, as remembered. */
export class ContainerStore {
  readonly #database: Database;

  /** The database the records are in. */
  get database(): Database {
    return this.#database;
  }

  /**
   * Refers to the records in a database.
   *
   * @param database The instance's.
   */
  constructor(database: Database) {
    this.#database = database;
  }

  /**
   * Adds a container that is being created.
   *
   * @param container What it is; a name is made up where none is given.
   * @returns Its record, in status `creating`.
   * @throws {EngineError} `conflict`: the name is in use.
   */
  insert(container: NewContainer): ContainerRecord {
    const createdAt = Date.now();
    for (let attempt = 0;; attempt++) {
      const name = container.name ?? generateContainerName(attempt);
      try {
        this.#insertRow(container, name, createdAt);
        return this.get(container.id)!;
      } catch (error) {
        if (!isUniqueViolation(error)) throw error;
        const holder = this.#byName(name);
        if (container.name !== undefined && holder) {
          throw nameConflict(`create container "${name}"`, name, holder.id);
        }
        if (attempt === NAME_ATTEMPTS) throw error;
      }
    }
  }

  #insertRow(container: NewContainer, name: string, createdAt: number): void {
    this.#database.run(
      `INSERT INTO containers (id, name, image_id, image_name, created_at, settings, status,
         boot_id, pid, pid_start) VALUES (?, ?, ?, ?, ?, ?, 'creating', ?, ?, ?)`,
      container.id,
      name,
      container.imageId ?? null,
      container.imageName,
      createdAt,
      JSON.stringify(container.settings),
      container.process?.bootId ?? null,
      container.process?.pid ?? null,
      container.process?.start ?? null,
    );
  }

  /**
   * Reads a record.
   *
   * @param id The container's whole id.
   * @returns The record, if there is one.
   */
  get(id: string): ContainerRecord | undefined {
    return fromRow(this.#database.get(`${SELECT} WHERE id = ?`, id));
  }

  /**
   * Finds the container a user means.
   *
   * @param text A name, an id, or the beginning of one.
   * @returns The record.
   * @throws {EngineError} `notFound`: there is none; `conflict`: several ids begin like that.
   */
  find(text: string): ContainerRecord {
    const exact = this.#byName(text.replace(/^\//, "")) ?? this.get(text);
    if (exact) return exact;
    const matches = /^[0-9a-f]+$/.test(text)
      ? this.#database.all<{ id: string }>("SELECT id FROM containers WHERE id GLOB ?", `${text}*`)
      : [];
    if (matches.length === 1) return this.get(matches[0]!.id)!;
    if (matches.length === 0) {
      throw new EngineError(`No such container: ${text}`, { kind: "notFound" });
    }
    const ids = matches.map(({ id }) => id.slice(0, 12)).join(", ");
    throw new EngineError(
      `Cannot find container "${text}": multiple IDs found with that prefix: ${ids}`,
      { kind: "conflict" },
    );
  }

  #byName(name: string): ContainerRecord | undefined {
    const row = this.#database.get(`${SELECT} WHERE name = ?`, name);
    return fromRow(row);
  }

  /**
   * Reads records.
   *
   * @param statuses Only those in one of these statuses; all where absent.
   * @returns The records, the newest first.
   */
  list(statuses?: readonly ContainerStatus[]): ContainerRecord[] {
    const where = statuses ? `WHERE status IN (${statuses.map(() => "?").join(", ")})` : "";
    const rows = this.#database.all(
      `${SELECT} ${where} ORDER BY created_at DESC, rowid DESC`,
      ...statuses ?? [],
    );
    return rows.map((row) => fromRow(row)!);
  }

  /**
   * Changes a container's status, if it still has the one it is expected to have.
   *
   * @param id The container's whole id.
   * @param from The statuses it may have.
   * @param to The status it gets.
   * @param change What else changes.
   * @returns The record after the change.
   * @throws {EngineError} `notFound`: it was removed; `conflict`: it has another status.
   */
  transition(
    id: string,
    from: readonly ContainerStatus[],
    to: ContainerStatus,
    change: StatusChange = {},
  ): ContainerRecord {
    return this.#database.transaction(() => {
      const record = this.get(id);
      if (!record) {
        throw new EngineError(`No such container: ${id.slice(0, 12)}`, { kind: "notFound" });
      }
      if (!from.includes(record.status)) {
        throw new EngineError(
          `Cannot make container "${record.name}" ${to}: it is ${record.status}`,
          { kind: "conflict" },
        );
      }
      checkTransition(record.name, record.status, to);
      this.#update({ ...record, ...change, status: to, process: undefined }, change.process);
      return this.get(id)!;
    });
  }

  #update(
    record: Omit<ContainerRecord, "process"> & { process: undefined },
    process: ProcessIdentity | null | undefined,
  ): void {
    this.#database.run(
      `UPDATE containers SET status = ?, exit_code = ?, oom_killed = ?, error = ?, started_at = ?,
         finished_at = ?, restart_count = ?, stopped_by_hand = ? WHERE id = ?`,
      record.status,
      record.exitCode,
      record.oomKilled ? 1 : 0,
      record.error,
      record.startedAt ?? null,
      record.finishedAt ?? null,
      record.restartCount,
      record.stoppedByHand ? 1 : 0,
      record.id,
    );
    if (process === undefined) return;
    this.#database.run(
      "UPDATE containers SET boot_id = ?, pid = ?, pid_start = ? WHERE id = ?",
      process?.bootId ?? null,
      process?.pid ?? null,
      process?.start ?? null,
      record.id,
    );
    if (process !== null) return;
    // Its run has ended, and with it what was published.
    this.#database.run("DELETE FROM published_ports WHERE container_id = ?", record.id);
  }

  /**
   * Gives a container another name.
   *
   * @param id The container's whole id.
   * @param name The new name.
   * @throws {EngineError} `conflict`: the name is in use.
   */
  rename(id: string, name: string): void {
    try {
      this.#database.run("UPDATE containers SET name = ? WHERE id = ?", name, id);
    } catch (error) {
      const holder = isUniqueViolation(error) ? this.#byName(name) : undefined;
      throw holder ? nameConflict(`rename container to "${name}"`, name, holder.id) : error;
    }
  }

  /**
   * Remembers how often a restart policy has started a container.
   *
   * @param id The container's whole id.
   * @param count How often.
   */
  setRestartCount(id: string, count: number): void {
    this.#database.run("UPDATE containers SET restart_count = ? WHERE id = ?", count, id);
  }

  /**
   * Remembers that a container was stopped, or started, by hand.
   *
   * @param id The container's whole id.
   * @param stopped Whether it was stopped.
   */
  setStoppedByHand(id: string, stopped: boolean): void {
    const value = stopped ? 1 : 0;
    this.#database.run("UPDATE containers SET stopped_by_hand = ? WHERE id = ?", value, id);
  }

  /**
   * Remembers how healthy a container is.
   *
   * @param id The container's whole id.
   * @param health How healthy.
   */
  setHealth(id: string, health: HealthState): void {
    const text = JSON.stringify(health);
    this.#database.run("UPDATE containers SET health = ? WHERE id = ?", text, id);
  }

  /**
   * Changes what a container is.
   *
   * @param id The container's whole id; one that was removed is left alone.
   * @param change Makes the new settings of the present ones.
   */
  updateSettings(
    id: string,
    change: (settings: ContainerSettings) => ContainerSettings,
  ): void {
    this.#database.transaction(() => {
      const record = this.get(id);
      if (!record) return;
      const text = JSON.stringify(change(record.settings));
      this.#database.run("UPDATE containers SET settings = ? WHERE id = ?", text, id);
    });
  }

  /**
   * Records that something happened to a container.
   *
   * @param record The container.
   * @param action What, in Docker's words: `start`, `die`, ...
   * @param attributes More about it.
   */
  recordEvent(
    record: ContainerRecord,
    action: string,
    attributes: Record<string, string> = {},
  ): void {
    recordEvent(this.#database, {
      type: "container",
      action,
      actorId: record.id,
      attributes: {
        ...record.settings.labels,
        ...attributes,
        image: record.imageName,
        name: record.name,
      },
    });
  }

  /**
   * Forgets a container; its name is free after that.
   *
   * @param id The container's whole id.
   */
  delete(id: string): void {
    this.#database.run("DELETE FROM containers WHERE id = ?", id);
  }
}

function fromRow(row: Row | undefined): ContainerRecord | undefined {
  if (!row) return undefined;
  const number = (column: string) => row[column] === null ? undefined : Number(row[column]);
  const text = (column: string) => row[column] === null ? undefined : String(row[column]);
  const pid = number("pid");
  const health = text("health");
  return {
    id: text("id")!,
    name: text("name")!,
    imageId: text("image_id"),
    imageName: text("image_name")!,
    createdAt: number("created_at")!,
    settings: JSON.parse(text("settings")!) as ContainerSettings,
    status: text("status") as ContainerStatus,
    process: pid === undefined
      ? undefined
      : { pid, start: number("pid_start")!, bootId: text("boot_id")! },
    exitCode: number("exit_code") ?? 0,
    oomKilled: number("oom_killed") === 1,
    error: text("error")!,
    startedAt: number("started_at"),
    finishedAt: number("finished_at"),
    restartCount: number("restart_count")!,
    stoppedByHand: number("stopped_by_hand") === 1,
    health: health === undefined ? undefined : JSON.parse(health) as HealthState,
    ports: JSON.parse(text("ports")!) as PublishedPort[],
  };
}

function nameConflict(action: string, name: string, holder: string): EngineError {
  return new EngineError(
    `Cannot ${action}: Conflict. The container name "/${name}" is already in use ` +
      `by container "${holder}". You have to remove (or rename) that container to be able to reuse ` +
      `that name.`,
    { kind: "conflict" },
  );
}
