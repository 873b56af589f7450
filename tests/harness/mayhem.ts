/**
 * Random commands on a few containers while their processes are killed, and an audit of what is left.
 *
 * @module
 */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import type { RandomNumbers } from "./random.ts";
import type { SpawnedTsd } from "./spawned_tsd.ts";
import type { Tsd } from "./tsd.ts";
import { waitUntil } from "./wait_until.ts";

/** How a round of mayhem goes. */
export interface MayhemOptions {
  /** Reference of an image with a shell, pulled already. */
  image: string;
  /** Chooses commands, moments and victims. */
  random: RandomNumbers;
  /** How many commands the round consists of. */
  commands: number;
  /** How many of them run at a time. */
  atOnce: number;
}

/** What a round did. */
export interface MayhemReport {
  /** How many processes were killed. */
  kills: number;
  /** How often each verb was used. */
  verbs: Map<string, number>;
}

/** Names are few, so that commands meet: on one container, in one network, on one volume. */
const NAMES = ["one", "two", "three", "four"];
const NETWORKS = ["left", "right"];
const VOLUME = "scratch";
/** What no command of a round touches, and the audit finds as it was. */
const KEPT = { volume: "kept", container: "keeper", text: "kept through everything" };

const STUBBORN = "trap '' TERM; while :; do echo tick; sleep 0.1; done";
const OBEDIENT = "trap 'exit 5' TERM; while :; do echo tick; sleep 0.1; done";

/** Makes the arguments of a command. */
type Verb = (choose: Choose, image: string, home: string) => string[];
type Choose = <Item>(from: readonly Item[]) => Item;

const VERBS: Readonly<Record<string, Verb>> = {
  "run": (choose, image) => {
    const network = choose([[], ["--network", choose(NETWORKS)], ["--network", "bridge"]]);
    const restart = choose([[], ["--restart", "always"], ["--restart", "on-failure:2"]]);
    const more = choose([[], ["--init"], ["-v", `${VOLUME}:/data`], ["-m", "64m"]]);
    const script = choose([STUBBORN, OBEDIENT, "exit 3", "sleep 0.3; exit 1", "echo out"]);
    const args = [...network, ...restart, ...more, image, "sh", "-c", script];
    return ["run", "-d", "--name", choose(NAMES), ...args];
  },
  "run --rm": (choose, image) => {
    const args = choose([[], ["--network", choose(NETWORKS)], ["-t"]]);
    return ["run", "--rm", ...args, image, "sh", "-c", "echo some; sleep 0.2; echo more"];
  },
  "create": (choose, image) => ["create", "--name", choose(NAMES), image, "sh", "-c", OBEDIENT],
  "start": (choose) => ["start", choose(NAMES)],
  "stop": (choose) => ["stop", "-t", "1", choose(NAMES)],
  "restart": (choose) => ["restart", "-t", "1", choose(NAMES)],
  "kill": (choose) => ["kill", "-s", choose(["KILL", "TERM", "USR1"]), choose(NAMES)],
  "pause": (choose) => ["pause", choose(NAMES)],
  "unpause": (choose) => ["unpause", choose(NAMES)],
  "rm": (choose) => ["rm", ...choose([[], ["-f"], ["-fv"]]), choose(NAMES)],
  "rename": (choose) => ["rename", choose(NAMES), choose(NAMES)],
  "update": (choose) => ["update", "--cpus", choose(["0.5", "1"]), choose(NAMES)],
  "exec": (
    choose,
  ) => ["exec", ...choose([[], ["-d"]]), choose(NAMES), "sh", "-c", "echo in; exit 4"],
  "cp out": (choose, _, home) => ["cp", `${choose(NAMES)}:/etc`, `${home}/${choose(NAMES)}`],
  "cp in": (choose, _, home) => ["cp", `${home}/in`, `${choose(NAMES)}:/in`],
  "commit": (choose) => ["commit", choose(NAMES), `mayhem:${choose(NAMES)}`],
  "export": (choose, _, home) => ["export", "-o", `${home}/export.tar`, choose(NAMES)],
  "rmi": (choose) => ["rmi", "-f", `mayhem:${choose(NAMES)}`],
  "save": (_, image, home) => ["save", "-o", `${home}/save.tar`, image],
  "pull": (_, image) => ["pull", "-q", image],
  "logs": (choose) => ["logs", choose(NAMES)],
  "ps": () => ["ps", "-a"],
  "inspect": (choose) => ["inspect", choose(NAMES)],
  "wait": (choose) => ["wait", choose(NAMES)],
  "network create": (choose) => ["network", "create", choose(NETWORKS)],
  "network connect": (choose) => ["network", "connect", choose(NETWORKS), choose(NAMES)],
  "network disconnect": (choose) => ["network", "disconnect", choose(NETWORKS), choose(NAMES)],
  "network rm": (choose) => ["network", "rm", choose(NETWORKS)],
  "volume create": () => ["volume", "create", VOLUME],
  "volume rm": () => ["volume", "rm", VOLUME],
  "container prune": () => ["container", "prune", "-f"],
  "image prune": () => ["image", "prune", "-f"],
  "system reconcile": () => ["system", "reconcile"],
};

/** What is a bug whatever was killed: an error that nobody has put into words. */
const UNSPOKEN = /^error: |Uncaught|^\s+at .*(file:|ext:|\.js:)|panicked|SQLITE_|core dumped/m;

/**
 * Makes what the rounds may not harm: a container with a volume that holds a file.
 *
 * @param tsd The instance.
 * @param image Reference of an image with a shell.
 */
export async function prepareMayhem(tsd: Tsd, image: string): Promise<void> {
  const script = `echo "${KEPT.text}" > /kept/file; sync; exec sleep 1000000`;
  const args = ["-v", `${KEPT.volume}:/kept`, image, "sh", "-c", script];
  await tsd.run(["run", "-d", "--restart", "always", "--name", KEPT.container, ...args]);
  await Deno.writeTextFile(`${tsd.home}/in`, KEPT.text);
}

/**
 * Has commands run at once, and kills clients, supervisors, inits and commands meanwhile.
 *
 * @param tsd The instance, prepared by {@linkcode prepareMayhem}.
 * @param options What happens.
 * @returns What happened.
 * @throws {Error} A command ended with an error that is not in the program's words.
 */
export async function mayhem(tsd: Tsd, options: MayhemOptions): Promise<MayhemReport> {
  const { atOnce, commands, image, random } = options;
  const choose: Choose = (from) => from[Math.floor(random() * from.length)]!;
  const verbs = new Map<string, number>();
  let left = commands;
  let kills = 0;
  const worker = async () => {
    while (left-- > 0) {
      const verb = choose(Object.keys(VERBS));
      verbs.set(verb, (verbs.get(verb) ?? 0) + 1);
      const args = VERBS[verb]!(choose, image, tsd.home);
      await endOf(tsd.spawn(args), args, verb === "wait" ? 2_000 * random() : 0);
    }
  };
  const killer = async () => {
    while (left > 0) {
      await new Promise((resolve) => setTimeout(resolve, random() * 300));
      const processes = await tsd.processes();
      if (processes.length > 0 && killNow(choose(processes).pid)) kills++;
    }
  };
  await Promise.all([killer(), ...Array.from({ length: atOnce }, worker)]);
  return { kills, verbs };
}

/** Waits for a command; one that may wait for ever is ended after some time. */
async function endOf(running: SpawnedTsd, args: string[], patienceMs: number): Promise<void> {
  running.closeStdin();
  const timer = patienceMs > 0 && setTimeout(() => running.kill("SIGTERM"), patienceMs);
  const { stderr } = await running.finish(120_000);
  if (timer) clearTimeout(timer);
  assert.doesNotMatch(stderr, UNSPOKEN, `tsd ${args.join(" ")}`);
}

function killNow(pid: number): boolean {
  try {
    Deno.kill(pid, "SIGKILL");
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/**
 * Looks whether an instance is whole after a round, and removes what the round has made.
 *
 * @param tsd The instance.
 * @param image The image of the round.
 * @throws {Error} Something was lost, is told wrongly, or cannot be removed.
 */
export async function audit(tsd: Tsd, image: string): Promise<void> {
  await tsd.run(["system", "reconcile"]);
  await auditStatuses(tsd);
  // A command that was killed may have left its container on the way out: the next look finishes that.
  const list = async () =>
    (await tsd.run(["ps", "-a", "--format", "{{.Names}}"])).stdout.split("\n");
  const others = (await list()).filter((name) => name !== "" && name !== KEPT.container);
  if (others.length > 0) await tsd.run(["rm", "-fv", ...others], { expect: "any" });
  let names: string[] = [];
  await waitUntil(() => `an end of all containers but one; left: ${names}`, async () => {
    names = (await list()).filter((name) => name !== "");
    return names.length === 1;
  });
  for (const kind of ["network", "image"]) await tsd.run([kind, "prune", "-f"]);
  await tsd.run(["volume", "prune", "-af"]);
  await auditDatabase(`${tsd.root}/state.db`);
  await auditStore(tsd);
  await auditKept(tsd);
  const fresh = ["run", "--rm", "--network", "bridge", image, "echo", "works"];
  assert.equal((await tsd.run(fresh)).stdout, "works\n");
}

/**
 * All that is stored is whole. A volume's folder comes before its record, so that of a `volume create`
 * that was killed may be there alone: empty, and the volume's once it is created again.
 */
async function auditStore(tsd: Tsd): Promise<void> {
  const options = { expect: "any", timeoutMs: 120_000 } as const;
  const { stdout } = await tsd.run(["system", "check", "--repair"], options);
  const problems = stdout.split("\n").filter((line) => /^\w+:/.test(line));
  const left = `repaired: volume ${VOLUME}: its folder is there and its record is not`;
  assert.deepEqual(problems.filter((line) => !line.startsWith(left)), [], stdout);
  await tsd.run(["volume", "rm", VOLUME], { expect: "any" });
}

/** What `ps` tells of each container is what the kernel says of its process. */
async function auditStatuses(tsd: Tsd): Promise<void> {
  const format = "{{.Name}} {{.State.Status}} {{.State.Pid}}";
  const { stdout: ids } = await tsd.run(["ps", "-aq"]);
  for (const id of ids.split("\n").filter((line) => line !== "")) {
    await waitUntil(`the truth of container ${id}`, async () => {
      // It may be one with --rm that is just removed.
      const { code, stdout } = await tsd.run(["inspect", "-f", format, id], { expect: "any" });
      if (code !== 0) return true;
      const [, status, pid] = stdout.trim().split(" ");
      const runs = status === "running" || status === "paused";
      return runs === (pid !== "0") && (!runs || await isAlive(Number(pid)));
    });
  }
}

async function isAlive(pid: number): Promise<boolean> {
  try {
    return !/^State:\s+Z/m.test(await Deno.readTextFile(`/proc/${pid}/status`));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function auditDatabase(path: string): void {
  using database = new DatabaseSync(path, { readOnly: true });
  assert.deepEqual(
    database.prepare("PRAGMA integrity_check").all().map((row) => ({ ...row })),
    [{ integrity_check: "ok" }],
  );
  assert.deepEqual(database.prepare("PRAGMA foreign_key_check").all(), []);
}

/** The container that nothing was done to runs, by its restart policy, and has what it had. */
async function auditKept(tsd: Tsd): Promise<void> {
  const { container, text, volume } = KEPT;
  await waitUntil("the kept container to run", async () => {
    const args = ["exec", container, "cat", "/kept/file"];
    return (await tsd.run(args, { expect: "any" })).stdout === `${text}\n`;
  });
  const { stdout } = await tsd.run(["volume", "inspect", "-f", "{{.Mountpoint}}", volume]);
  assert.equal(await Deno.readTextFile(`${stdout.trim()}/file`), `${text}\n`);
}

/**
 * Removes what {@linkcode prepareMayhem} has made.
 *
 * @param tsd The instance.
 */
export async function endMayhem(tsd: Tsd): Promise<void> {
  await tsd.run(["rm", "-f", KEPT.container]);
  await tsd.run(["volume", "rm", KEPT.volume]);
}
