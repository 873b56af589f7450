/**
 * The SQLite database of an instance.
 *
 * Every command opens it by itself and several at once are safe: WAL lets readers go on beside one
 * writer, and a writer takes its lock at the beginning of its transaction, so it waits for another
 * one's end and never fails half-way with "database is locked".
 *
 * A disk that is full keeps nobody from reading, and what changes or removes records has the reserve's
 * room (reserve.ts). On a file system that cannot be written, records are read as they are there.
 *
 * @module
 */

import { DatabaseSync, type StatementSync } from "node:sqlite";
import { EngineError } from "../errors.ts";
import { closeToOthers, createRoot, createRun } from "./private_directories.ts";
import { fillReserve, freeing, withReserve } from "./reserve.ts";
import { MIGRATIONS } from "./schema.ts";
import { storageFailure, unlessStorageFails } from "./storage_failure.ts";

/** A value SQLite stores. */
export type Value = null | number | bigint | string | Uint8Array;
/** A row as SQLite returns it, by column name. */
export type Row = Record<string, Value>;

// How long a writer waits for another one. Transactions here take a millisecond; this is for a disk
// that hangs.
const BUSY_TIMEOUT_MILLISECONDS = 20_000;

// SQLITE_IOERR, SQLITE_CANTOPEN, which are the lowest byte of extended codes.
const VAGUE_RESULTS: readonly number[] = [10, 14];
const SQLITE_PRIMARY_RESULT = 0xff;

// Extended result codes (sqlite.org/rescode.html).
const SQLITE_CONSTRAINT_UNIQUE = 2067;
const SQLITE_CONSTRAINT_PRIMARYKEY = 1555;
const SQLITE_CONSTRAINT_FOREIGNKEY = 787;

/** What adds to what is kept, other than what is told of it: it gets no room of the reserve. */
const ADDITION = /^\s*INSERT (OR \w+ )?INTO (?!events\b|lost_networks\b)/;

// How often a database that could only be read is tried again.
const REOPEN_MILLISECONDS = 500;

/** An open `state.db`. */
export class Database {
  /** The instance's `TSD_ROOT`. */
  readonly root: string;
  /** The instance's `TSD_RUN`, where that is known: in memory, it keeps what the disk does not take. */
  readonly runDirectory: string | undefined;
  #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  #depth = 0;
  /** Whether the transaction that is going on adds to what is kept. */
  #adds = false;
  /** When it was tried last to open for writing what could only be read; nothing where it could. */
  #triedAt: number | undefined;

  private constructor(root: string, run: string | undefined, opened: OpenedFile) {
    this.root = root;
    this.runDirectory = run;
    this.#database = opened.database;
    if (opened.isReadOnly) this.#triedAt = performance.now();
  }

  /**
   * Opens an instance's database, creates and migrates it where needed.
   *
   * @param root The instance's `TSD_ROOT`; created (mode 0710) when missing.
   * @param run The instance's `TSD_RUN`, where there is one.
   * @returns The open database.
   * @throws {EngineError} `system`: the folder or the file cannot be used; `unavailable`: the
   * database was written by a newer version.
   */
  static open(root: string, run?: string): Database {
    const path = `${root}/state.db`;
    try {
      return new Database(root, run, openInstanceFile(root, run, path));
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
   * @param body What to do; it must not wait for anything. Where the disk is full it is done again, with
   * the reserve's room, after everything was rolled back.
   * @returns What `body` returned, committed.
   * @throws What `body` threw, after everything it did was rolled back.
   * @throws {EngineError} `system`: the disk is full, read-only or broken.
   */
  transaction<T>(body: () => T): T {
    if (this.#depth > 0) return body();
    return this.#write(() => this.#transactionOnce(body));
  }

  /**
   * Runs statements as one transaction that is not worth failing for; inside another one it is part of
   * that.
   *
   * @param body What to do; it must not wait for anything.
   * @returns Whether it is done; if not, the disk is full, read-only or broken.
   * @throws What `body` threw else.
   */
  attempt(body: () => void): boolean {
    if (this.#depth > 0) body();
    else return unlessStorageFails(() => this.#transactionOnce(body));
    return true;
  }

  /** Whether a transaction is going on. */
  get inTransaction(): boolean {
    return this.#depth > 0;
  }

  #transactionOnce<T>(body: () => T): T {
    this.#adds = false;
    this.#requireWritable();
    // As prepared statements: of others the runtime does not give SQLite's result code.
    this.#prepare("BEGIN IMMEDIATE").run();
    this.#depth++;
    try {
      const result = body();
      this.#prepare("COMMIT").run();
      return result;
    } catch (error) {
      // SQLite rolls back by itself on some errors (a full disk): a second ROLLBACK then fails and
      // would hide the reason.
      try {
        this.#prepare("ROLLBACK").run();
      } catch { /* already rolled back */ }
      throw error;
    } finally {
      this.#depth--;
    }
  }

  /** Writes, where the disk is full with the reserve's room. */
  #write<T>(write: () => T): T {
    try {
      return write();
    } catch (error) {
      if (storageFailure(error) === undefined) throw error;
      const written = this.#writeError(error);
      if (storageFailure(written) !== "full" || this.#adds) throw written;
    }
    return withReserve(this.root, () => {
      try {
        // What the log holds goes to where it belongs, so that the log's own room can be used again.
        unlessStorageFails(() => void this.#database.prepare("PRAGMA wal_checkpoint").get());
        return write();
      } catch (error) {
        throw storageFailure(error) === undefined ? error : this.#writeError(error);
      }
    });
  }

  #writeError(cause: unknown): EngineError {
    if (cause instanceof EngineError) return cause;
    const path = `${this.root}/state.db`;
    return new EngineError(`Cannot write the state database "${path}"`, {
      kind: "system",
      cause: isVague(cause) ? reasonNotToOpen(this.root, path) ?? cause : cause,
    });
  }

  /** Opens for writing what could only be read, where that is possible by now. */
  #requireWritable(): void {
    if (this.#triedAt === undefined) return;
    const path = `${this.root}/state.db`;
    const writable = openWritable(this.root, path);
    this.#statements.clear();
    this.#database.close();
    this.#database = writable;
    this.#triedAt = undefined;
  }

  /**
   * Runs a statement that returns no rows.
   *
   * @param sql One statement with `?` for its values; Deno before 2.5 cannot number them (`?1`).
   * @param values The values.
   * @returns How many rows it changed.
   * @throws {EngineError} `system`: the disk is full, read-only or broken.
   */
  run(sql: string, ...values: Value[]): number {
    const write = () => {
      this.#requireWritable();
      return Number(this.#prepare(sql).run(...values as never[]).changes);
    };
    if (this.#depth === 0) this.#adds = false;
    this.#adds ||= ADDITION.test(sql);
    return this.#depth > 0 ? write() : this.#write(write);
  }

  /**
   * Reads the first row of a query.
   *
   * @param sql One query with `?` for its values.
   * @param values The values.
   * @returns The row, or nothing.
   */
  get<T = Row>(sql: string, ...values: Value[]): T | undefined {
    this.#refresh();
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
    this.#refresh();
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

  /** What could only be read may be a copy, of a disk that others write to again. */
  #refresh(): void {
    if (this.#triedAt === undefined || performance.now() - this.#triedAt < REOPEN_MILLISECONDS) {
      return;
    }
    this.#triedAt = performance.now();
    try {
      this.#requireWritable();
    } catch (error) {
      if (storageFailure(error) === undefined) throw error;
    }
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

const PRAGMAS: readonly string[] = [
  `busy_timeout = ${BUSY_TIMEOUT_MILLISECONDS}`,
  "foreign_keys = ON",
  "synchronous = NORMAL",
];

// Room for the index of the write-ahead log and some pages, without which nothing can be opened.
const LEAST_ROOM = 256 << 10;

/** Tells whether SQLite's result says no more than that reading or writing, or opening, failed. */
function isVague(error: unknown): boolean {
  const code = (error as { errcode?: unknown } | undefined)?.errcode;
  return typeof code === "number" &&
    VAGUE_RESULTS.includes(code & SQLITE_PRIMARY_RESULT);
}

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
    return new Error("no space left on device", { cause: error });
  }
}

/** An open database file. */
interface OpenedFile {
  database: DatabaseSync;
  /** Whether it can only be read, and may be a copy. */
  isReadOnly: boolean;
}

function openInstanceFile(root: string, run: string | undefined, path: string): OpenedFile {
  if (!exists(path)) createFile(root, path);
  try {
    return { database: openWritable(root, path), isReadOnly: false };
  } catch (error) {
    if (storageFailure(error) === undefined) throw error;
    return { database: openForReading(path, run), isReadOnly: true };
  }
}

/** Where the disk is full, with the reserve's room. */
function openWritable(root: string, path: string): DatabaseSync {
  return freeing(root, () => {
    try {
      return openFile(root, path);
    } catch (error) {
      throw isVague(error) ? reasonNotToOpen(root, path) ?? error : error;
    }
  });
}

function openFile(root: string, path: string): DatabaseSync {
  if (!exists(path)) createFile(root, path);
  const database = new DatabaseSync(path);
  try {
    // As prepared statements: of others the runtime does not give SQLite's result code, by which a full
    // disk is told; and setting these reads the file already.
    for (const pragma of PRAGMAS) database.prepare(`PRAGMA ${pragma}`).all();
    // What reads first makes the files beside it.
    if (migrate(database, path)) closeToOthers({ root });
    return database;
  } catch (error) {
    // It did not get to be open for SQLite, which then has nothing to close.
    if (database.isOpen) database.close();
    throw error;
  }
}

/**
 * Opens a database whose directory takes no file, which SQLite needs even to read what is in its log: a
 * log that holds something is read from a copy in memory.
 */
function openForReading(path: string, run: string | undefined): DatabaseSync {
  if (run === undefined || size(`${path}-wal`) === 0) {
    const url = new URL(`file://${encodeURI(path)}`);
    url.searchParams.set("immutable", "1");
    return new DatabaseSync(url, { readOnly: true });
  }
  createRun(run);
  const copy = Deno.makeTempDirSync({ dir: run, prefix: "state-" });
  try {
    for (const end of ["", "-wal"]) Deno.copyFileSync(`${path}${end}`, `${copy}/state.db${end}`);
    const database = new DatabaseSync(`${copy}/state.db`);
    // Held open, so that the files can go.
    database.prepare("SELECT count(*) FROM sqlite_schema").get();
    return database;
  } finally {
    Deno.removeSync(copy, { recursive: true });
  }
}

function size(path: string): number {
  try {
    return Deno.statSync(path).size;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return 0;
    throw error;
  }
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
    fillReserve(root);
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
  // As a prepared statement: of others the runtime does not give SQLite's result code.
  const version = () => Number(database.prepare("PRAGMA user_version").get()!.user_version);
  if (version() === MIGRATIONS.length) return false;
  database.prepare("BEGIN IMMEDIATE").run();
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
    database.exec(`PRAGMA user_version = ${MIGRATIONS.length}`);
    database.prepare("COMMIT").run();
    return true;
  } catch (error) {
    try {
      database.exec("ROLLBACK");
    } catch { /* already rolled back, by SQLite itself */ }
    throw error;
  }
}
