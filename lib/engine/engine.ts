/**
 * The engine: images and containers of one instance.
 *
 * @module
 */

import type { Config } from "../config.ts";
import type { EngineEvent, Roots } from "../state/mod.ts";
import { Containers } from "./containers.ts";
import type { CheckSystemOptions, SystemCheck } from "./system/check_system.ts";
import type { CreateContainerOptions } from "./create/create_options.ts";
import type { DiskUsage } from "./system/disk_usage.ts";
import type { FollowEventsOptions } from "./system/events.ts";
import { type FindImageOptions, imageOfContainer } from "./create/image_of_container.ts";
import { Images } from "./image/images.ts";
import { type Instance, type InstanceOptions, openInstance } from "./instance/instance.ts";
import type { PrunedSystem, PruneSystemOptions } from "./system/prune_system.ts";
import type { SystemInfo } from "./system/system_info.ts";

/** Options of {@linkcode Engine.open}. */
export interface EngineOptions extends InstanceOptions, FindImageOptions {}

/** What a command run to its end has left. */
export interface CollectedRun {
  /** Its code, or 128 and the signal's number. */
  exitCode: number;
  /** What it wrote to its standard output. */
  stdout: Uint8Array<ArrayBuffer>;
  /** What it wrote to its standard error. */
  stderr: Uint8Array<ArrayBuffer>;
}

/** Options of {@linkcode Engine.run}, besides the image and the command. */
export type RunOptions = Omit<CreateContainerOptions, "image" | "command" | "terminal"> & {
  /** What the command reads from its standard input. */
  stdin?: Uint8Array;
};

/**
 * Images and containers of one instance, without a daemon: every method works by itself, beside
 * other processes that do the same.
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
  /** The images. */
  readonly images: Images;
  /** The containers. */
  readonly containers: Containers;

  private constructor(instance: Instance, options: FindImageOptions) {
    this.#instance = instance;
    this.roots = instance.roots;
    this.config = instance.config;
    this.images = new Images(instance.database, instance.roots, instance.config);
    this.containers = new Containers(
      instance,
      (wanted) => imageOfContainer(this.images, wanted, options),
    );
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
    const { stdin, ...wanted } = options;
    const openStdin = stdin !== undefined;
    const record = await this.containers.create({ ...wanted, image, command, openStdin });
    const chunks = { stdout: new Uint8Array(), stderr: new Uint8Array() };
    const attachment = await this.containers.start(record, {
      owner: true,
      onOutput: (stream, bytes) => {
        chunks[stream] = concatenate(chunks[stream], bytes);
      },
    });
    if (stdin) {
      await attachment.write(stdin);
      await attachment.closeInput();
    }
    return { exitCode: await attachment.exitCode, ...chunks };
  }

  /**
   * Describes the instance and its host.
   *
   * @returns What Docker's `info` tells, with its fields.
   */
  async info(): Promise<SystemInfo> {
    const { systemInfo } = await import("./system/system_info.ts");
    return await systemInfo(this.#instance);
  }

  /**
   * Tells what happened and what happens to the instance's objects, whichever process does it.
   *
   * @param options Which events.
   * @returns The events, the oldest first.
   * @throws {EngineError} `invalid`: a filter is wrong.
   */
  async *events(options: FollowEventsOptions = {}): AsyncGenerator<EngineEvent, void> {
    const { followEvents } = await import("./system/events.ts");
    yield* followEvents(this.#instance, options);
  }

  /**
   * Measures what the instance keeps.
   *
   * @returns How much space it takes, and for what.
   */
  async diskUsage(): Promise<DiskUsage> {
    const { diskUsage } = await import("./system/disk_usage.ts");
    return await diskUsage(this.#instance);
  }

  /**
   * Removes what nothing needs: containers that do not run, networks, images, and volumes if wanted.
   *
   * @param options Which of them.
   * @returns What was removed.
   * @throws {EngineError} `invalid`: a filter is wrong; nothing was removed then.
   */
  async prune(options: PruneSystemOptions = {}): Promise<PrunedSystem> {
    const { pruneSystem } = await import("./system/prune_system.ts");
    return await pruneSystem(this.#instance, options);
  }

  /**
   * Checks what the instance keeps, and repairs it if wanted; reads all of its images' content.
   *
   * @param options Whether to repair, and what to tell of what is found.
   * @returns What was found.
   */
  async check(options: CheckSystemOptions = {}): Promise<SystemCheck> {
    const { checkSystem } = await import("./system/check_system.ts");
    return await checkSystem(this.#instance, options);
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

function concatenate(
  one: Uint8Array<ArrayBuffer>,
  other: Uint8Array<ArrayBuffer>,
): Uint8Array<ArrayBuffer> {
  const result = new Uint8Array(one.length + other.length);
  result.set(one);
  result.set(other, one.length);
  return result;
}
