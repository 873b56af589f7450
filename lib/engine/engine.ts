/**
 * The engine: one instance, and all that can be done with it.
 *
 * @module
 */

import { guardUserSignal } from "../../ffi/mod.ts";
import type { Config } from "../config.ts";
import type { Roots } from "../state/mod.ts";
import { Containers } from "./containers.ts";
import type { FindImageOptions } from "./create/image_of_container.ts";
import { Images } from "./images.ts";
import { type Instance, type InstanceOptions, openInstance } from "./instance/instance.ts";
import type { CollectedRun, RunOptions } from "./lifecycle/collect_run.ts";
import { Networks } from "./networks.ts";
import { System } from "./system.ts";
import { Volumes } from "./volumes.ts";

/** Options of {@linkcode Engine.open}. */
export interface EngineOptions extends InstanceOptions, FindImageOptions {}

/**
 * One instance, without a daemon: every method works by itself, beside other processes that do the
 * same. What a method needs is loaded once it is called.
 *
 * @example Run a command and look at what it says
 * ```ts ignore
 * import { Engine } from "./lib/mod.ts";
 *
 * using engine = Engine.open();
 * const { exitCode, stdout } = await engine.run("alpine", ["uname", "-r"], { autoRemove: true });
 * ```
 */
export class Engine implements Disposable {
  readonly #instance: Instance;
  /** The instance's folders. */
  readonly roots: Roots;
  /** The configuration. */
  readonly config: Config;
  /** The containers. */
  readonly containers: Containers;
  /** The images. */
  readonly images: Images;
  /** The networks. */
  readonly networks: Networks;
  /** The volumes. */
  readonly volumes: Volumes;
  /** The instance as a whole. */
  readonly system: System;

  private constructor(instance: Instance, options: FindImageOptions) {
    this.#instance = instance;
    this.roots = instance.roots;
    this.config = instance.config;
    this.containers = new Containers(instance, options);
    this.images = new Images(instance);
    this.networks = new Networks(instance);
    this.volumes = new Volumes(instance);
    this.system = new System(instance);
  }

  /**
   * Opens an instance; its database is created where there is none.
   *
   * @param options Which instance, and what to tell of pulls.
   * @returns The engine.
   * @throws {EngineError} `denied`: the process is not root; `invalid`: the configuration cannot be
   * used; `system`: the database cannot.
   */
  static open(options: EngineOptions = {}): Engine {
    guardUserSignal();
    return new Engine(openInstance(options), options);
  }

  /**
   * Runs a command in a new container to its end and collects what it writes.
   *
   * @param image The image: a name, an id, or the beginning of one; it is pulled if it is missing.
   * @param command The command and its arguments; the image's where there are none.
   * @param options What else is asked of the container.
   * @returns What the command has left.
   * @throws {EngineError} It cannot be run.
   */
  async run(
    image: string,
    command: readonly string[] = [],
    options: RunOptions = {},
  ): Promise<CollectedRun> {
    const { collectRun } = await import("./lifecycle/collect_run.ts");
    return await collectRun(this.containers, image, command, options);
  }

  /** Closes the database; the engine cannot be used after that. */
  close(): void {
    this.#instance[Symbol.dispose]();
  }

  /** Closes the engine at the end of a `using` block. */
  [Symbol.dispose](): void {
    this.close();
  }
}
