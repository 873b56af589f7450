/**
 * Other engines, where they are installed: each on state of its own, without networks.
 *
 * @module
 */

import { hostCommand } from "./host_command.ts";
import { waitUntil } from "./wait_until.ts";

/** Another engine. */
export interface Peer {
  /** What it is called: `docker`, `podman`. */
  name: string;
  /**
   * Runs a command of it.
   *
   * @param args Its arguments.
   * @returns What it printed.
   * @throws {Error} It exits with another code than 0.
   */
  run(...args: string[]): Promise<string>;
}

/**
 * Tells whether a program is installed.
 *
 * @param program Its name.
 * @returns Whether it is in `PATH`.
 */
export async function isInstalled(program: string): Promise<boolean> {
  const { success } = await new Deno.Command("sh", { args: ["-c", `command -v ${program}`] })
    .output();
  return success;
}

/**
 * Starts a Docker daemon of its own.
 *
 * @param directory Where it keeps everything.
 * @param stack Gets what ends it again.
 * @returns Docker, or nothing where it is not installed or does not start here.
 */
export async function startDocker(
  directory: string,
  stack: AsyncDisposableStack,
): Promise<Peer | undefined> {
  if (!await isInstalled("dockerd") || !await isInstalled("docker")) return undefined;
  const host = `unix://${directory}/docker.sock`;
  stack.defer(await cgroupCleanup("docker"));
  const child = new Deno.Command("dockerd", {
    args: [
      ...["-H", host, "--pidfile", `${directory}/docker.pid`, "--data-root", `${directory}/data`],
      ...["--exec-root", `${directory}/exec`, "--bridge=none", "--iptables=false"],
      "--ip6tables=false",
    ],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  let ended = false;
  const status = child.status.finally(() => ended = true);
  stack.defer(async () => {
    if (!ended) child.kill("SIGTERM");
    await status;
  });
  const answers = async () => {
    const { success } = await new Deno.Command("docker", { args: ["-H", host, "version"] })
      .output();
    return success || ended;
  };
  await waitUntil("Docker's answer", answers, { timeoutMs: 30_000, intervalMs: 100 });
  if (ended) return undefined;
  return { name: "docker", run: (...args) => hostCommand("docker", ["-H", host, ...args]) };
}

/**
 * Finds Podman.
 *
 * @param directory Where it keeps everything.
 * @param stack Gets what removes what it leaves.
 * @returns Podman, or nothing where it is not installed.
 */
export async function podman(
  directory: string,
  stack: AsyncDisposableStack,
): Promise<Peer | undefined> {
  if (!await isInstalled("podman")) return undefined;
  stack.defer(await cgroupCleanup("libpod_parent"));
  const own = ["--root", `${directory}/root`, "--runroot", `${directory}/run`];
  const options = [...own, "--tmpdir", `${directory}/tmp`, "--storage-driver", "vfs"];
  // Where crun is there as well it is preferred, and does not start on a host with cgroup v1 and v2.
  if (await isInstalled("runc")) options.push("--runtime", "runc");
  const environment = { env: { TMPDIR: directory } };
  return {
    name: "podman",
    run: (...args) => hostCommand("podman", [...options, ...args], environment),
  };
}

/** Prepares to remove the cgroups an engine makes at its first container, and keeps. */
async function cgroupCleanup(parent: string): Promise<() => Promise<void>> {
  const there = await cgroupsNamed(parent);
  return async () => {
    for (const path of (await cgroupsNamed(parent)).toReversed()) {
      if (!there.includes(path)) await Deno.remove(path);
    }
  };
}

/** The cgroups of that name in all hierarchies, and what is in them; each after its parent. */
async function cgroupsNamed(parent: string): Promise<string[]> {
  const tops = ["/sys/fs/cgroup", ...await directories("/sys/fs/cgroup")];
  const found: string[] = [];
  const collect = async (path: string): Promise<void> => {
    found.push(path);
    for (const child of await directories(path)) await collect(child);
  };
  for (const top of tops) {
    const path = `${top}/${parent}`;
    if ((await directories(top)).includes(path)) await collect(path);
  }
  return found;
}

async function directories(path: string): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(path));
  return entries.filter(({ isDirectory }) => isDirectory).map(({ name }) => `${path}/${name}`);
}
