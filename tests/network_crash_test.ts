import assert from "node:assert/strict";
import { hostCommand } from "./harness/host_command.ts";
import { PACE } from "./harness/pace.ts";
import { suite } from "./harness/suite.ts";
import { waitUntil } from "./harness/wait_until.ts";

const shared = suite({ pull: ["alpine"], network: "bridge" });

/** Moments of a start at which it is killed, in milliseconds after the command. */
const MOMENTS = [0, 20, 40, 60, 80, 100, 130, 160, 200, 260];

async function bridges(): Promise<string[]> {
  const links = await Array.fromAsync(Deno.readDir("/sys/class/net"));
  const found = await Promise.all(links.map(async ({ name }) => {
    const alias = await hostCommand("cat", [`/sys/class/net/${name}/ifalias`]).catch(() => "");
    return alias.startsWith(`${shared.tsd.instance}:`) ? [`${name} ${alias.trim()}`] : [];
  }));
  return found.flat().sort();
}

async function bridgeOf(network: string): Promise<string> {
  const suffix = ` ${shared.tsd.instance}:${network}`;
  return (await bridges()).find((one) => one.endsWith(suffix))?.split(" ")[0] ?? "";
}

function killNow(pid: number): void {
  try {
    Deno.kill(pid, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

Deno.test("30 containers started at once have 30 addresses, and leave none", async () => {
  const { tsd } = shared;
  await tsd.run(["network", "create", "-s", "10.253.30.0/24", "many"]);
  const names = Array.from({ length: 30 }, (_, number) => `many${number}`);
  const image = shared.image("alpine");
  await Promise.all(
    names.map((name) =>
      tsd.run(["run", "-d", "--network", "many", "--name", name, image, "sleep", "1000"], {
        timeoutMs: 120_000,
      })
    ),
  );
  const { stdout } = await tsd.run(["ps", "--format", "{{.IPs}}"]);
  const addresses = stdout.trim().split("\n");
  assert.equal(new Set(addresses).size, 30);
  const hosts = (await tsd.run(["exec", "many0", "cat", "/etc/hosts"])).stdout;
  for (const name of names) assert.match(hosts, new RegExp(`\\t${name} `));
  await tsd.run(["rm", "-f", ...names], { timeoutMs: 120_000 });
  await tsd.run(["network", "rm", "many"]);
});

Deno.test("kill -9 of the supervisor at any step of a start leaves no address and no interface", async () => {
  const { tsd } = shared;
  await tsd.run(["network", "create", "-s", "10.253.31.0/24", "killed"]);
  for (const moment of MOMENTS) {
    const running = tsd.spawn([
      ...["run", "--rm", "--network", "killed", shared.image("alpine"), "sleep", "1000"],
    ]);
    await new Promise((resolve) => setTimeout(resolve, moment * PACE));
    // What was just about to start another one did not get to it, or it is there at the next look.
    for (let found; (found = await tsd.processes()).length > 0;) {
      for (const { pid } of found) killNow(pid);
    }
    await running.finish();
    await waitUntil("the end of the container", async () => {
      await tsd.run(["ps", "-a"]);
      const { stdout } = await tsd.run(["ps", "-aq"]);
      return stdout === "";
    });
    // The first address is free again.
    const { stdout } = await tsd.run([
      ...["run", "--rm", "--network", "killed", shared.image("alpine")],
      ...["ip", "-4", "-o", "addr", "show", "eth0"],
    ]);
    assert.match(stdout, /inet 10\.253\.31\.2\//, `killed after ${moment} ms`);
  }
  const containers = `${tsd.instance}:killed:`;
  await waitUntil(
    "the end of all interfaces",
    async () => !(await bridges()).some((one) => one.includes(containers)),
  );
  await tsd.run(["network", "rm", "killed"]);
});

Deno.test("kill -9 of the supervisor at any step of network connect and disconnect is put right by doing it again", async () => {
  const { tsd } = shared;
  await tsd.run(["network", "create", "-s", "10.253.35.0/24", "live"]);
  const image = shared.image("alpine");
  await tsd.run(["run", "-d", "--name", "held", image, "sleep", "1000"]);
  const inside = async () =>
    (await tsd.run(["exec", "held", "ls", "/sys/class/net"])).stdout.trim().split("\n").sort();
  const isConnected = async () =>
    (await tsd.run(["inspect", "-f", "{{len .NetworkSettings.Networks}}", "held"])).stdout ===
      "2\n";
  const killed = async (moment: number, verb: string) => {
    const running = tsd.spawn(["network", verb, "live", "held"]);
    await new Promise((resolve) => setTimeout(resolve, moment * PACE));
    for (const { command, pid } of await tsd.processes(false)) {
      if (command.includes("supervisor")) killNow(pid);
    }
    await running.finish();
  };
  for (const moment of [60, 80, 100, 130, 160, 200, 260]) {
    await killed(moment, "connect");
    if (await isConnected()) await tsd.run(["network", "disconnect", "live", "held"]);
    assert.deepEqual(await inside(), ["eth0", "lo"], `connect, killed after ${moment} ms`);
    await tsd.run(["network", "connect", "live", "held"]);
    assert.deepEqual(await inside(), ["eth0", "eth1", "lo"]);
    await killed(moment, "disconnect");
    if (await isConnected()) await tsd.run(["network", "disconnect", "live", "held"]);
    assert.deepEqual(await inside(), ["eth0", "lo"], `disconnect, killed after ${moment} ms`);
  }
  await tsd.run(["rm", "-f", "held"]);
  await tsd.run(["network", "rm", "live"]);
});

Deno.test("kill -9 of network create and rm leaves what the next command puts right", async () => {
  const { tsd } = shared;
  for (const moment of [0, 40, 60, 80, 100, 120]) {
    const running = tsd.spawn(["network", "create", "-s", "10.253.32.0/24", "half"]);
    await new Promise((resolve) => setTimeout(resolve, moment * PACE));
    running.kill("SIGKILL");
    await running.finish();
    const { stdout } = await tsd.run(["network", "ls", "--format", "{{.Name}}"]);
    if (!stdout.includes("half")) {
      await tsd.run(["network", "create", "-s", "10.253.32.0/24", "half"]);
    }
    const address = await tsd.run([
      ...["run", "--rm", "--network", "half", shared.image("alpine"), "hostname", "-i"],
    ]);
    assert.equal(address.stdout, "10.253.32.2\n");
    const removing = tsd.spawn(["network", "rm", "half"]);
    await new Promise((resolve) => setTimeout(resolve, moment * PACE));
    removing.kill("SIGKILL");
    await removing.finish();
    await tsd.run(["system", "reconcile"]);
    await tsd.run(["network", "rm", "-f", "half"], { expect: "any" });
    assert.equal(await bridgeOf("half"), "");
  }
});

Deno.test("system reconcile makes a deleted bridge again, with the containers on it", async () => {
  const { tsd } = shared;
  await tsd.run(["network", "create", "-s", "10.253.33.0/24", "lost"]);
  for (const name of ["one", "two"]) {
    await tsd.run([
      ...["run", "-d", "--name", name, "--network", "lost", shared.image("alpine")],
      ...["sleep", "1000"],
    ]);
  }
  const ping = ["exec", "one", "ping", "-c1", "-W2", "two"];
  await tsd.run(ping);
  await hostCommand("ip", ["link", "del", await bridgeOf("lost")]);
  await tsd.run(ping, { expect: 1 });
  const { stdout } = await tsd.run(["system", "reconcile"]);
  assert.match(stdout, /^network lost: its interface tsd\w+ was missing, made it again$/m);
  await tsd.run(ping);
  await hostCommand("ip", ["addr", "flush", "dev", await bridgeOf("lost")]);
  assert.match(
    (await tsd.run(["system", "reconcile"])).stdout,
    /had lost the address 10\.253\.33\.1/,
  );
  assert.equal((await tsd.run(["system", "reconcile"])).stdout, "");
  await tsd.run(["rm", "-f", "one", "two"]);
  await tsd.run(["network", "rm", "lost"]);
});

Deno.test("after a reboot the next start puts bridges and rules right", async () => {
  const { tsd } = shared;
  await tsd.run(["network", "create", "-s", "10.253.34.0/24", "kept"]);
  await tsd.run([
    ...["run", "-d", "--name", "web", "--network", "kept", "--ip", "10.253.34.9"],
    ...["--restart", "always", shared.image("alpine"), "sleep", "1000"],
  ]);
  // What a reboot leaves: files below TSD_ROOT, and nothing else.
  for (const { pid } of await tsd.processes()) killNow(pid);
  await waitUntil("the end of all processes", async () => (await tsd.processes()).length === 0);
  await hostCommand("ip", ["link", "del", await bridgeOf("kept")]);
  await hostCommand("ip", ["link", "del", await bridgeOf("bridge")]).catch(() => "");
  for await (const { name } of Deno.readDir(tsd.runDir)) {
    await Deno.remove(`${tsd.runDir}/${name}`, { recursive: true });
  }
  // With the id of another boot in its records.
  const sql = "UPDATE containers SET boot_id = 'before'";
  await hostCommand(Deno.execPath(), [
    ...["eval", "-q"],
    `import { DatabaseSync } from "node:sqlite";` +
    `new DatabaseSync(${JSON.stringify(`${tsd.root}/state.db`)}).exec(${JSON.stringify(sql)});`,
  ]);
  assert.equal((await tsd.run(["system", "boot"])).stdout, "web\n");
  const { stdout } = await tsd.run(["exec", "web", "ip", "-4", "-o", "addr", "show", "eth0"]);
  assert.match(stdout, /inet 10\.253\.34\.9\/24/);
  await tsd.run(["exec", "web", "ping", "-c1", "-W2", "10.253.34.1"]);
  await tsd.run(["rm", "-f", "web"]);
  await tsd.run(["network", "rm", "kept"]);
});
