/**
 * The processes of a container, as `ps` of the host lists them.
 *
 * @module
 */

import { hostProgram } from "../../../ffi/mod.ts";
import { cgroupProcesses } from "../../cgroup/pids.ts";
import { containerCgroup } from "../../container/record/folders.ts";
import { hasProcesses } from "../../container/record/status.ts";
import { type ContainerRecord, ContainerStore } from "../../container/record/store.ts";
import { EngineError } from "../../errors.ts";
import {
  identifyProcess,
  openProcess,
  ProcessGoneError,
  type ProcessIdentity,
} from "../../process/mod.ts";
import type { Instance } from "../instance/instance.ts";
import { refreshRecords } from "../instance/refresh.ts";

/** A table of processes. */
export interface ProcessTable {
  /** The columns' headings. */
  titles: string[];
  /** A row for each process, a cell for each column. */
  processes: string[][];
}

/** What Docker gives `ps` where the user gives nothing. */
const DEFAULT_OPTIONS = "-ef";

// An option that renames a column would hide which one holds the pids.
const RENAMED_COLUMN = /\s+([^\s]*)=\s*(\S[^\s]*)/;

/**
 * Lists a container's processes.
 *
 * @param instance The instance.
 * @param nameOrId The container.
 * @param options Options of ps(1).
 * @returns What `ps` said of them; pids are the host's.
 * @throws {EngineError} `notFound`; `conflict`: it does not run; `invalid`: `ps` does not take the
 * options, or does not show pids with them; `unavailable`: the host has no `ps`.
 */
export async function listProcesses(
  instance: Pick<Instance, "database" | "roots">,
  nameOrId: string,
  options: readonly string[] = [],
): Promise<ProcessTable> {
  const store = new ContainerStore(instance.database);
  await refreshRecords(instance.roots, store);
  const record = store.find(nameOrId);
  if (!hasProcesses(record)) throw notRunning(record);
  const pids = cgroupProcesses(containerCgroup(instance.roots, record)) ??
    processesOfNamespace(record);
  return parseProcessTable(await runPs(psArguments(options), pids), pids);
}

function notRunning(record: ContainerRecord): EngineError {
  const state = record.status === "restarting"
    ? "restarting, wait until the container is running"
    : "not running";
  return new EngineError(`Container ${record.id} is ${state}`, { kind: "conflict" });
}

/** As in Docker, the words are joined and split again, so that `"-o pid,comm"` may be one word. */
function psArguments(options: readonly string[]): string[] {
  const text = options.join(" ").trim() || DEFAULT_OPTIONS;
  const [, field, heading] = RENAMED_COLUMN.exec(` ${text}`) ?? [];
  if (heading !== undefined && heading.toLowerCase() !== "pid") {
    throw new EngineError(`specifying "${field}=${heading}" is not allowed`, { kind: "invalid" });
  }
  return text.split(/\s+/);
}

async function runPs(args: readonly string[], pids: readonly number[]): Promise<string> {
  const chosen = await outputOfPs([...args, "-q", pids.join(",")]);
  if (chosen.success) return decode(chosen.stdout);
  // Some options (such as `f`) do not go together with -q, and busybox does not know it.
  const all = await outputOfPs(args);
  if (all.success) return decode(all.stdout);
  const [reason = ""] = decode(all.stderr).split("\n", 1);
  throw new EngineError(reason || `ps ended with status ${all.code}`, { kind: "invalid" });
}

async function outputOfPs(args: readonly string[]): Promise<Deno.CommandOutput> {
  try {
    return await hostProgram("ps", { args: [...args], stdin: "null" }).output();
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    throw new EngineError(
      'Cannot list processes: this host has no "ps", install it (package procps)',
      { kind: "unavailable", cause },
    );
  }
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/**
 * Reads what ps(1) printed, and leaves out what is not asked for.
 *
 * @param text A line of headings, then a line for each process.
 * @param pids Which processes are wanted.
 * @returns The table; what follows the last heading's first word belongs to that column.
 * @throws {EngineError} `invalid`: no column holds pids.
 */
export function parseProcessTable(text: string, pids: readonly number[]): ProcessTable {
  const [head = "", ...lines] = text.split("\n").filter((line) => line.trim() !== "");
  const titles = cells(head);
  const column = titles.indexOf("PID");
  if (column < 0) {
    throw new EngineError("Couldn't find PID field in ps output", { kind: "invalid" });
  }
  const wanted = new Set(pids.map(String));
  let isWanted = false;
  const processes = lines.map(cells).filter((fields) => {
    const pid = fields[column] ?? "";
    // A thread's line follows its process's, with a dash for a pid.
    if (pid !== "-") isWanted = wanted.has(pid);
    return isWanted;
  });
  const last = titles.length - 1;
  return {
    titles,
    processes: processes.map((fields) => [
      ...fields.slice(0, last),
      fields.slice(last).join(" "),
    ]),
  };
}

function cells(line: string): string[] {
  return line.trim().split(/\s+/);
}

/** Where no cgroup is to be had, all that is in the PID namespace of PID 1 belongs to it. */
function processesOfNamespace(record: ContainerRecord): number[] {
  const wanted = namespaceOf(record.process!);
  // Whoever has its pid by now is not the container's.
  if (wanted === undefined) throw notRunning({ ...record, status: "stopped" });
  return Array.from(Deno.readDirSync("/proc"), ({ name }) => Number(name)).filter((pid) => {
    const identity = pid > 0 ? identifyProcess(pid) : undefined;
    return identity && namespaceOf(identity) === wanted;
  });
}

function namespaceOf(identity: ProcessIdentity): string | undefined {
  try {
    using process = openProcess(identity);
    return process.readLink("ns/pid");
  } catch (error) {
    if (error instanceof ProcessGoneError) return undefined;
    throw error;
  }
}
