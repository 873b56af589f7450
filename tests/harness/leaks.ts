/**
 * Finds what a program left on the host: mounts, links, cgroups, processes, files.
 *
 * Everything new is a leak, whatever its name. With `TSD_TEST_SHARED=1`, for a machine on which
 * others run containers at the same time, only what names the instance counts, and its empty cgroups.
 *
 * @module
 */

/** A process of the host. */
export interface HostProcess {
  /** Its process id. */
  pid: number;
  /** Its command line. */
  command: string;
  /** Whether it is in another PID namespace than the tests. */
  contained: boolean;
  /** Command line, environment, cgroups and mounts: what may name an instance. */
  text: string;
}

/** What there is on the host at one moment. */
export interface HostState {
  /** `TARGET SOURCE TYPE` of each mount of the tests' own mount namespace. */
  mounts: string[];
  /** Names of the network links, and what is noted about each. */
  links: string[];
  /** Directories of cgroups that hold no process themselves. */
  emptyCgroups: string[];
  /** Every process. */
  processes: HostProcess[];
  /** Entries of the directories for temporary files. */
  files: string[];
}

/** What Docker and Podman keep from their first container on, where tests run them beside. */
const OF_OTHER_ENGINES = /^\/sys\/fs\/cgroup\/([^/]+\/)?(docker|libpod_parent)(\/|$)/;

/** What `ip netns` mounts the first time, for good. */
const OF_IP_NETNS = /^\/run\/netns /;

const FILE_DIRS = ["/tmp", "/var/tmp", "/run", "/dev/shm", "/run/netns"];

/**
 * Looks at the host.
 *
 * @returns What is there.
 */
export async function readHostState(): Promise<HostState> {
  const [mountinfo, links, emptyCgroups, processes, files] = await Promise.all([
    Deno.readTextFile("/proc/self/mountinfo"),
    readLinks(),
    emptyBelow("/sys/fs/cgroup"),
    readProcesses(),
    Promise.all(FILE_DIRS.map(async (dir) => (await names(dir)).map((name) => `${dir}/${name}`))),
  ]);
  const mounts = mountinfo.trimEnd().split("\n").map((line) => {
    const [left = "", right = ""] = line.split(" - ");
    const [type, source] = right.split(" ");
    return `${left.split(" ")[4]} ${source} ${type}`;
  });
  return { mounts, links, emptyCgroups, processes, files: files.flat() };
}

/**
 * Compares the host with what it was.
 *
 * @param before What was there before the instance.
 * @param after What is there now.
 * @param mark The instance's own part in its paths.
 * @param instance What cgroups of the instance are called.
 * @returns One line for each leak.
 */
export function findLeaks(
  before: HostState,
  after: HostState,
  mark: string,
  instance: string,
): string[] {
  const shared = Deno.env.get("TSD_TEST_SHARED") === "1";
  const ours = (text: string) => !shared || text.includes(mark);
  const added = (was: string[], is: string[]) => is.filter((one) => !was.includes(one));
  const old = new Set(before.processes.map(({ pid }) => pid));
  const processes = after.processes.filter((one) =>
    one.text.includes(mark) || (!shared && one.contained && !old.has(one.pid))
  );
  const files = added(before.files, after.files).filter((path) =>
    path.includes("tsd") && !path.endsWith(`/${mark}`) && !/\/tsd-(registry|layer|test)-/.test(path)
  );
  return [
    ...added(before.mounts, after.mounts)
      .filter((one) => ours(one) && !OF_IP_NETNS.test(one))
      .map((one) => `mount ${one}`),
    // The default network's bridge is there to stay, as its image is; see Tsd's disposal.
    ...added(before.links, after.links)
      .filter((one) =>
        (ours(one) || one.includes(`${instance}:`)) && !one.endsWith(`${instance}:bridge`)
      )
      .map((one) => `link ${one}`),
    ...added(before.emptyCgroups, after.emptyCgroups).filter((one) =>
      shared ? one.includes(`/${instance}`) : !OF_OTHER_ENGINES.test(one)
    ).map((one) => `cgroup ${one}`),
    ...processes.map(({ pid, command }) => `process ${pid} ${command}`),
    ...files.filter(ours).map((one) => `file ${one}`),
  ];
}

async function readProcesses(): Promise<HostProcess[]> {
  const own = await Deno.readLink("/proc/self/ns/pid");
  const pids = (await names("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const found = await Promise.all(pids.map((pid) => readProcess(pid, own)));
  return found.filter((one) => one !== undefined);
}

async function readProcess(pid: number, ownNamespace: string): Promise<HostProcess | undefined> {
  if (pid === Deno.pid) return undefined;
  try {
    const [namespace, ...texts] = await Promise.all([
      Deno.readLink(`/proc/${pid}/ns/pid`),
      ...["cmdline", "environ", "cgroup", "mountinfo"].map((file) =>
        Deno.readTextFile(`/proc/${pid}/${file}`)
      ),
    ]);
    const command = (texts[0] ?? "").replaceAll("\0", " ").trim();
    // The tests' own mount namespace names the mounts of every instance.
    const mountinfo = namespace === ownNamespace ? "" : texts.pop() ?? "";
    return {
      pid,
      command,
      contained: namespace !== ownNamespace,
      text: [...texts.slice(0, 3), mountinfo].join("\n"),
    };
  } catch {
    // It ended while it was looked at; a zombie has neither namespaces nor mounts.
    return undefined;
  }
}

/** Directories of cgroups that hold no process themselves. */
async function emptyBelow(dir: string): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of readDirIfThere(dir)) {
    if (!entry.isDirectory) continue;
    const path = `${dir}/${entry.name}`;
    const procs = await readIfThere(`${path}/cgroup.procs`);
    found.push(...await emptyBelow(path));
    if (procs === "") found.push(path);
  }
  return found;
}

async function readLinks(): Promise<string[]> {
  const found = (await names("/sys/class/net")).map(async (name) => {
    const alias = await readIfThere(`/sys/class/net/${name}/ifalias`);
    return `${name} ${alias ?? ""}`.trim();
  });
  return await Promise.all(found);
}

async function names(dir: string): Promise<string[]> {
  return (await Array.fromAsync(readDirIfThere(dir))).map((entry) => entry.name);
}

async function* readDirIfThere(dir: string): AsyncGenerator<Deno.DirEntry> {
  try {
    yield* Deno.readDir(dir);
  } catch {
    // The directory went away, as those of processes and cgroups do.
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch {
    return undefined;
  }
}
