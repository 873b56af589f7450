/**
 * What the database has not taken yet of what became of containers: its disk is full or read-only.
 *
 * ```text
 * TSD_RUN/changes/ID    what the container's row is to be, as JSON, and what it was then
 * ```
 *
 * `TSD_RUN` is in memory, so it takes them. Who reads a record reads what is held over it, and whoever
 * changes it next writes both.
 *
 * @module
 */

import { createRun, type Row, type Value } from "../../state/mod.ts";

/** The columns that change over a container's life, in the order of {@linkcode HeldChange.before}. */
const COLUMNS = [
  "status",
  "exit_code",
  "oom_killed",
  "error",
  "started_at",
  "finished_at",
  "restart_count",
  "stopped_by_hand",
  "boot_id",
  "pid",
  "pid_start",
] as const;

/** One container's change. */
interface HeldChange {
  /** What the database had; where it has something else, it was changed since, and this is done with. */
  before: Value[];
  /** What it is to have, by column. */
  after: Record<string, Value>;
}

// How long it is believed that nothing is held by other processes: commands of a few milliseconds look
// once.
const BELIEVED_MILLISECONDS = 50;

/** The changes an instance holds in memory. */
export class HeldChanges {
  readonly #directory: string;
  readonly #run: string;
  #noneUntil = -Infinity;

  /**
   * Refers to the changes of an instance.
   *
   * @param run Its `TSD_RUN`.
   */
  constructor(run: string) {
    this.#run = run;
    this.#directory = `${run}/changes`;
  }

  /**
   * Lists the containers of which a change is held; next to free where there is none, as ever.
   *
   * @returns Their whole ids.
   */
  ids(): string[] {
    const now = performance.now();
    if (now < this.#noneUntil) return [];
    try {
      // A name with a point is one on its way.
      const found = Array.from(Deno.readDirSync(this.#directory), ({ name }) => name);
      return found.filter((name) => !name.includes("."));
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      this.#noneUntil = now + BELIEVED_MILLISECONDS;
      return [];
    }
  }

  /**
   * Gives a container's row as it is to be.
   *
   * @param row The row as the database has it.
   * @returns The row, with what is held of it.
   */
  over(row: Row): Row {
    const change = this.#read(String(row.id));
    if (!change || !isAsBefore(row, change)) return row;
    // What was published went with the run.
    const ports = change.after.pid === null ? { ports: "[]" } : {};
    return { ...row, ...change.after, ...ports };
  }

  /**
   * Holds a change.
   *
   * @param row The container's row as the database has it.
   * @param after What it is to have, by column.
   * @throws {Deno.errors} There is no room in memory either.
   */
  hold(row: Row, after: Record<string, Value>): void {
    createRun(this.#run);
    Deno.mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
    const change: HeldChange = { before: valuesOf(row), after };
    const path = `${this.#directory}/${row.id}`;
    const temporary = `${path}.${crypto.randomUUID()}`;
    Deno.writeTextFileSync(temporary, JSON.stringify(change), { mode: 0o600 });
    Deno.renameSync(temporary, path);
    this.#noneUntil = -Infinity;
  }

  /**
   * Forgets a change: the database has it, or the container is gone.
   *
   * @param id The container's whole id.
   */
  drop(id: string): void {
    try {
      Deno.removeSync(`${this.#directory}/${id}`);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
    try {
      Deno.removeSync(this.#directory);
    } catch {
      // Others are held, or another process has removed it.
    }
  }

  #read(id: string): HeldChange | undefined {
    try {
      return JSON.parse(Deno.readTextFileSync(`${this.#directory}/${id}`)) as HeldChange;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
  }
}

function valuesOf(row: Row): Value[] {
  return COLUMNS.map((column) => row[column] ?? null);
}

function isAsBefore(row: Row, { before }: HeldChange): boolean {
  return JSON.stringify(valuesOf(row)) === JSON.stringify(before);
}
