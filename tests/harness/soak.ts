/**
 * Many short lives of containers, several at a time, and a look at what they leave.
 *
 * @module
 */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { anonymousMemory, descriptorsOf, supervisorOf } from "./supervisor.ts";
import type { Tsd } from "./tsd.ts";
import { waitUntil } from "./wait_until.ts";

/** How long a soak is. */
export interface SoakOptions {
  /** How many containers live, one after another. */
  lives: number;
  /** How many of them at a time. */
  atOnce: number;
  /** Chooses the kinds of lives. */
  seed: number;
  /** By how much the supervisor may grow, in bytes; not looked at where absent. */
  mostGrowth?: number;
  /** Told how many lives are over. */
  onProgress?: (over: number) => void;
}

/** What a soak has left; equal before and after where nothing leaks. */
export interface Remains {
  /** The supervisor's open descriptors. */
  descriptors: string[];
  /** Processes of the instance. */
  processes: string[];
  /** Rows by table, events left out. */
  rows: Record<string, number>;
  /** Every file and folder of the instance. */
  files: string[];
}

/** What a soak found. */
export interface SoakReport {
  /** What there was once the supervisor had warmed up. */
  before: Remains;
  /** What there was at the end. */
  after: Remains;
  /** By how much the supervisor's memory has grown, in bytes, once it has come to rest. */
  growth: number;
}

/** A container's life, from its creation to its removal. */
type Life = (tsd: Tsd, name: string) => Promise<void>;

// This machine's own root needs no registry, and is never written to.
const CREATE = ["--network", "none", "--rootfs", "/"];
const OBEDIENT = ["sh", "-c", "trap 'exit 5' TERM; echo ready; while :; do sleep 0.05; done"];

const LIVES: readonly Life[] = [
  async (tsd, name) => {
    const script = `echo ${name}; echo error >&2; exit 3`;
    const args = ["run", "--rm", "--name", name, ...CREATE, "sh", "-c", script];
    const { stderr, stdout } = await tsd.run(args, { expect: 3 });
    assert.deepEqual([stdout, stderr], [`${name}\n`, "error\n"]);
  },
  async (tsd, name) => {
    await tsd.run(["run", "-d", "--name", name, ...CREATE, ...OBEDIENT]);
    const { stdout } = await tsd.run(["exec", name, "sh", "-c", "echo inside; exit 4"], {
      expect: 4,
    });
    assert.equal(stdout, "inside\n");
    await tsd.run(["stop", name]);
    assert.equal((await tsd.run(["wait", name])).stdout, "5\n");
    await tsd.run(["rm", name]);
  },
  async (tsd, name) => {
    await tsd.run(["run", "-d", "--init", "--name", name, ...CREATE, "sleep", "1000"]);
    await tsd.run(["exec", "-d", name, "sleep", "1000"]);
    await Promise.all(["first", "second"].map(async (word) => {
      const args = ["exec", "-i", name, "cat"];
      assert.equal((await tsd.run(args, { stdin: word })).stdout, word);
    }));
    await tsd.run(["rm", "-f", name]);
  },
  async (tsd, name) => {
    await tsd.run(["create", "--name", name, ...CREATE, "sh", "-c", "echo out; exit 6"]);
    for (let n = 0; n < 2; n++) {
      await tsd.run(["start", name]);
      assert.equal((await tsd.run(["wait", name])).stdout, "6\n");
    }
    assert.equal((await tsd.run(["logs", name])).stdout, "out\nout\n");
    await tsd.run(["rm", name]);
  },
  async (tsd, name) => {
    await tsd.run(["run", "-d", "--restart", "always", "--name", name, ...CREATE, "true"]);
    await tsd.run(["restart", name]);
    await tsd.run(["rm", "-f", name]);
  },
  async (tsd, name) => {
    await tsd.run(["run", "-d", "--rm", "--name", name, ...CREATE, "sleep", "1000"]);
    await tsd.run(["pause", name]);
    await tsd.run(["unpause", name]);
    await tsd.run(["kill", name]);
  },
  async (tsd, name) => {
    const client = tsd.spawn(["run", "--rm", "--name", name, ...CREATE, ...OBEDIENT]);
    await client.waitFor(/ready/);
    client.kill("SIGKILL");
    await client.finish();
  },
  async (tsd, name) => {
    const args = ["run", "--rm", "--name", name, ...CREATE, "no-such-command"];
    await tsd.run(args, { expect: 127 });
  },
];

/**
 * Lets containers live and die, and compares what there is before and after.
 *
 * @param tsd The instance, without containers.
 * @param options How long.
 * @returns What was found; no container is left.
 * @throws {Error} A command did not do what it was to do.
 */
export async function soak(tsd: Tsd, options: SoakOptions): Promise<SoakReport> {
  const anchor = "soak-anchor";
  // Keeps the supervisor, so that what it leaks adds up.
  await tsd.run(["run", "-d", "--name", anchor, ...CREATE, "sleep", "100000"]);
  await liveAll(tsd, { ...options, lives: LIVES.length, onProgress: () => {} });
  const before = await remains(tsd);
  const memory = await anonymousMemory(await supervisorOf(tsd));
  await liveAll(tsd, options);
  // What is on its way out, as the container of a client that was killed, has some time for that.
  const after = await remains(tsd, before);
  const growth = await growthAtRest(tsd, memory, options.mostGrowth ?? Infinity);
  await tsd.run(["rm", "-f", anchor]);
  return { before, after, growth };
}

let lastName = 0;

async function liveAll(tsd: Tsd, { atOnce, lives, onProgress, seed }: SoakOptions): Promise<void> {
  let begun = 0;
  let over = 0;
  const worker = async () => {
    while (begun < lives) {
      // Every kind comes as often as the others, in an order that differs between the workers.
      const kind = (begun * 5 + seed) % LIVES.length;
      begun++;
      try {
        await LIVES[kind]!(tsd, `soak-${lastName++}`);
      } catch (error) {
        begun = lives;
        throw error;
      }
      onProgress?.(++over);
    }
  };
  const results = await Promise.allSettled(Array.from({ length: atOnce }, worker));
  for (const result of results) if (result.status === "rejected") throw result.reason;
}

/** Looks at what there is, once nothing is under way any more, or what there is equals `expected`. */
async function remains(tsd: Tsd, expected?: Remains): Promise<Remains> {
  let found = await look(tsd);
  const isSettled = () =>
    expected
      ? JSON.stringify(found) === JSON.stringify(expected)
      // The anchor, its supervisor.
      : found.processes.length === 2;
  try {
    await waitUntil("what is under way to end", async () => {
      found = await look(tsd);
      return isSettled();
    }, { timeoutMs: 15_000, intervalMs: 200 });
  } catch (error) {
    if (!expected) throw error;
  }
  return found;
}

async function look(tsd: Tsd): Promise<Remains> {
  const processes = await tsd.processes();
  return {
    descriptors: await descriptorsOf(await supervisorOf(tsd)),
    processes: processes.map(({ command }) => command).sort(),
    rows: rows(`${tsd.root}/state.db`),
    files: (await Promise.all([tree(tsd.root), tree(tsd.runDir)])).flat().sort(),
  };
}

function rows(path: string): Record<string, number> {
  using database = new DatabaseSync(path, { readOnly: true });
  const tables = database
    .prepare("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    .all() as { name: string }[];
  const counted = tables.filter(({ name }) => name !== "events").map(({ name }) => {
    const row = database.prepare(`SELECT count(*) AS count FROM "${name}"`).get();
    return [name, Number(row!.count)] as const;
  });
  return Object.fromEntries(counted);
}

async function tree(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { isDirectory, name } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    found.push(path);
    if (isDirectory) found.push(...await tree(path));
  }
  return found;
}

// The supervisor gives back what it does not need 4 s after the last request, see memory_keeper.ts.
const REST_MILLISECONDS = 60_000;

/** Waits for garbage to be collected, where there is more of it than may stay. */
async function growthAtRest(tsd: Tsd, before: number, most: number): Promise<number> {
  const deadline = Date.now() + REST_MILLISECONDS;
  let growth: number;
  do {
    growth = await anonymousMemory(await supervisorOf(tsd)) - before;
    if (growth <= most) break;
    await new Promise((resolve) => setTimeout(resolve, 1000));
  } while (Date.now() < deadline);
  return growth;
}
