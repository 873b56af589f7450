/**
 * The engines that are compared with networks of their own; the others in a network namespace, so
 * that what they do to bridges and rules stays in there.
 *
 * @module
 */

import { hostCommand } from "../../tests/harness/host_command.ts";
import { tarDirectory } from "../../tests/harness/image.ts";
import { busyboxRoot } from "../../tests/harness/images.ts";
import { dockerClient, startDaemon } from "./dockerd.ts";
import { type Engine, type EngineOptions, installed, podmanRuntime } from "./engines.ts";
import { type Invocation, output, timed } from "./measure.ts";

/** The image, as all engines know it; busybox with nothing else. */
export const IMAGE = "bench-network";

/** An engine that connects containers to networks. */
export interface NetworkEngine extends Engine {
  /** Runs a container of {@linkcode IMAGE} on the default bridge. */
  run(options: readonly string[], ...command: string[]): Invocation;
  /** Does anything else. */
  invoke(...args: string[]): Invocation;
  /** What has a program of the host run where its published ports are. */
  prefix: readonly string[];
}

/**
 * Gets ready the engines that are wanted and installed, each with the image.
 *
 * @param options Which, and where.
 * @param stack Gets what ends them again.
 * @returns The engines, tsd first.
 */
export async function startNetworkEngines(
  options: EngineOptions,
  stack: AsyncDisposableStack,
): Promise<NetworkEngine[]> {
  const directory = `${options.directory}/net`;
  await Deno.mkdir(directory);
  const prefix = await makeNamespace(stack);
  const engines = [tsdEngine(options.tsd, directory, stack)];
  if (options.wanted.includes("docker")) {
    const docker = await dockerEngine(directory, prefix, stack);
    if (docker) engines.push(docker);
  }
  if (options.wanted.includes("podman") && await installed("podman")) {
    engines.push(podmanEngine(directory, prefix, stack, await podmanRuntime()));
  }
  const wanted = engines.filter(({ name }) => options.wanted.includes(name));
  const tar = await imageTar(directory);
  for (const { invoke } of wanted) {
    await timed(invoke("import", tar, IMAGE));
    stack.defer(() => removeContainers(invoke));
  }
  return wanted;
}

async function removeContainers(invoke: NetworkEngine["invoke"]): Promise<void> {
  const ids = (await output(invoke("ps", "-aq"))).split("\n").filter(Boolean);
  if (ids.length > 0) await timed(invoke("rm", "-f", ...ids));
}

async function makeNamespace(stack: AsyncDisposableStack): Promise<string[]> {
  const name = `tsd-bench-${Deno.pid}`;
  await hostCommand("ip", ["netns", "add", name]);
  stack.defer(async () => {
    await hostCommand("ip", ["netns", "del", name]);
  });
  const prefix = ["nsenter", `--net=/run/netns/${name}`];
  await hostCommand("ip", ["-n", name, "link", "set", "lo", "up"]);
  return prefix;
}

async function imageTar(directory: string): Promise<string> {
  const root = `${directory}/image`;
  await Deno.mkdir(root);
  await busyboxRoot(root);
  await Deno.writeFile(`${directory}/image.tar`, await tarDirectory(root));
  return `${directory}/image.tar`;
}

/**
 * In the host's own namespace: it looks its interfaces up in /sys, which shows those of the namespace
 * it was mounted in. What it does there it takes away again.
 */
function tsdEngine(tsd: string, directory: string, stack: AsyncDisposableStack): NetworkEngine {
  const env = { TSD_ROOT: `${directory}/tsd`, TSD_RUN: `${directory}/tsd-run` };
  const invoke = (...args: string[]): Invocation => ({ argv: [tsd, ...args], env });
  stack.defer(async () => {
    await timed(invoke("system", "reset", "-f"));
  });
  return engine("tsd", [], invoke, []);
}

async function dockerEngine(
  directory: string,
  prefix: readonly string[],
  stack: AsyncDisposableStack,
): Promise<NetworkEngine | undefined> {
  const client = await dockerClient();
  if (client === undefined) return undefined;
  const host = await startDaemon(client, `${directory}/docker`, stack, { prefix });
  if (host === undefined) return undefined;
  const invoke = (...args: string[]) => ({ argv: [client, "-H", host, ...args] });
  return engine("docker", prefix, invoke, ["--pull", "never"]);
}

function podmanEngine(
  directory: string,
  prefix: readonly string[],
  stack: AsyncDisposableStack,
  runtime: readonly string[],
): NetworkEngine {
  // It allows 50 characters.
  const own = `${directory}/p`;
  const podman = ["podman", "--root", `${own}/root`, "--runroot", `${own}/run`, ...runtime];
  podman.push("--cgroup-manager", "cgroupfs", "--events-backend", "none");
  podman.push("--network-config-dir", `${own}/networks`);
  const invoke = (...args: string[]) => ({ argv: [...prefix, ...podman, ...args] });
  stack.defer(async () => {
    await timed(invoke("system", "reset", "--force"));
  });
  // See engines.ts.
  const limits = ["--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024"];
  return engine("podman", prefix, invoke, ["--pull", "never", ...limits]);
}

function engine(
  name: string,
  prefix: readonly string[],
  invoke: (...args: string[]) => Invocation,
  runOptions: readonly string[],
): NetworkEngine {
  const run = (options: readonly string[], ...command: string[]) =>
    invoke("run", ...runOptions, ...options, IMAGE, ...command);
  return { name, prefix, invoke, run, runTrue: () => run(["--rm"], "true") };
}
