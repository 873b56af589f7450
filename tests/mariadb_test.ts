import assert from "node:assert/strict";
import { firewallRules } from "./harness/firewall_rules.ts";
import { hostCommand } from "./harness/host_command.ts";
import { pushMariadb } from "./harness/mariadb_image.ts";
import { suite } from "./harness/suite.ts";
import { waitUntil } from "./harness/wait_until.ts";

const shared = suite({ network: "bridge" });

const PASSWORD = "open-sesame";
const LOGIN = ["-uroot", `-p${PASSWORD}`, "--skip-column-names", "--batch"];

/** No more than there are. */
const CPUS = Math.min(2, navigator.hardwareConcurrency);

async function run(...args: string[]): Promise<string> {
  return (await shared.tsd.run(args)).stdout.trim();
}

/** Asks the server as a client on the host does. */
async function query(host: string, port: number, sql: string): Promise<string> {
  const place = ["-h", host, "-P", `${port}`, "--connect-timeout=2"];
  return await hostCommand("mariadb", ["--no-defaults", ...LOGIN, ...place, "-e", sql]);
}

/** All the server says. */
async function log(): Promise<string> {
  const { stderr, stdout } = await shared.tsd.run(["logs", "mysql-test"]);
  return stdout + stderr;
}

async function serverAnswers(port: number): Promise<void> {
  const isAlive = async () => {
    const state = await run("inspect", "-f", "{{.State.Status}}", "mysql-test");
    assert.equal(state, "running", await log());
    return await query("127.0.0.1", port, "SELECT 1").catch(() => undefined);
  };
  await waitUntil("the server", isAlive, { timeoutMs: 60_000 });
}

function hostAddress(): string {
  const found = Deno.networkInterfaces()
    .find(({ family, name }) => family === "IPv4" && name !== "lo" && !name.startsWith("tsd"));
  assert.ok(found, "the host has no address but loopback's");
  return found.address;
}

/** The IPv4 addresses of the interfaces in the container. */
async function addressesInside(): Promise<string[]> {
  const { stdout } = await shared.tsd.run(["exec", "mysql-test", "ip", "-4", "-o", "addr"]);
  return [...stdout.matchAll(/inet ([\d.]+)/g)].map(([, address]) => address!)
    .filter((address) => address !== "127.0.0.1");
}

Deno.test("a database is served to the host, to neighbours and to the world, and keeps its data", async (test) => {
  const image = await pushMariadb(shared.registry);
  await using data = await temporaryFolder();
  using free = Deno.listen({ hostname: "0.0.0.0", port: 0 });
  const { port } = free.addr as Deno.NetAddr;
  free.close();
  const id = await run(
    ...["run", "-d", "-p", `${port}:3306`, "-v", `${data.path}:/var/lib/mysql`],
    ...["-e", `MARIADB_ROOT_PASSWORD=${PASSWORD}`, "-e", "MARIADB_DATABASE=shop"],
    ...["--name", "mysql-test", "--hostname", "mysql-test"],
    ...["--cpus", `${CPUS}`, "--memory", "600m", "--pids-limit", "200", "-q", image],
  );
  await serverAnswers(port);

  await test.step("a client on the host reaches it by 127.0.0.1 and by the host's address", async () => {
    await query("127.0.0.1", port, "CREATE TABLE shop.goods (name TEXT)");
    await query(hostAddress(), port, "INSERT INTO shop.goods VALUES ('tea')");
    assert.equal(await query("127.0.0.1", port, "SELECT name FROM shop.goods"), "tea");
    assert.equal(await query("127.0.0.1", port, "SELECT @@hostname"), "mysql-test");
  });
  await test.step("it is limited as was asked for", async () => {
    const limits = "{{.HostConfig.NanoCpus}} {{.HostConfig.Memory}} {{.HostConfig.PidsLimit}}";
    const expected = `${CPUS * 1e9} 629145600 200`;
    assert.equal(await run("inspect", "-f", limits, "mysql-test"), expected);
  });
  await test.step("another network gives it a second address, by which neighbours know it", async () => {
    const before = await addressesInside();
    await run("network", "create", "-s", "10.10.1.0/24", "subnet1");
    await run("network", "connect", "subnet1", "mysql-test");
    const after = await addressesInside();
    const [second] = after.filter((address) => !before.includes(address));
    assert.deepEqual([after.length, second], [2, "10.10.1.2"]);
    const format = "{{.NetworkSettings.Networks.subnet1.IPAddress}}";
    assert.equal(await run("inspect", "-f", format, "mysql-test"), second);
    const client = [
      ...["run", "--rm", "--network", "subnet1", "--entrypoint", "mariadb", image],
      ...["--no-defaults", ...LOGIN, "-h", "mysql-test", "-e", "SELECT name FROM shop.goods"],
    ];
    assert.equal(await run(...client), "tea");
    await run("network", "disconnect", "subnet1", "mysql-test");
    assert.deepEqual(await addressesInside(), before);
    await run("network", "rm", "subnet1");
  });
  await test.step("stop, start and restart keep its data", async () => {
    await run("stop", "mysql-test");
    await assert.rejects(query("127.0.0.1", port, "SELECT 1"));
    await run("start", "mysql-test");
    await serverAnswers(port);
    await run("restart", "mysql-test");
    await serverAnswers(port);
    assert.equal(await query("127.0.0.1", port, "SELECT name FROM shop.goods"), "tea");
  });
  await test.step("rm frees everything but the data", async () => {
    await run("rm", "-f", "mysql-test");
    Deno.listen({ hostname: "0.0.0.0", port }).close();
    assert.ok(!(await firewallRules()).includes(id));
    assert.ok((await Deno.stat(`${data.path}/shop`)).isDirectory);
  });
});

async function temporaryFolder(): Promise<{ path: string } & AsyncDisposable> {
  const path = await Deno.makeTempDir({ dir: "/var/tmp", prefix: "tsd-mariadb-" });
  return { path, [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }) };
}
