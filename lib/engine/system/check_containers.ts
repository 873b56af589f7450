/**
 * Checking the records and folders of containers and volumes against each other.
 *
 * @module
 */

import { bundleDirectory, runDirectory } from "../../container/record/folders.ts";
import { removeContainer } from "../../container/life/removal.ts";
import { IDLE } from "../../container/record/status.ts";
import { type ContainerRecord, ContainerStore } from "../../container/record/store.ts";
import { EngineError } from "../../errors.ts";
import type { Finding } from "../../image/check/mod.ts";
import { removeTree } from "../../state/mod.ts";
import {
  checkVolumeName,
  createVolumeFolder,
  volumesDirectory,
  VolumeStore,
} from "../../volume/mod.ts";
import type { Instance } from "../instance/instance.ts";

/** How these checks work. */
export interface RecordCheckOptions {
  /** The instance; its records have been refreshed. */
  instance: Pick<Instance, "database" | "roots">;
  /** Whether what is wrong is to be put right. */
  repair: boolean;
  /** Told of each thing that is found, at once. */
  report: (finding: Finding) => void;
}

/**
 * Checks that each container has its folder, and each folder a container.
 *
 * @param options The instance, and what to do about what is wrong.
 * @returns How many containers there are.
 */
export async function checkContainers(options: RecordCheckOptions): Promise<number> {
  const { database, roots } = options.instance;
  const store = new ContainerStore(database);
  // First the folders: a container that is created meanwhile has its record before its folder.
  const folders = [
    ...await foldersIn(roots, "root"),
    ...await foldersIn(roots, "run"),
  ];
  const records = store.list();
  for (const record of records) {
    const problem = await bundleProblem(options, record);
    if (problem !== undefined && store.get(record.id)) {
      options.report(await settleContainer(options, store, record, problem));
    }
  }
  const known = new Set(records.map(({ id }) => id));
  for (const { id, path } of folders) {
    if (known.has(id) || store.get(id) !== undefined) continue;
    const finding = { object: `folder ${path}`, problem: "belongs to no container" };
    if (options.repair) await removeTree(path);
    options.report({
      ...finding,
      ...options.repair
        ? { outcome: "repaired", remedy: "removed" } as const
        : { outcome: "found" } as const,
    });
  }
  return records.length;
}

/**
 * Checks that each volume has its folder, and each folder a volume.
 *
 * @param options The instance, and what to do about what is wrong.
 * @returns How many volumes there are.
 */
export async function checkVolumes(options: RecordCheckOptions): Promise<number> {
  const { database, roots } = options.instance;
  const store = new VolumeStore(database, roots);
  const folders = (await names(volumesDirectory(roots))).filter((name) => !name.startsWith("."));
  const records = store.list();
  const settle = (object: string, problem: string, remedy: string, act: () => void) => {
    if (options.repair) act();
    options.report({
      object,
      problem,
      outcome: options.repair ? "repaired" : "found",
      ...options.repair && { remedy },
    });
  };
  for (const { name } of records) {
    if (folders.includes(name) || store.get(name) === undefined) continue;
    const remedy = "an empty one was made";
    const act = () => createVolumeFolder(roots, name);
    settle(`volume ${name}`, "its folder, and so what was in it, is missing", remedy, act);
  }
  for (const name of folders) {
    if (store.get(name) !== undefined || !isVolumeName(name)) continue;
    // Whatever is in it may be all that is left of somebody's data.
    const act = () => void store.create({ name });
    settle(`volume ${name}`, "its folder is there and its record is not", "recorded again", act);
  }
  return records.length;
}

async function bundleProblem(
  { instance: { roots } }: RecordCheckOptions,
  { id, settings, status }: ContainerRecord,
): Promise<string | undefined> {
  // Others are being created or removed at this moment.
  if (status === "creating" || status === "removing") return undefined;
  const bundle = bundleDirectory(roots, id);
  for (const path of [bundle, `${bundle}/config.json`]) {
    if (!await exists(path)) return `"${path}" is missing`;
  }
  for (const layer of settings.layers) {
    if (!await exists(layer)) return `its layer "${layer}" is missing`;
  }
  return undefined;
}

async function settleContainer(
  { instance: { roots }, repair }: RecordCheckOptions,
  store: ContainerStore,
  { id, name, status }: ContainerRecord,
  problem: string,
): Promise<Finding> {
  const object = `container ${name} (${id.slice(0, 12)})`;
  if (!repair) return { object, problem, outcome: "found" };
  // What it has written is still there: that is not ours to remove.
  if (await exists(bundleDirectory(roots, id))) {
    const remedy = "it cannot be started; copy what you need of it, and remove it";
    return { object, problem, outcome: "unrepaired", remedy };
  }
  if (!IDLE.includes(status)) {
    return { object, problem, outcome: "unrepaired", remedy: `it is ${status}` };
  }
  try {
    await removeContainer(roots, store, id, IDLE);
    return { object, problem, outcome: "repaired", remedy: "its record was removed" };
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    return { object, problem, outcome: "unrepaired", remedy: error.message };
  }
}

async function foldersIn(
  roots: Instance["roots"],
  which: "root" | "run",
): Promise<{ id: string; path: string }[]> {
  const path = which === "root" ? bundleDirectory : runDirectory;
  const found = await names(`${roots[which]}/containers`);
  return found.map((id) => ({ id, path: path(roots, id) }));
}

async function names(folder: string): Promise<string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(folder), ({ name }) => name)).sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

function isVolumeName(name: string): boolean {
  try {
    checkVolumeName(name);
    return true;
  } catch (error) {
    if (error instanceof EngineError) return false;
    throw error;
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return false;
    }
    throw error;
  }
}
