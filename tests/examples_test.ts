import assert from "node:assert/strict";
import { hostCommand } from "./harness/host_command.ts";
import { pushImage } from "./harness/image.ts";
import { alpineImage } from "./harness/images.ts";
import { pushMariadb } from "./harness/mariadb_image.ts";
import { suite } from "./harness/suite.ts";
import { waitUntil } from "./harness/wait_until.ts";

const shared = suite({ network: "bridge" });

const EXAMPLES = new URL("../examples/", import.meta.url).pathname;

/** Has the short names of images, which mean Docker Hub, come from the tests' registry. */
async function mirrorImages(): Promise<void> {
  await pushImage(shared.registry, "library/busybox:latest", await alpineImage({}));
  await shared.tsd.configure({ "registry-mirrors": [`http://${shared.registry.host}`] });
}

/** Runs a script in TypeScript as the README says, and returns its lines. */
async function runScript(name: string): Promise<string[]> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", `${EXAMPLES}${name}`],
    clearEnv: true,
    env: shared.tsd.env,
  }).output();
  const [out = "", err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  assert.equal(code, 0, `${name}:\n${out}${err}`);
  return out.trimEnd().split("\n");
}

async function temporaryDirectory(): Promise<AsyncDisposable & { path: string }> {
  const path = await Deno.makeTempDir({ dir: "/var/tmp", prefix: "tsd-example-" });
  await Deno.chmod(path, 0o755);
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return (listener.addr as Deno.NetAddr).port;
}

/** What a server on loopback says, once it listens. */
async function fetched(port: number, path: string): Promise<string> {
  return await waitUntil("the web server", async () => {
    try {
      return await (await fetch(`http://127.0.0.1:${port}/${path}`)).text();
    } catch (error) {
      if (error instanceof TypeError) return undefined;
      throw error;
    }
  });
}

Deno.test("web_server.sh serves a directory of the host", async () => {
  await mirrorImages();
  await using pages = await temporaryDirectory();
  await Deno.writeTextFile(`${pages.path}/page`, "served");
  const port = freePort();
  const { stdout } = await shared.tsd.shell(`. ${EXAMPLES}web_server.sh ${pages.path} ${port}`);
  assert.ok(stdout.includes(`http://127.0.0.1:${port}/`), stdout);
  assert.equal(await fetched(port, "page"), "served");
  await shared.tsd.run(["exec", "web", "touch", "/www/page"], { expect: 1 });
  await shared.tsd.run(["rm", "-f", "web"]);
});

Deno.test("database.sh finds its data again in a second container", async () => {
  await mirrorImages();
  await pushMariadb(shared.registry, "library/mariadb");
  const { stdout } = await shared.tsd.shell(`. ${EXAMPLES}database.sh`, {
    env: { MARIADB_ROOT_PASSWORD: "open-sesame" },
    timeoutMs: 150_000,
  });
  assert.match(stdout, /^In stock: tea$/m);
  await shared.tsd.run(["rm", "-f", "shop-db"]);
  await shared.tsd.run(["volume", "rm", "shop-data"]);
});

Deno.test("run_and_collect.ts has a command's output and exit code", async () => {
  await mirrorImages();
  assert.deepEqual(await runScript("run_and_collect.ts"), [
    "stdout: to stdout",
    "stderr: to stderr",
    "exit code: 3",
  ]);
});

Deno.test("long_lived.ts executes a command, and reads the log and what is used", async () => {
  await mirrorImages();
  assert.deepEqual(await runScript("long_lived.ts"), [
    "user: 0 exit code: 0",
    "log: started",
    "processes: 1 memory in use: true",
  ]);
});

Deno.test("network_and_volume.ts connects two containers, and tells what happened", async () => {
  await mirrorImages();
  const [answer, events] = await runScript("network_and_volume.ts");
  assert.equal(answer, "answer: hello from a volume exit code: 0");
  assert.match(events!, /^events of the server: create start (kill )?die$/);
});

Deno.test("web.service is a unit that systemd accepts, and its commands start and stop the server", async () => {
  await mirrorImages();
  await using folder = await temporaryDirectory();
  await Deno.writeTextFile(`${folder.path}/page`, "served");
  const port = freePort();
  const unit = (await Deno.readTextFile(`${EXAMPLES}web.service`))
    .replaceAll("/srv/www", folder.path).replaceAll("127.0.0.1:8080:", `127.0.0.1:${port}:`);
  await verify(unit, folder.path);
  const { tsd } = shared;
  await tsd.run(command(unit, "ExecStartPre"), { expect: "any" });
  const main = tsd.spawn(command(unit, "ExecStart"));
  assert.equal(await fetched(port, "page"), "served");
  await tsd.run(command(unit, "ExecStop"));
  const { code } = await main.finish(30_000);
  assert.equal(code, Number(/^SuccessExitStatus=(.*)$/m.exec(unit)![1]));
});

/** The arguments of the program in a line of a unit; they are words without quotes. */
function command(unit: string, key: string): string[] {
  const found = new RegExp(`^${key}=-?/usr/local/bin/tsd (.*)$`, "m").exec(unit);
  assert.ok(found, `the unit has no ${key}`);
  return found[1]!.split(" ");
}

/** Has systemd look at a unit; the program has to be one that this machine has. */
async function verify(unit: string, directory: string): Promise<void> {
  try {
    await Deno.stat("/usr/bin/systemd-analyze");
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw error;
  }
  const path = `${directory}/web.service`;
  await Deno.writeTextFile(path, unit.replaceAll("/usr/local/bin/tsd", "/bin/true"));
  await hostCommand("systemd-analyze", ["verify", path]);
}
