/**
 * The records of containers.
 *
 * A record is a memory of what the kernel holds: reconcile.ts puts it right where they differ. What
 * becomes of a container is remembered whatever the disk says: held_changes.ts.
 *
 * @module
 */

import { EngineError } from "../../errors.ts";
import {
  type Database,
  isUniqueViolation,
  recordEvent,
  type Row,
  type StorageFailure,
  storageFailure,
  type Value,
} from "../../state/mod.ts";
import { HeldChanges } from "./held_changes.ts";
import type { HealthState } from "./health.ts";
import { generateContainerName } from "./name.ts";
import {
  type ContainerRecord,
  type NewContainer,
  recordFromRow,
  type StatusChange,
} from "./record.ts";
import type { ContainerSettings } from "./settings.ts";
import { checkTransition, type ContainerStatus } from "./status.ts";

export type { ContainerRecord, NewContainer, StatusChange } from "./record.ts";

const NAME_ATTEMPTS = 12;

const SELECT = `SELECT *, (
    SELECT json_group_array(json_object('containerPort', container_port, 'protocol', protocol,
      'hostAddress', host_address, 'hostPort', host_port))
      FROM published_ports WHERE container_id = containers.id
  ) AS ports FROM containers`;

/** The containers of an instance, as remembered. */
export class ContainerStore {
  /** The database the records are in. */
  readonly database: Database;
  readonly #held: HeldChanges | undefined;
  /** Told that the database could not take a change, which is held in memory until it does. */
  onHeld: () => void = () => {};

  /**
   * Refers to the records in a database.
   *
   * @param database The instance's.
   */
  constructor(database: Database) {
    this.database = database;
    const { runDirectory } = database;
    if (runDirectory !== undefined) this.#held = new HeldChanges(runDirectory);
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
    this.database.run(
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
    return this.#read(this.database.get(`${SELECT} WHERE id = ?`, id));
  }

  #read(row: Row | undefined): ContainerRecord | undefined {
    if (row === undefined || !this.#held || this.#held.ids().length === 0) {
      return row && recordFromRow(row);
    }
    return recordFromRow(this.#held.over(row));
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
      ? this.database.all<{ id: string }>("SELECT id FROM containers WHERE id GLOB ?", `${text}*`)
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
    return this.#read(this.database.get(`${SELECT} WHERE name = ?`, name));
  }

  /**
   * Reads records.
   *
   * @param statuses Only those in one of these statuses; all where absent.
   * @returns The records, the newest first.
   */
  list(statuses?: readonly ContainerStatus[]): ContainerRecord[] {
    if (this.holdsChanges) {
      const rows = this.database.all(`${SELECT} ORDER BY created_at DESC, rowid DESC`);
      const records = rows.map((row) => this.#read(row)!);
      return records.filter(({ status }) => statuses?.includes(status) ?? true);
    }
    const where = statuses ? `WHERE status IN (${statuses.map(() => "?").join(", ")})` : "";
    const rows = this.database.all(
      `${SELECT} ${where} ORDER BY created_at DESC, rowid DESC`,
      ...statuses ?? [],
    );
    return rows.map(recordFromRow);
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
    const apply = (record: ContainerRecord | undefined) => {
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
      return { ...change, status: to };
    };
    // What cannot be removed at all is not said to be on its way.
    const mayHold = to === "removing"
      ? (failure: StorageFailure) => failure === "full"
      : () => true;
    return this.#change(id, apply, mayHold)!;
  }

  /**
   * Changes a record, in the database or, where its disk does not take that, in memory.
   *
   * @param id The container's whole id.
   * @param make Makes the change, of the record as it is.
   * @param mayHold Whether the change may be held, for what is wrong with the disk.
   * @returns The record after the change; nothing where there is none.
   */
  #change(
    id: string,
    make: (record: ContainerRecord | undefined) => RecordChange,
    mayHold: (failure: StorageFailure) => boolean = () => true,
  ): ContainerRecord | undefined {
    try {
      const changed = this.database.transaction(() => {
        const record = this.get(id);
        const change = make(record);
        if (record) this.#update(id, columnsOf(record, change), change.process === null);
        return this.get(id);
      });
      // Until a transaction around this one is committed, the database may yet go back.
      if (!this.database.inTransaction) this.#forgetHeld(id);
      return changed;
    } catch (error) {
      const failure = storageFailure(error);
      const isPart = this.database.inTransaction;
      if (failure === undefined || isPart || !this.#held || !mayHold(failure)) throw error;
    }
    const row = this.database.get(`${SELECT} WHERE id = ?`, id);
    const record = this.#read(row);
    const change = make(record);
    if (!row || !record) return undefined;
    this.#held.hold(row, columnsOf(record, change));
    this.onHeld();
    return this.#read(row);
  }

  /** Whether the database has yet to take what became of a container. */
  get holdsChanges(): boolean {
    return this.#held !== undefined && this.#held.ids().length > 0;
  }

  /**
   * Writes what the database has not taken yet.
   *
   * @returns Whether it has everything now.
   */
  writeHeld(): boolean {
    try {
      for (const id of this.#held?.ids() ?? []) {
        this.database.transaction(() => {
          const record = this.get(id);
          if (record) this.#update(id, columnsOf(record, {}), record.process === undefined);
        });
        this.#forgetHeld(id);
      }
      return true;
    } catch (error) {
      if (storageFailure(error) === undefined) throw error;
      return false;
    }
  }

  #forgetHeld(id: string): void {
    if (this.#held?.ids().includes(id)) this.#held.drop(id);
  }

  #update(id: string, columns: Record<string, Value>, endsRun: boolean): void {
    const names = Object.keys(columns).map((name) => `${name} = ?`).join(", ");
    this.database.run(`UPDATE containers SET ${names} WHERE id = ?`, ...Object.values(columns), id);
    if (!endsRun) return;
    // Its run has ended, and with it what was published.
    this.database.run("DELETE FROM published_ports WHERE container_id = ?", id);
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
      this.database.run("UPDATE containers SET name = ? WHERE id = ?", name, id);
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
    this.#change(id, () => ({ restartCount: count }));
  }

  /**
   * Remembers that a container was stopped, or started, by hand.
   *
   * @param id The container's whole id.
   * @param stopped Whether it was stopped.
   */
  setStoppedByHand(id: string, stopped: boolean): void {
    this.#change(id, () => ({ stoppedByHand: stopped }));
  }

  /**
   * Remembers how healthy a container is; a disk that does not take it costs this alone.
   *
   * @param id The container's whole id.
   * @param health How healthy.
   */
  setHealth(id: string, health: HealthState): void {
    const text = JSON.stringify(health);
    this.database.attempt(() => {
      this.database.run("UPDATE containers SET health = ? WHERE id = ?", text, id);
    });
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
    this.database.transaction(() => {
      const record = this.get(id);
      if (!record) return;
      const text = JSON.stringify(change(record.settings));
      this.database.run("UPDATE containers SET settings = ? WHERE id = ?", text, id);
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
    recordEvent(this.database, {
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
   * Does several things at once, or none of them.
   *
   * @param body What to do; it must not wait for anything.
   * @returns What `body` returned.
   */
  transaction<T>(body: () => T): T {
    return this.database.transaction(body);
  }

  /**
   * Forgets a container; its name is free after that.
   *
   * @param id The container's whole id.
   */
  delete(id: string): void {
    this.database.run("DELETE FROM containers WHERE id = ?", id);
  }
}

/** What is changed of a record. */
type RecordChange = StatusChange & { status?: ContainerStatus };

/** What a change makes of a record's columns. */
function columnsOf(record: ContainerRecord, change: RecordChange): Record<string, Value> {
  const after = { ...record, ...change };
  const process = change.process === undefined ? record.process : change.process;
  return {
    status: after.status,
    exit_code: after.exitCode,
    oom_killed: after.oomKilled ? 1 : 0,
    error: after.error,
    started_at: after.startedAt ?? null,
    finished_at: after.finishedAt ?? null,
    restart_count: after.restartCount,
    stopped_by_hand: after.stoppedByHand ? 1 : 0,
    boot_id: process?.bootId ?? null,
    pid: process?.pid ?? null,
    pid_start: process?.start ?? null,
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
