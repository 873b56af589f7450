/**
 * An instance with containers that exist on paper only.
 *
 * @module
 */

import { Database, resolveRoots, type Roots } from "../state/mod.ts";
import { generateContainerId } from "./record/name.ts";
import type { ContainerSettings } from "./record/settings.ts";
import type { ContainerStatus } from "./record/status.ts";
import { type ContainerRecord, ContainerStore, type StatusChange } from "./record/store.ts";

/**
 * What the plainest container is.
 *
 * @param changes What is different about this one.
 * @returns The settings.
 */
export function plainSettings(changes: Partial<ContainerSettings> = {}): ContainerSettings {
  return {
    hostname: "box",
    user: "",
    env: ["PATH=/bin"],
    entrypoint: [],
    command: ["sh"],
    workingDirectory: "/",
    labels: {},
    stopSignal: "SIGTERM",
    exposedPorts: [],
    volumes: [],
    terminal: false,
    openStdin: false,
    attached: true,
    binds: [],
    tmpfs: [],
    readonlyRoot: false,
    network: "none",
    autoRemove: false,
    restart: { name: "no", maximumRetryCount: 0 },
    stopTimeout: 10,
    log: { driver: "none", options: {} },
    layers: ["/"],
    ...changes,
  };
}

/** Folders and records of an instance. */
export class FakeInstance implements Disposable {
  /** Holds everything. */
  readonly folder: string;
  /** Its folders. */
  readonly roots: Roots;
  /** Its database. */
  readonly database: Database;
  /** Its records. */
  readonly store: ContainerStore;

  /**
   * Creates an instance without containers.
   *
   * @param dir Where its folder goes.
   */
  constructor(dir?: string) {
    this.folder = Deno.makeTempDirSync({ prefix: "tsd_container_", ...dir && { dir } });
    this.roots = resolveRoots({ root: `${this.folder}/root`, run: `${this.folder}/run` });
    this.database = Database.open(this.roots.root, this.roots.run);
    this.store = new ContainerStore(this.database);
  }

  /**
   * Adds a container with its folders.
   *
   * @param status What it is; it goes there by way of `running`.
   * @param changes What is to be recorded of it.
   * @param settings What is different about it.
   * @returns Its record.
   */
  add(
    status: ContainerStatus,
    changes: StatusChange & { name?: string } = {},
    settings: Partial<ContainerSettings> = {},
  ): ContainerRecord {
    const { name, ...change } = changes;
    const id = generateContainerId();
    this.store.insert({
      id,
      imageName: "image",
      settings: plainSettings(settings),
      ...name !== undefined && { name },
      ...change.process && { process: change.process },
    });
    for (const root of [this.roots.root, this.roots.run]) {
      Deno.mkdirSync(`${root}/containers/${id}`, { recursive: true });
      Deno.writeTextFileSync(`${root}/containers/${id}/file`, "");
    }
    if (status === "creating") return this.store.get(id)!;
    if (status !== "running") this.store.transition(id, ["creating"], "running");
    return this.store.transition(id, ["creating", "running"], status, change);
  }

  /**
   * Tells which folders a container has.
   *
   * @param id The container.
   * @returns `root`, `run` or both.
   */
  folders(id: string): string[] {
    return ["root", "run"].filter((name) => {
      try {
        return Deno.lstatSync(`${this.folder}/${name}/containers/${id}`).isDirectory;
      } catch {
        return false;
      }
    });
  }

  /** Removes everything. */
  [Symbol.dispose](): void {
    this.database.close();
    Deno.removeSync(this.folder, { recursive: true });
  }
}
