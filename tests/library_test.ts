import assert from "node:assert/strict";
import { type CreateContainerOptions, Engine, EngineError, type LogRecord } from "../lib/mod.ts";
import { ACCOUNT } from "./harness/account.ts";
import { startRegistry } from "./harness/registry.ts";
import { suite } from "./harness/suite.ts";
import { supervisorOf } from "./harness/supervisor.ts";
import { waitUntil } from "./harness/wait_until.ts";

const shared = suite({ images: ["alpine"], pull: ["alpine"] });

const ROOT = new URL("../", import.meta.url);

/** Names of the documents that show how the library is used. */
const DOCUMENTS = ["README.md", "docs/library.md"];

/** Scripts in fenced blocks that import the library, and the example files. */
async function documentedScripts(): Promise<[from: string, script: string][]> {
  const found: [string, string][] = [];
  for (const name of DOCUMENTS) {
    const text = await readIfThere(new URL(name, ROOT));
    for (const [, script = ""] of text.matchAll(/```ts\n([^]*?)```/g)) {
      if (/import \{[^}]*\bEngine\b/.test(script)) found.push([name, script]);
    }
  }
  return found;
}

async function readIfThere(url: URL): Promise<string> {
  try {
    return await Deno.readTextFile(url);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}

function openEngine(): Engine {
  return Engine.open({ root: shared.tsd.root, run: shared.tsd.runDir });
}

/** A container of a shell script; it goes with the block that made it. */
async function created(
  engine: Engine,
  script: string,
  options: CreateContainerOptions = {},
): Promise<AsyncDisposable & { id: string }> {
  const image = shared.image("alpine");
  const { id } = await engine.containers.create({
    ...{ image, command: ["sh", "-c", script], stopTimeout: 0 },
    ...options,
  });
  return {
    id,
    [Symbol.asyncDispose]: async () => {
      try {
        await engine.containers.remove(id, { force: true });
      } catch (error) {
        // Some are removed at their end.
        if (!(error instanceof EngineError && error.kind === "notFound")) throw error;
      }
    },
  };
}

/** Collects output as text. */
class Output {
  text = "";
  readonly onOutput = (_stream: string, bytes: Uint8Array) => {
    this.text += new TextDecoder().decode(bytes);
  };
}

function logText(records: readonly LogRecord[]): string {
  return records.map(({ bytes }) => new TextDecoder().decode(bytes)).join("");
}

/** Waits until a container has written something. */
async function untilLogged(engine: Engine, id: string, wanted: RegExp): Promise<string> {
  return await waitUntil(`${wanted} in the log`, async () => {
    const text = logText((await Array.fromAsync(engine.containers.logs(id))).flat());
    return wanted.test(text) ? text : undefined;
  });
}

const isOfKind = (kind: string) => (error: unknown) =>
  error instanceof EngineError && error.kind === kind;

const encoder = new TextEncoder();

Deno.test("what create() makes stays, and what is provisional goes with its process", async () => {
  const { tsd } = shared;
  const script = `${tsd.home}/creates.ts`;
  await Deno.writeTextFile(
    script,
    `
    import { Engine } from "${import.meta.resolve("../lib/mod.ts")}";
    const engine = Engine.open();
    const [image] = Deno.args;
    await engine.containers.create({ image, command: ["true"], name: "library-stays" });
    await engine.containers.create({ image, command: ["true"], name: "library-goes", provisional: true });
    Deno.exit(0);
  `,
  );
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-lock", script, shared.image("alpine")],
    clearEnv: true,
    env: tsd.env,
  }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  const { stdout } = await tsd.run(["ps", "-a", "--format", "{{.Names}} {{.Status}}"]);
  assert.match(stdout, /^library-stays Created$/m);
  assert.doesNotMatch(stdout, /library-goes/);
  await tsd.run(["rm", "library-stays"]);
});

Deno.test("attach() before a start misses nothing, whoever starts the container", async () => {
  using engine = openEngine();
  const script = "echo first; read line; echo got $line; exit 7";
  await using one = await created(engine, script, { openStdin: true });
  const [output, other] = [new Output(), new Output()];
  const how = { beforeStart: true };
  const attachment = await engine.containers.attach(one.id, { ...how, onOutput: output.onOutput });
  const second = await engine.containers.attach(one.id, { ...how, onOutput: other.onOutput });
  await attachment.write(encoder.encode("hello\n"));
  await shared.tsd.run(["start", one.id]);
  assert.deepEqual(await Promise.all([attachment.exitCode, second.exitCode]), [7, 7]);
  assert.deepEqual([output.text, other.text], Array(2).fill("first\ngot hello\n"));
});

Deno.test("who attaches before a start and goes away holds up nothing", async () => {
  using engine = openEngine();
  // More than is kept for a client that does not read.
  await using one = await created(engine, "head -c 4000000 /dev/zero | tr '\\0' x; exit 5");
  const attach = () => engine.containers.attach(one.id, { beforeStart: true, onOutput: () => {} });
  await (await attach()).leave();
  assert.equal(await engine.containers.start(one.id), "done");
  assert.equal(await engine.containers.wait(one.id), 5);
});

Deno.test("who has attached before a start outlives the supervisor", async () => {
  using engine = openEngine();
  await using one = await created(engine, "echo here; exit 6");
  const output = new Output();
  const { onOutput } = output;
  const attachment = await engine.containers.attach(one.id, { beforeStart: true, onOutput });
  const before = await supervisorOf(shared.tsd);
  Deno.kill(before, "SIGKILL");
  // The attachment itself has another one started, and attaches again.
  await waitUntil("another supervisor", async () => {
    const status = await engine.system.supervisor();
    return status !== undefined && status.pid !== before ? true : undefined;
  });
  await shared.tsd.run(["start", one.id]);
  assert.equal(await attachment.exitCode, 6);
  assert.equal(output.text, "here\n");
});

Deno.test("resize() and kill() reach a container that nobody is attached to", async () => {
  using engine = openEngine();
  const script = "trap 'stty size' WINCH; trap 'echo asked; exit 9' USR1; echo ready; " +
    "while :; do sleep 0.05; done";
  await using one = await created(engine, script, { terminal: true });
  await assert.rejects(
    engine.containers.resize(one.id, { rows: 1, columns: 1 }),
    isOfKind("conflict"),
  );
  await engine.containers.start(one.id);
  await untilLogged(engine, one.id, /ready/);
  await engine.containers.resize(one.id, { rows: 33, columns: 77 });
  await untilLogged(engine, one.id, /33 77/);
  await engine.containers.kill(one.id, "USR1");
  assert.equal(await engine.containers.wait(one.id), 9);
  await untilLogged(engine, one.id, /asked/);
});

Deno.test("wait() waits for the next exit, also of what does not run yet", async () => {
  using engine = openEngine();
  await using one = await created(engine, "exit 3");
  assert.equal(await engine.containers.wait(one.id), 0);
  for (let round = 0; round < 2; round++) {
    const next = engine.containers.wait(one.id, "next-exit");
    await engine.containers.start(one.id);
    assert.equal(await next, 3);
  }
});

Deno.test("wait() for the next exit does not wait for the end of restarts", async () => {
  using engine = openEngine();
  const restart = { name: "always", maximumRetryCount: 0 } as const;
  await using one = await created(engine, "sleep 0.3; exit 4", { restart });
  await engine.containers.start(one.id);
  assert.equal(await engine.containers.wait(one.id, "next-exit"), 4);
  assert.match((await engine.containers.find(one.id)).status, /^(running|restarting)$/);
  const ended = engine.containers.wait(one.id);
  await engine.containers.stop(one.id);
  await ended;
});

Deno.test("wait() for the removal is over when the container is gone", async () => {
  using engine = openEngine();
  await using one = await created(engine, "exit 5", { autoRemove: true });
  const [removed, exit] = (["removed", "next-exit"] as const)
    .map((condition) => engine.containers.wait(one.id, condition));
  await engine.containers.start(one.id);
  assert.equal(await removed, 5);
  await assert.rejects(engine.containers.find(one.id), isOfKind("notFound"));
  assert.equal(await exit, 5);
});

Deno.test("start() and stop() tell what was so already from what they did", async () => {
  using engine = openEngine();
  await using one = await created(engine, "sleep 100");
  assert.equal(await engine.containers.stop(one.id), "already");
  const starts = await Promise.all([1, 2, 3].map(() => engine.containers.start(one.id)));
  assert.deepEqual(starts.toSorted(), ["already", "already", "done"]);
  assert.equal(await engine.containers.start(one.id), "already");
  assert.equal(await engine.containers.stop(one.id), "done");
  assert.equal(await engine.containers.stop(one.id), "already");
});

Deno.test("an exec that was created is started later, once", async () => {
  using engine = openEngine();
  await using one = await created(engine, "sleep 100");
  await assert.rejects(engine.containers.createExec(one.id, ["true"]), isOfKind("conflict"));
  await engine.containers.start(one.id);
  const exec = await engine.containers.createExec(one.id, ["sh", "-c", "cat; exit 8"], {
    openStdin: true,
  });
  assert.deepEqual(exec.state, { kind: "created" });
  const output = new Output();
  const started = await exec.start({ onOutput: output.onOutput });
  assert.deepEqual(exec.state, { kind: "running", pid: started.pid });
  await started.write(encoder.encode("in"));
  await started.closeInput();
  assert.equal(await started.exitCode, 8);
  assert.equal(output.text, "in");
  assert.deepEqual(exec.state, { kind: "ended", exitCode: 8 });
  await assert.rejects(exec.start(), isOfKind("conflict"));
  const events = engine.system.events({ since: 0, until: Date.now() + 1 });
  const actions = (await Array.fromAsync(events))
    .filter(({ attributes }) => attributes.execID === exec.id)
    .map(({ action }) => action.replace(/:.*/, ""));
  assert.deepEqual(actions, ["exec_create", "exec_start", "exec_die"]);
});

Deno.test("an exec is resized and signalled by who started it", async () => {
  using engine = openEngine();
  await using one = await created(engine, "sleep 100");
  await engine.containers.start(one.id);
  const script = "trap 'stty size; exit 11' WINCH; echo ready; while :; do sleep 0.05; done";
  const exec = await engine.containers.createExec(one.id, ["sh", "-c", script], { terminal: true });
  const output = new Output();
  const started = await exec.start({ onOutput: output.onOutput });
  await waitUntil("its trap", () => Promise.resolve(/ready/.test(output.text) || undefined));
  await started.resize({ rows: 21, columns: 43 });
  assert.equal(await started.exitCode, 11);
  assert.match(output.text, /21 43/);
  const sleeping = await (await engine.containers.createExec(one.id, ["sleep", "100"])).start();
  await sleeping.signal(15);
  assert.equal(await sleeping.exitCode, 143);
});

Deno.test("stat() looks at a file of a container that runs or not, at a link itself", async () => {
  using engine = openEngine();
  await using one = await created(engine, "mkdir -m 750 /d; echo 12345 >/d/f; ln -s f /d/l");
  const at = Date.now();
  await engine.containers.start(one.id);
  await engine.containers.wait(one.id);
  const { modifiedAt, ...file } = await engine.containers.stat(one.id, "/d/f");
  assert.deepEqual(file, { name: "f", size: 6, mode: 0o100644, linkTarget: "" });
  assert.ok(modifiedAt > at - 5_000 && modifiedAt < Date.now() + 5_000, `${modifiedAt}`);
  const directory = await engine.containers.stat(one.id, "d/");
  assert.deepEqual([directory.name, directory.mode], ["d", 0o040750]);
  const link = await engine.containers.stat(one.id, "/d/l");
  assert.deepEqual([link.name, link.mode >> 12, link.linkTarget], ["l", 0o12, "f"]);
  assert.equal((await engine.containers.stat(one.id, "/")).name, "/");
  await assert.rejects(engine.containers.stat(one.id, "/d/none"), isOfKind("notFound"));
});

Deno.test("push() and pull() take credentials for themselves alone", async () => {
  using engine = openEngine();
  await using registry = await startRegistry({ auth: "basic" });
  const name = `${registry.host}/alpine:library`;
  const credentials = { kind: "password", ...ACCOUNT } as const;
  await engine.images.tag(shared.image("alpine"), name);
  await assert.rejects(engine.images.push(name), isOfKind("denied"));
  await assert.rejects(
    engine.images.push(name, { credentials: { ...credentials, password: "wrong" } }),
    isOfKind("denied"),
  );
  await engine.images.push(name, { credentials });
  await engine.images.remove(name);
  await assert.rejects(engine.images.pull(name), isOfKind("denied"));
  const { status } = await engine.images.pull(name, { credentials });
  assert.equal(status, "downloaded");
  await engine.images.remove(name);
});

Deno.test("networks and volumes are an engine's as containers are", async () => {
  using engine = openEngine();
  const { name } = await engine.volumes.create({ name: "library-volume", labels: { a: "1" } });
  const [listed] = await engine.volumes.list({ name: [name] });
  assert.equal((await engine.volumes.inspect(name)).Mountpoint, listed!.mountPoint);
  await engine.volumes.remove(name);
  await assert.rejects(engine.volumes.inspect(name), isOfKind("notFound"));
  const names = (await engine.networks.list()).map((network) => network.name);
  assert.deepEqual(names.filter((name) => /^(bridge|host|none)$/.test(name)).length, 3);
  assert.equal((await engine.networks.inspect("none")).Driver, "null");
});

Deno.test("an older supervisor is spoken to in its version, or followed by another", async () => {
  using engine = openEngine();
  await using held = await created(engine, "sleep 100");
  await using one = await created(engine, "echo new; exit 2");
  await engine.containers.start(held.id);
  const old = await supervisorOf(shared.tsd);
  const lock = `${shared.tsd.runDir}/supervisor.lock`;
  const { protocol, ...identity } = JSON.parse(await Deno.readTextFile(lock));
  assert.equal(protocol, 1);
  await Deno.writeTextFile(lock, JSON.stringify(identity));
  // What it understands it is asked for.
  await using other = await created(engine, "exit 1");
  assert.equal(await engine.containers.start(other.id), "done");
  assert.equal(await engine.containers.wait(other.id), 1);
  assert.equal((await engine.system.supervisor())?.pid, old);
  // What it does not it is not.
  const output = new Output();
  const { onOutput } = output;
  const attachment = await engine.containers.attach(one.id, { beforeStart: true, onOutput });
  const status = await engine.system.supervisor();
  assert.notEqual(status?.pid, old);
  assert.deepEqual(status?.containers, [held.id]);
  await engine.containers.start(one.id);
  assert.equal(await attachment.exitCode, 2);
  assert.equal(output.text, "new\n");
  assert.equal((await engine.containers.find(held.id)).status, "running");
});

Deno.test("the documented script pulls, runs and prints the output and the exit code", async () => {
  const { tsd } = shared;
  const scripts = await documentedScripts();
  assert.notEqual(scripts.length, 0, `no script imports Engine in ${DOCUMENTS.join(", ")}`);
  for (const [from, script] of scripts) {
    const file = `${tsd.home}/example.ts`;
    const here = script
      .replaceAll(/"[^"]*\/lib\/mod\.ts"/g, JSON.stringify(new URL("lib/mod.ts", ROOT).href))
      .replaceAll(/"alpine(:[a-z0-9.]+)?"/g, JSON.stringify(shared.image("alpine")));
    await Deno.writeTextFile(file, here);
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", `--config=${new URL("deno.json", ROOT).pathname}`, file],
      clearEnv: true,
      env: tsd.env,
    }).output();
    const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    assert.equal(code, 0, `${from}:\n${out}${err}`);
    assert.notEqual(out, "", from);
  }
});
