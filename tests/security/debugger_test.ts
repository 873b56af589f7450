import assert from "node:assert/strict";
import { PROGRAM_FORMS } from "../harness/program_forms.ts";
import { SpawnedTsd } from "../harness/spawned_tsd.ts";
import { giveSubordinateIds } from "../harness/subordinate_ids.ts";
import { suite } from "../harness/suite.ts";
import { Tsd } from "../harness/tsd.ts";
import { waitUntil } from "../harness/wait_until.ts";

const shared = suite({ images: ["alpine"] });

const LIBRARY = new URL("../../lib/mod.ts", import.meta.url);
const CONFIG = new URL("../../deno.json", import.meta.url);

const SIGUSR1_BIT = 0x200n;
// The runtime takes the signal half a second after its start.
const ARMED_AFTER = 700;
const TELLS = "trap 'echo usr1' USR1; echo ready; while :; do sleep 0.05; done";

/** What the kernel says of a process's signals; absent where it has ended. */
async function signalMasks(pid: number): Promise<Record<string, bigint> | undefined> {
  try {
    const status = await Deno.readTextFile(`/proc/${pid}/status`);
    if (/^State:\t[ZX]/m.test(status)) return undefined;
    return Object.fromEntries(
      Array.from(status.matchAll(/^Sig(\w+):\t([0-9a-f]{16})$/gm), ([, name, mask]) => [
        name!,
        BigInt(`0x${mask}`),
      ]),
    );
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || isGone(error)) return undefined;
    throw error;
  }
}

/** A file of `/proc` that is read while its process ends. */
function isGone(error: unknown): boolean {
  return error instanceof Error && /os error 3\b/.test(error.message);
}

/**
 * Whether SIGUSR1 would end a process: no program can do anything about its very first moments. What is
 * blocked tells nothing, as all signals are for a moment when a thread is created.
 */
async function isUnprepared(pid: number): Promise<boolean> {
  const masks = await signalMasks(pid);
  const { Cgt = 0n, Ign = 0n } = masks ?? {};
  return ((Cgt | Ign) & SIGUSR1_BIT) === 0n;
}

/** The addresses on which a process waits for TCP connections, as the kernel writes them. */
async function listensOn(pid: number): Promise<string[]> {
  const sockets = new Set<string>();
  for await (const { name } of Deno.readDir(`/proc/${pid}/fd`)) {
    try {
      sockets.add(await Deno.readLink(`/proc/${pid}/fd/${name}`));
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  const lines: string[] = [];
  for (const table of ["tcp", "tcp6"]) {
    lines.push(...(await Deno.readTextFile(`/proc/${pid}/net/${table}`)).split("\n").slice(1));
  }
  return lines.map((line) => line.trim().split(/\s+/)).flatMap((fields) => {
    const [, address = "", , state, , , , , , inode] = fields;
    return state === "0A" && sockets.has(`socket:[${inode}]`) ? [address] : [];
  });
}

/** A process that is sent the signal, and where to read that its container got it. */
interface Target {
  name: string;
  pid: number;
  /** What the container's command has said; absent where none is to get the signal. */
  said?: () => string;
}

const count = (target: Target) => target.said?.().match(/^usr1$/gm)?.length ?? 0;

/** Sends the signal from when it would not end the process any more, until a sign that it works. */
async function pesterFromTheStart(running: SpawnedTsd, isReady: () => boolean): Promise<void> {
  const { pid } = running.child;
  await waitUntil("the program to be prepared", async () => !await isUnprepared(pid), {
    intervalMs: 1,
  });
  await waitUntil(() => `the program to be ready, which says "${running.stderr}"`, async () => {
    if (await signalMasks(pid) === undefined) {
      const { signal, code } = await running.child.status;
      assert.fail(`it has ended with ${signal ?? code}: ${running.stderr}`);
    }
    running.kill("SIGUSR1");
    return isReady();
  }, { timeoutMs: 20_000 });
}

async function assertHarmless(targets: readonly Target[]): Promise<void> {
  for (const { name, pid } of targets) {
    assert.ok(await signalMasks(pid) !== undefined, `${name} has ended`);
    assert.deepEqual(await listensOn(pid), [], `${name} listens`);
  }
}

/** A server that accepts connections and says nothing. */
function silentServer(): Disposable & { host: string } {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const connections: Deno.Conn[] = [];
  const accepting = (async () => {
    for await (const connection of listener) connections.push(connection);
  })();
  return {
    host: `127.0.0.1:${listener.addr.port}`,
    [Symbol.dispose]: () => {
      listener.close();
      connections.forEach((connection) => connection.close());
      void accepting;
    },
  };
}

async function libraryScript(tsd: Tsd, image: string): Promise<SpawnedTsd> {
  const path = `${tsd.home}/script.ts`;
  await Deno.writeTextFile(
    path,
    `import { Engine, onUserSignal } from ${JSON.stringify(LIBRARY.href)};
     using engine = Engine.open();
     onUserSignal(() => console.log("usr1"));
     console.log("ready");
     await engine.run(${JSON.stringify(image)}, ["sleep", "1000"], { name: "debugger-script" });`,
  );
  const args = ["run", "-A", "--config", CONFIG.pathname, path];
  return new SpawnedTsd(Deno.execPath(), args, { env: tsd.env });
}

/** Has a program of the host started, and reads what it blocks and ignores. */
async function assertHelperUnaware(tsd: Tsd): Promise<void> {
  const folder = `${tsd.home}/.docker`;
  const helper = `${folder}/docker-credential-looks`;
  await Deno.mkdir(folder, { recursive: true });
  const script = `#!/bin/sh\nexec cat /proc/$$/status > ${folder}/status\n`;
  await Deno.writeTextFile(helper, script, { mode: 0o755 });
  const config = { credsStore: "looks", auths: { "registry.test": {} } };
  await Deno.writeTextFile(`${folder}/config.json`, JSON.stringify(config));
  try {
    await tsd.run(["logout", "registry.test"], { env: { PATH: `${folder}:${tsd.env.PATH}` } });
    const status = await Deno.readTextFile(`${folder}/status`);
    const masks = Array.from(status.matchAll(/^Sig(?:Blk|Ign):\t(.*)$/gm), ([, mask]) => {
      return BigInt(`0x${mask}`) & SIGUSR1_BIT;
    });
    assert.deepEqual(masks, [0n, 0n]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("the attack: the runtime opens a debugger for SIGUSR1", async () => {
  // In a network of its own, for nobody else to reach it.
  const script = "ip link set lo up && exec \"$0\" eval 'setTimeout(() => {}, 60000)'";
  const child = new Deno.Command("unshare", {
    args: ["--net", "sh", "-c", script, Deno.execPath()],
    stderr: "null",
  }).spawn();
  try {
    await waitUntil("the runtime to take the signal", async () => !await isUnprepared(child.pid));
    await waitUntil("its debugger", async () => {
      Deno.kill(child.pid, "SIGUSR1");
      return (await listensOn(child.pid)).includes("0100007F:240D");
    });
  } finally {
    child.kill("SIGKILL");
    await child.status;
  }
});

for (const form of PROGRAM_FORMS) {
  Deno.test(`SIGUSR1 opens no debugger and ends nothing, and containers get it: ${form.name}`, async () => {
    if (form.missing !== undefined) {
      // deno-lint-ignore no-console -- a skip says why
      console.log(`skipped: ${form.missing}`);
      return;
    }
    const { tsd } = shared;
    const image = shared.image("alpine");
    using silent = silentServer();
    const folder = await Deno.makeTempDir({ dir: "/var/tmp", prefix: "tsd-debugger-" });
    const env = { ...tsd.env };
    const spawned: SpawnedTsd[] = [];
    const start = async (
      args: string[],
      isReady: (running: SpawnedTsd) => boolean,
    ): Promise<Target> => {
      const running = args.length > 0 ? tsd.spawn(args) : await libraryScript(tsd, image);
      spawned.push(running);
      const { pid } = running.child;
      await pesterFromTheStart(running, () => isReady(running));
      return { name: args[0] ?? "a script", pid, said: () => running.stdout };
    };
    const silently = ({ name, pid }: Target): Target => ({ name, pid });
    const saysReady = ({ stdout }: SpawnedTsd) => /^ready$/m.test(stdout);
    try {
      const made = await form.make(folder);
      Object.assign(tsd.env, made.env);
      tsd.program = made.program;
      await assertHelperUnaware(tsd);
      await tsd.run(["pull", "-q", image]);
      const command = [image, "sh", "-c", TELLS];
      await tsd.run(["run", "-d", "--name", "debugger-target", ...command]);
      await tsd.run(["create", "--name", "debugger-start", ...command]);
      const supervisor = await tsd.run(["system", "supervisor", "--format", "{{.PID}}"]);
      const targets = await Promise.all([
        start(["run", "--rm", "--name", "debugger-run", ...command], saysReady),
        start(["start", "-a", "debugger-start"], saysReady),
        start(["exec", "debugger-target", "sh", "-c", TELLS], saysReady),
        // It tells when it gets what it was sent.
        start(["attach", "debugger-target"], ({ stdout }) => stdout.includes("usr1")),
        start(["logs", "-f", "debugger-target"], saysReady).then(silently),
        start(["events", "--since", "1h"], ({ stdout }) => stdout !== "").then(silently),
        start(["pull", `${silent.host}/silent`], ({ child }) => !!child).then(silently),
        ...form.name === "as written" ? [start([], saysReady)] : [],
      ]);
      targets.push({ name: "the supervisor", pid: Number(supervisor.stdout) });
      targets.forEach(({ pid }) => Deno.kill(pid, "SIGUSR1"));
      await assertHarmless(targets);
      await new Promise((resolve) => setTimeout(resolve, ARMED_AFTER));
      for (let round = 0; round < 3; round++) {
        for (const target of targets) {
          const before = count(target);
          Deno.kill(target.pid, "SIGUSR1");
          if (target.said) {
            await waitUntil(`${target.name} to pass it on`, () => count(target) > before);
          }
        }
      }
      await assertHarmless(targets);
    } finally {
      spawned.forEach((running) => running.kill("SIGKILL"));
      await Promise.all(spawned.map((running) => running.child.status));
      await tsd.run(["system", "reset", "-f"]);
      tsd.program = undefined;
      delete tsd.env.TSD_CACHE;
      Object.assign(tsd.env, env);
      await Deno.remove(folder, { recursive: true });
      await tsd.checkClean();
    }
  });
}

const LOOK = ["grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status", "/proc/1/status"];

/** Reads what `LOOK` has said. */
function masksIn(text: string): bigint[] {
  const masks = Array.from(
    text.matchAll(/:\t([0-9a-f]{16})$/gm),
    ([, mask]) => BigInt(`0x${mask}`),
  );
  assert.equal(masks.length, 4, text);
  return masks;
}

Deno.test("no process of a container blocks or ignores what ours does", async () => {
  const { tsd } = shared;
  const image = shared.image("alpine");
  const none = [0n, 0n, 0n, 0n];
  const look = async (...args: string[]) => masksIn((await tsd.run([...args, ...LOOK])).stdout);
  assert.deepEqual(await look("run", "--rm", image), none);
  const health = ["--health-cmd", LOOK.map((word) => `'${word}'`).join(" ")];
  const command = [...health, "--health-interval", "100ms", image, "sleep", "1000"];
  await tsd.run(["run", "-d", "--name", "debugger-masks", ...command]);
  assert.deepEqual(await look("exec", "debugger-masks"), none);
  const checked = await waitUntil("a health check", async () => {
    const format = "{{range .State.Health.Log}}{{.Output}}{{end}}";
    const { stdout } = await tsd.run(["inspect", "-f", format, "debugger-masks"]);
    return stdout.trim() === "" ? undefined : stdout.split("\n").slice(0, 4).join("\n");
  });
  // The shell that a check is run by ignores others.
  assert.deepEqual(masksIn(checked).map((mask) => mask & SIGUSR1_BIT), none);
  await tsd.run(["rm", "-f", "debugger-masks"]);
  // What --init is waits for all signals, and blocks them for that.
  assert.deepEqual((await look("run", "--rm", "--init", image)).slice(0, 2), none.slice(0, 2));
});

Deno.test("no process of a container with a user namespace blocks or ignores what ours does", async () => {
  await using tsd = await Tsd.create();
  await giveSubordinateIds(tsd, "tsddebug", { first: 200_000, count: 65_536 });
  await tsd.configure({ "userns-remap": "tsddebug" });
  const image = shared.image("alpine");
  await tsd.run(["run", "-d", "--name", "debugger-mapped", image, "sleep", "1000"]);
  const exec = ["exec", "debugger-mapped", ...LOOK];
  assert.deepEqual(masksIn((await tsd.run(exec)).stdout), [0n, 0n, 0n, 0n]);
  await tsd.run(["rm", "-f", "debugger-mapped"]);
  await tsd.checkClean();
});
