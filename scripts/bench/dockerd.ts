/**
 * Docker: the daemon that runs already, or a private one.
 *
 * @module
 */

import type { Engine } from "./engines.ts";
import { type Invocation, processesNaming, timed } from "./measure.ts";

/** Milliseconds a daemon gets to answer. */
const START_TIMEOUT = 30_000;

/**
 * Finds Docker's client: the one that was installed with the daemon, where there are several.
 *
 * @returns Its path, or nothing where there is none.
 */
export async function dockerClient(): Promise<string | undefined> {
  const daemon = await find("dockerd");
  const beside = daemon?.replace(/\/s?bin\/dockerd$/, "/bin/docker");
  return (beside === undefined ? undefined : await find(beside)) ?? await find("docker");
}

/** Where the shell finds a program. */
async function find(program: string): Promise<string | undefined> {
  const { stdout, success } = await new Deno.Command("sh", {
    args: ["-c", `command -v ${program}`],
  }).output();
  return success ? new TextDecoder().decode(stdout).trim() : undefined;
}

/**
 * Gets Docker ready.
 *
 * @param client The client's path.
 * @param directory Where a private daemon keeps everything.
 * @param stack Gets what ends it again.
 * @returns The engine, or nothing where there is a client only and no daemon answers.
 */
export async function startDocker(
  client: string,
  directory: string,
  stack: AsyncDisposableStack,
): Promise<Engine | undefined> {
  if (await answers(client, [])) return dockerEngine([client], []);
  // It touches neither bridges nor the firewall.
  const apart = ["--bridge=none", "--iptables=false", "--ip6tables=false"];
  const host = await startDaemon(client, directory, stack, { options: apart });
  if (host === undefined) return undefined;
  const pids = await Promise.all(
    [`${directory}/docker.pid`, `${directory}/exec/containerd/containerd.pid`].map(readPid),
  );
  return dockerEngine([client, "-H", host], pids, directory);
}

/** How {@linkcode startDaemon} starts one. */
export interface DaemonOptions {
  /** What to start it with, such as `nsenter` and its arguments. */
  prefix?: readonly string[];
  /** More options of its own. */
  options?: readonly string[];
}

/**
 * Starts a private daemon.
 *
 * @param client The client's path.
 * @param directory Where it keeps everything.
 * @param stack Gets what ends it again.
 * @param how More about it.
 * @returns Where it listens, once it answers; nothing where there is none, or it does not.
 */
export async function startDaemon(
  client: string,
  directory: string,
  stack: AsyncDisposableStack,
  { options = [], prefix = [] }: DaemonOptions,
): Promise<string | undefined> {
  await Deno.mkdir(directory, { recursive: true });
  const host = `unix://${directory}/docker.sock`;
  const log = `${directory}/log`;
  const args = ["-H", host, "--pidfile", `${directory}/docker.pid`];
  args.push("--data-root", `${directory}/data`, "--exec-root", `${directory}/exec`);
  args.push(...options);
  let child: Deno.ChildProcess;
  try {
    // Its log goes to a file: a pipe that no one empties would stop it.
    child = new Deno.Command("sh", {
      args: [
        ...["-c", 'log=$1; shift; exec "$@" >"$log" 2>&1', "sh", log],
        ...[...prefix, "dockerd", ...args],
      ],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }).spawn();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  let ended = false;
  const status = child.status.finally(() => ended = true);
  stack.defer(async () => {
    if (!ended) child.kill("SIGTERM");
    await status;
  });
  const deadline = Date.now() + START_TIMEOUT;
  while (!await answers(client, ["-H", host])) {
    if (ended || Date.now() > deadline) return undefined;
  }
  return host;
}

async function answers(client: string, options: readonly string[]): Promise<boolean> {
  const { success } = await new Deno.Command(client, {
    args: [...options, "version"],
    stdout: "null",
    stderr: "null",
  }).output();
  return success;
}

async function readPid(path: string): Promise<number> {
  return Number(await Deno.readTextFile(path));
}

/** @param directory Of the private daemon; of another one's processes nothing is known. */
function dockerEngine(
  docker: readonly string[],
  daemons: readonly number[],
  directory?: string,
): Engine {
  const invoke = (...args: string[]): Invocation => ({ argv: [...docker, ...args] });
  return {
    name: "docker",
    pull: (image) => invoke("pull", "-q", image),
    push: (image) => invoke("push", "-q", image),
    empty: async (image) => {
      await timed(invoke("rmi", "-f", image));
    },
    runTrue: (image) =>
      invoke("run", "--rm", "--network", "none", "--pull", "never", image, "true"),
    leave: (image) => invoke("run", "--network", "none", "--pull", "never", image, "true"),
    detach: (image, ...command) =>
      invoke("run", "-d", "--network", "none", "--pull", "never", image, ...command),
    create: (image, ...command) =>
      invoke("create", "--network", "none", "--pull", "never", image, ...command),
    foreground: (image, ...command) =>
      invoke("run", "--rm", "--network", "none", "--pull", "never", image, ...command),
    ...directory !== undefined && { processes: () => processesNaming(directory) },
    invoke,
    ps: invoke("ps", "-a"),
    images: invoke("images"),
    daemons,
  };
}
