/**
 * The SQLite database of an instance.
 *
 * Every command opens it by itself and several at once are safe: WAL lets readers go on beside one
 * writer, and a writer takes its lock at the beginning of its transaction, so it waits for another
 * one's end and never fails half-way with "database is locked".
 *
 * @module
 */

import { DatabaseSync, type StatementSync } from "node:sqlite";
import { EngineError } from "../errors.ts";
import { closeToOthers, createRoot } from "./private_directories.ts";
import { MIGRATIONS } from "./schema.ts";

/** A value SQLite stores. */
export type Value = null | number | bigint | string | Uint8Array;
/** A row as SQLite returns it, by column name. */
export type Row = Record<string, Value>;

// How long a writer waits for another one. Transactions here take a millisecond; this is for a disk
// that hangs.
const BUSY_TIMEOUT_MILLISECONDS = 20_000;

// Extended result codes (sqlite.org/rescode.html).
const SQLITE_CONSTRAINT_UNIQUE = 2067;
const SQLITE_CONSTRAINT_PRIMARYKEY = 1555;
const SQLITE_CONSTRAINT_FOREIGNKEY = 787;

/** An open `state.db`. */
export class Database {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  #depth = 0;

  private constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /**
   * Opens an instance's database, creates and migrates it where needed.
   *
   * @param root The instance's `TSD_ROOT`; created (mode 0710) when missing.
   * @returns The open database.
   * @throws {EngineError} `system`: the folder or the file cannot be used; `unavailable`: the
   * database was written by a newer version.
   */
  static open(root: string): Database {
    const path = `${root}/state.db`;
    try {
      const database = openFile(root, path);
      if (migrate(database, path)) closeToOthers({ root });
      return new Database(database);
    } catch (error) {
      if (error instanceof EngineError) throw error;
      throw new EngineError(`Cannot open the state database "${path}"`, {
        kind: "system",
        cause: reasonNotToOpen(root, path) ?? error,
      });
    }
  }

  /**
   * Runs statements as one transaction that takes the write lock at once.
   *
   * Inside another transaction it is part of that one.
   *
   * @param body What to do; it must not wait for anything.
   * @returns What `body` returned, committed.
   * @throws What `body` threw, after everything it did was rolled back.
   */
  transaction<T>(body: () => T): T {
    if (this.#depth > 0) return body();
    this.#database.exec("BEGIN IMMEDIATE");
    this.#depth++;
    try {
      const result = body();
      this.#database.exec("COMMIT");
      return result;
    } catch (error) {
      // SQLite rolls back by itself on some errors (a full disk): a second ROLLBACK then fails and
      // would hide the reason.
      try {
        this.#database.exec("ROLLBACK");
      } catch { /* already rolled back */ }
      throw error;
    } finally {
      this.#depth--;
    }
  }

  /**
   * Runs a statement that returns no rows.
   *
   * @param sql One statement with `?` for its values; Deno before 2.5 cannot number them (`?1`).
   * @param values The values.
   * @returns How many rows it changed.
   */
  run(sql: string, ...values: Value[]): number {
    return Number(this.#prepare(sql).run(...values as never[]).changes);
  }

  /**
   * Reads the first row of a query.
   *
   * @param sql One query with `?` for its values.
   * @param values The values.
   * @returns The row, or nothing.
   */
  get<T = Row>(sql: string, ...values: Value[]): T | undefined {
    return this.#prepare(sql).get(...values as never[]) as T | undefined;
  }

  /**
   * Reads all rows of a query.
   *
   * @param sql One query with `?` for its values.
   * @param values The values.
   * @returns The rows.
   */
  all<T = Row>(sql: string, ...values: Value[]): T[] {
    return this.#prepare(sql).all(...values as never[]) as T[];
  }

  /** Closes the file; the database cannot be used after that. */
  close(): void {
    this.#statements.clear();
    this.#database.close();
  }

  /** Closes the file at the end of a `using` block. */
  [Symbol.dispose](): void {
    this.close();
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (!statement) this.#statements.set(sql, statement = this.#database.prepare(sql));
    return statement;
  }
}

/**
 * Tells whether an error is a UNIQUE or PRIMARY KEY constraint that was violated.
 *
 * @param error Anything that was thrown.
 * @returns Whether it is.
 */
export function isUniqueViolation(error: unknown): boolean {
  const code = (error as { errcode?: unknown } | undefined)?.errcode;
  return code === SQLITE_CONSTRAINT_UNIQUE || code === SQLITE_CONSTRAINT_PRIMARYKEY;
}

/**
 * Tells whether an insertion was refused because what it refers to is gone.
 *
 * @param error Anything that was thrown.
 * @returns Whether it was.
 */
export function isReferenceViolation(error: unknown): boolean {
  return (error as { errcode?: unknown } | undefined)?.errcode === SQLITE_CONSTRAINT_FOREIGNKEY;
}

// Room for the index of the write-ahead log and some pages, without which nothing can be opened.
const LEAST_ROOM = 256 << 10;

/** SQLite only says that it could not; the system says why. */
function reasonNotToOpen(root: string, path: string): unknown {
  try {
    Deno.openSync(path, { read: true, write: true, create: true }).close();
    const probe = Deno.makeTempFileSync({ dir: root, prefix: ".state-" });
    try {
      Deno.writeFileSync(probe, new Uint8Array(LEAST_ROOM));
    } finally {
      Deno.removeSync(probe);
    }
    return undefined;
  } catch (error) {
    if ((error as { code?: string }).code !== "ENOSPC") return error;
    return new Error("no space left on device, enlarge the file system or free some of it", {
      cause: error,
    });
  }
}

function openFile(root: string, path: string): DatabaseSync {
  if (!exists(path)) createFile(root, path);
  const database = new DatabaseSync(path);
  database.exec(
    `PRAGMA busy_timeout = ${BUSY_TIMEOUT_MILLISECONDS}; PRAGMA foreign_keys = ON;` +
      "PRAGMA synchronous = NORMAL;",
  );
  return database;
}

/** Names of databases on their way, and of SQLite's files beside them. */
const TEMPORARY = /^\.state-.*\.db(-wal|-shm|-journal)?$/;

/**
 * Creates the database beside its place and puts it there complete: two first commands at once would
 * otherwise meet in the change to WAL, which waits for nobody and fails.
 */
function createFile(root: string, path: string): void {
  createRoot(root);
  const temporary = Deno.makeTempFileSync({ dir: root, prefix: ".state-", suffix: ".db" });
  try {
    const database = new DatabaseSync(temporary);
    // In this order: closing is what empties a write-ahead log, and does not say that it could not.
    migrate(database, temporary);
    database.exec("PRAGMA journal_mode = WAL");
    database.close();
    Deno.linkSync(temporary, path);
    removeAbandoned(root, temporary);
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  } finally {
    Deno.removeSync(temporary);
  }
}

// Longer than the creation of a database takes, on a slow disk too.
const ABANDONED_MILLISECONDS = 60_000;

/** Removes what commands that were killed at this have left; others may be at it now. */
function removeAbandoned(root: string, own: string): void {
  for (const { name } of Deno.readDirSync(root)) {
    const path = `${root}/${name}`;
    if (!TEMPORARY.test(name) || path.startsWith(own)) continue;
    try {
      const { mtime } = Deno.lstatSync(path);
      if (mtime && Date.now() - mtime.getTime() > ABANDONED_MILLISECONDS) Deno.removeSync(path);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
}

function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Brings the tables up to date, and tells whether there was anything to do. */
function migrate(database: DatabaseSync, path: string): boolean {
  const version = () => Number(database.prepare("PRAGMA user_version").get()!.user_version);
  if (version() === MIGRATIONS.length) return false;
  database.exec("BEGIN IMMEDIATE");
  try {
    const from = version();
    if (from > MIGRATIONS.length) {
      throw new EngineError(
        `Cannot open the state database "${path}": a newer tsd wrote it (schema ${from}, this one ` +
          `knows ${MIGRATIONS.length}), use that version`,
        { kind: "unavailable" },
      );
    }
    for (const migration of MIGRATIONS.slice(from)) database.exec(migration);
    database.exec(`PRAGMA user_version = ${MIGRATIONS.length}; COMMIT`);
    return true;
  } catch (error) {
    database.exec("ROLLBACK");
    throw error;
  }
}
