/**
 * The engines that are compared, each with a store of its own below a temporary folder.
 *
 * @module
 */

import { dockerClient, startDocker } from "./dockerd.ts";
import { type Invocation, processesNaming, timed } from "./measure.ts";
import { runcBundle } from "./runc.ts";

/** An engine; what it cannot do is absent. */
export interface Engine {
  /** Its name, as the table heads its column. */
  name: string;
  /** Pulls an image. */
  pull?(image: string): Invocation;
  /** Pushes an image of the store that containers run from. */
  push?(image: string): Invocation;
  /** Removes what {@linkcode Engine.pull} brought, so that the store is empty again. */
  empty?(image: string): Promise<void>;
  /** Runs `true` in a container of an image that is there, and removes the container. */
  runTrue(image: string): Invocation;
  /** Runs `true` in a container that stays. */
  leave?(image: string): Invocation;
  /** Starts a command in a container that lives on, and prints the container's id. */
  detach?(image: string, ...command: string[]): Invocation;
  /** Creates a container without starting it. */
  create?(image: string, ...command: string[]): Invocation;
  /** Runs a command whose output comes back, and removes the container. */
  foreground?(image: string, ...command: string[]): Invocation;
  /** Finds the processes that hold its containers. */
  processes?(): Promise<number[]>;
  /** Does anything else; the words after the program are the same with all engines. */
  invoke?(...args: string[]): Invocation;
  /** Lists all containers. */
  ps?: Invocation;
  /** Lists images. */
  images?: Invocation;
  /** The processes that do the work of a pull; absent when the command itself does. */
  daemons?: readonly number[];
}

/** Where {@linkcode startEngines} finds and puts things. */
export interface EngineOptions {
  /** The `tsd` executable. */
  tsd: string;
  /** The names of the engines wanted. */
  wanted: readonly string[];
  /** A folder for stores, not on tmpfs. */
  directory: string;
}

/**
 * Gets ready the engines that are wanted and installed.
 *
 * @param options Which, and where.
 * @param stack Gets what ends them again.
 * @returns The engines, tsd first.
 */
export async function startEngines(
  { tsd, wanted, directory }: EngineOptions,
  stack: AsyncDisposableStack,
): Promise<Engine[]> {
  const engines = [tsdEngine(tsd, directory, stack)];
  const client = wanted.includes("docker") ? await dockerClient() : undefined;
  if (client !== undefined) {
    const docker = await startDocker(client, `${directory}/docker`, stack);
    if (docker !== undefined) engines.push(docker);
  }
  if (wanted.includes("podman") && await installed("podman")) {
    engines.push(podmanEngine(`${directory}/podman`, stack, await podmanRuntime()));
  }
  if (wanted.includes("runc") && await installed("runc")) {
    engines.push(await runcBundle(`${directory}/runc`));
  }
  return engines.filter(({ name }) => wanted.includes(name));
}

function tsdEngine(tsd: string, directory: string, stack: AsyncDisposableStack): Engine {
  const env = { TSD_ROOT: `${directory}/tsd`, TSD_RUN: `${directory}/tsd-run` };
  // A root of its own for each pull. They go at the end, with the folder: what a file system has to
  // do after so much was deleted would be counted as the next pull's.
  let pulls = 0;
  const pullEnv = () => ({
    TSD_ROOT: `${directory}/tsd-pull-${pulls}`,
    TSD_RUN: `${directory}/tsd-pull-run-${pulls}`,
  });
  const invoke = (...args: string[]): Invocation => ({ argv: [tsd, ...args], env });
  stack.defer(async () => {
    await timed(invoke("system", "reset", "--force"));
  });
  return {
    name: "tsd",
    pull: (image) => ({ argv: [tsd, "pull", "-q", image], env: pullEnv() }),
    push: (image) => invoke("push", "-q", image),
    empty: () => {
      pulls += 1;
      return Promise.resolve();
    },
    runTrue: (image) => invoke("run", "--rm", "--network", "none", image, "true"),
    leave: (image) => invoke("run", "--network", "none", image, "true"),
    detach: (image, ...command) => invoke("run", "-d", "--network", "none", image, ...command),
    create: (image, ...command) => invoke("create", "--network", "none", image, ...command),
    foreground: (image, ...command) =>
      invoke("run", "--rm", "--network", "none", image, ...command),
    processes: () => processesNaming(env.TSD_RUN),
    invoke,
    ps: invoke("ps", "-a"),
    images: invoke("images"),
  };
}

/**
 * Has Podman use runc where that is installed: crun does not start on a host with cgroup v1 and v2.
 *
 * @returns Options of Podman.
 */
export async function podmanRuntime(): Promise<string[]> {
  return await installed("runc") ? ["--runtime", "runc"] : [];
}

function podmanEngine(
  directory: string,
  stack: AsyncDisposableStack,
  runtime: readonly string[],
): Engine {
  const own = ["--root", `${directory}/root`, "--runroot", `${directory}/run`];
  const podman = ["podman", ...own, ...runtime];
  podman.push("--cgroup-manager", "cgroupfs", "--events-backend", "none");
  const invoke = (...args: string[]): Invocation => ({ argv: [...podman, ...args] });
  // Its defaults are above the hard limits of a machine that is itself confined, and then fail.
  const run = ["run", "--network", "none", "--pull", "never"];
  run.push("--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024");
  stack.defer(async () => {
    await timed(invoke("system", "reset", "--force"));
  });
  return {
    name: "podman",
    pull: (image) => invoke("pull", "-q", "--tls-verify=false", image),
    push: (image) => invoke("push", "-q", "--tls-verify=false", image),
    empty: async (image) => {
      await timed(invoke("rmi", "-f", image));
    },
    runTrue: (image) => invoke(...run, "--rm", image, "true"),
    leave: (image) => invoke(...run, image, "true"),
    detach: (image, ...command) => invoke(...run, "-d", image, ...command),
    create: (image, ...command) => invoke("create", ...run.slice(1), image, ...command),
    foreground: (image, ...command) => invoke(...run, "--rm", image, ...command),
    processes: () => processesNaming(directory),
    invoke,
    ps: invoke("ps", "-a"),
    images: invoke("images"),
  };
}

/**
 * Tells whether a program is in PATH.
 *
 * @param program Its name.
 * @returns Whether it is.
 */
export async function installed(program: string): Promise<boolean> {
  const { success } = await new Deno.Command("sh", {
    args: ["-c", `command -v ${program}`],
    stdout: "null",
  }).output();
  return success;
}
