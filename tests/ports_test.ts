import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { firewallRules, flushChain } from "./harness/firewall_rules.ts";
import { hostCommand } from "./harness/host_command.ts";
import { NetworkWorld } from "./harness/network_world.ts";
import { suite } from "./harness/suite.ts";
import { supervisorOf } from "./harness/supervisor.ts";
import { waitUntil } from "./harness/wait_until.ts";

const shared = suite({ pull: ["alpine", "configured"], network: "bridge" });

const HARNESS = fileURLToPath(new URL("./harness", import.meta.url));
const SERVER = "/harness/answering_program.ts";
/** Of the link to the other machine. */
const LINK = { host: "198.51.100.1", outside: "198.51.100.2" };
/** Says hello to whoever connects to port 80. */
const HELLO = ["nc", "-ll", "-p", "80", "-e", "echo", "hello"];

/** A port of the host that is free, and most likely stays so. */
function freePort(): number {
  using listener = Deno.listen({ hostname: "0.0.0.0", port: 0 });
  return (listener.addr as Deno.NetAddr).port;
}

/** What a server says that talks first; nothing where there is none. */
async function ask(hostname: string, port: number): Promise<string | undefined> {
  try {
    using connection = await Deno.connect({ hostname, port });
    const text = await new Response(connection.readable).text();
    return text === "" ? undefined : text.trim();
  } catch (error) {
    if (error instanceof Deno.errors.ConnectionRefused) return undefined;
    if (error instanceof Deno.errors.ConnectionReset) return undefined;
    throw error;
  }
}

async function askUdp(hostname: string, port: number): Promise<string> {
  const script = `exec 3<>/dev/udp/${hostname}/${port}; echo hello >&3; dd bs=512 count=1 <&3`;
  return await hostCommand("timeout", ["2", "bash", "-c", script]);
}

/** An address of the host that is not loopback's. */
function hostAddress(): string {
  const found = Deno.networkInterfaces()
    .find(({ address, family, name }) =>
      family === "IPv4" && name !== "lo" && address !== LINK.host && !name.startsWith("tsd")
    );
  assert.ok(found, "the host has no address but loopback's");
  return found.address;
}

async function run(...args: string[]): Promise<string> {
  return (await shared.tsd.run(args)).stdout.trim();
}

/** The instance's rules that name a container. */
async function rulesOf(id: string): Promise<string[]> {
  return (await firewallRules()).split("\n").filter((line) => line.includes(id));
}

Deno.test("a published port leads to its container, from everywhere, while it runs", async (test) => {
  const port = freePort();
  const local = freePort();
  const address = hostAddress();
  await using world = new NetworkWorld();
  await world.add("outside");
  await world.connectHost("tsdports0", ["outside", "eth0"]);
  await hostCommand("ip", ["addr", "add", `${LINK.host}/24`, "dev", "tsdports0"]);
  await world.run("outside", `ip addr add ${LINK.outside}/24 dev eth0`);
  await world.run("outside", `ip route add default via ${LINK.host}`);
  const id = await run(
    ...["run", "-d", "--name", "web", "-p", `${port}:80`, "-p", `127.0.0.1:${local}:81`],
    // The host's root does not show what is mounted in it, where these files may be.
    ...["-v", `${HARNESS}:/harness:ro`, "--rootfs", "/"],
    ...["-p", `${port}:53/udp`, "--stop-signal", "SIGKILL"],
    ...[Deno.execPath(), "run", "-A", "--unstable-net", SERVER, "web"],
  );
  await waitUntil("the server", () => ask("127.0.0.1", port), { timeoutMs: 20_000 });

  await test.step("from the host", async () => {
    assert.match(await ask("127.0.0.1", port) ?? "", /^web 10\./);
    assert.match(await ask("127.0.0.1", local) ?? "", /^web 10\./);
    assert.equal(await ask(address, port), `web ${address}`);
    assert.equal(await ask(address, local), undefined);
    assert.match(await askUdp("127.0.0.1", port), /^web 10\./);
    assert.equal(await askUdp(address, port), `web ${address}`);
  });
  await test.step("from another machine, which reaches nothing else", async () => {
    assert.equal(await world.ask("outside", LINK.host, port), `web ${LINK.outside}`);
    assert.equal(await world.askUdp("outside", LINK.host, port), `web ${LINK.outside}`);
    assert.equal(await world.ask("outside", LINK.host, local), undefined);
    const device = await run("exec", "web", "ip", "-4", "-o", "addr", "show", "eth0");
    const inside = /inet ([\d.]+)/.exec(device)?.[1] ?? "";
    for (const hidden of [80, 81]) {
      assert.equal(await world.ask("outside", inside, hidden), undefined);
    }
  });
  await test.step("from a neighbour, from another network and from the container itself", async () => {
    await run("network", "create", "apart");
    const script = `nc -w 3 ${address} ${port} </dev/null`;
    const image = shared.image("alpine");
    for (const network of ["bridge", "apart"]) {
      assert.match(
        await run("run", "--rm", "--network", network, image, "sh", "-c", script),
        /^web /,
      );
    }
    assert.match(await run("exec", "web", "busybox", "sh", "-c", script), /^web /);
    await run("network", "rm", "apart");
  });
  await test.step("as port, ps and inspect tell", async () => {
    assert.deepEqual((await run("port", "web")).split("\n").sort(), [
      `53/udp -> 0.0.0.0:${port}`,
      `80/tcp -> 0.0.0.0:${port}`,
      `81/tcp -> 127.0.0.1:${local}`,
    ]);
    assert.equal(await run("port", "web", "81"), `127.0.0.1:${local}`);
    assert.match(await run("ps", "--format", "{{.Ports}}"), new RegExp(`0.0.0.0:${port}->80/tcp`));
    assert.equal(await run("ps", "-q", "--filter", `publish=${port}`), id.slice(0, 12));
    const found = JSON.parse(await run("inspect", "web"))[0];
    assert.deepEqual(found.NetworkSettings.Ports["81/tcp"], [
      { HostIp: "127.0.0.1", HostPort: `${local}` },
    ]);
    assert.deepEqual(found.HostConfig.PortBindings["80/tcp"], [{
      HostIp: "",
      HostPort: `${port}`,
    }]);
  });
  await test.step("and is nobody else's", () => {
    assert.throws(() => Deno.listen({ hostname: "127.0.0.1", port }), Deno.errors.AddrInUse);
  });
  await test.step("by way of whichever network the container is on", async () => {
    await run("network", "create", "other");
    await run("network", "disconnect", "bridge", "web");
    assert.equal(await ask("127.0.0.1", port), undefined);
    await run("network", "connect", "other", "web");
    assert.match(await ask("127.0.0.1", port) ?? "", /^web 10\./);
    await run("network", "connect", "bridge", "web");
    await run("network", "disconnect", "other", "web");
    assert.match(await ask("127.0.0.1", port) ?? "", /^web 10\./);
    await run("network", "rm", "other");
  });
  await test.step("after rules were flushed, from the next start on", async () => {
    const chain = `${shared.tsd.instance.replace(/^tsd/, "TSD")}-PORTS`;
    await flushChain("nat", chain);
    assert.equal(await ask("127.0.0.1", port), undefined);
    await run("run", "--rm", shared.image("alpine"), "true");
    assert.match(await ask("127.0.0.1", port) ?? "", /^web /);
  });
  await test.step("after its supervisor was killed, too", async () => {
    const old = await supervisorOf(shared.tsd);
    Deno.kill(old, "SIGKILL");
    assert.match(await ask("127.0.0.1", port) ?? "", /^web /);
    await waitUntil("another supervisor", async () => {
      await run("ps");
      return await supervisorOf(shared.tsd) !== old;
    });
    assert.throws(() => Deno.listen({ hostname: "127.0.0.1", port }), Deno.errors.AddrInUse);
    assert.match(await ask("127.0.0.1", port) ?? "", /^web /);
  });
  await test.step("no longer, once it was stopped; again, once it was started", async () => {
    assert.ok((await rulesOf(id)).length > 0);
    await run("stop", "web");
    assert.deepEqual(await rulesOf(id), []);
    assert.equal(await run("port", "web"), "");
    Deno.listen({ hostname: "127.0.0.1", port }).close();
    await run("start", "web");
    await waitUntil("the server", () => ask("127.0.0.1", port), { timeoutMs: 20_000 });
  });
  await test.step("no longer, once it was killed together with its supervisor", async () => {
    const pid = Number(await run("inspect", "-f", "{{.State.Pid}}", "web"));
    Deno.kill(await supervisorOf(shared.tsd), "SIGKILL");
    Deno.kill(pid, "SIGKILL");
    await waitUntil("what the next command finds", async () => {
      return (await run("ps", "-q")) === "" && (await rulesOf(id)).length === 0;
    });
    Deno.listen({ hostname: "127.0.0.1", port }).close();
    await run("rm", "web");
  });
});

Deno.test("nc -l in a container on a network of its own, from the host and a neighbour", async () => {
  const port = freePort();
  await run("network", "create", "front");
  await run(
    ...["run", "-d", "--name", "server", "--network", "front", "-p", `${port}:80`],
    ...["--stop-signal", "SIGKILL", shared.image("alpine"), ...HELLO],
  );
  assert.equal(await waitUntil("the server", () => ask("127.0.0.1", port)), "hello");
  const script = "until nc -w 2 server 80 </dev/null; do usleep 10000; done";
  const neighbour = ["run", "--rm", "--network", "front", shared.image("alpine"), "sh", "-c"];
  assert.equal(await run(...neighbour, script), "hello");
  await run("rm", "-f", "server");
  await run("network", "rm", "front");
});

Deno.test("a port published on :: is refused at ::1, rather than left without an answer", async () => {
  await run("network", "create", "--ipv6", "six");
  const image = shared.image("alpine");
  const server = ["nc", "-ll", "-p", "80", "-e", "echo", "six"];
  await run("run", "-d", "--name", "six", "--network", "six", "-p", "80", image, ...server);
  const [, six = ""] = (await run("port", "six", "80")).split("\n");
  const port = Number(six.split(":").at(-1));
  const ask = ["5", "bash", "-c", `exec 3<>/dev/tcp/::1/${port}`];
  await assert.rejects(hostCommand("timeout", ask), /Connection refused/);
  await run("rm", "-f", "six");
  await run("network", "rm", "six");
});

Deno.test("run refuses ports that others have, in Docker's words", async () => {
  const { tsd } = shared;
  const port = freePort();
  const image = shared.image("alpine");
  await run(
    "run",
    "-d",
    "--name",
    "first",
    "-p",
    `${port}:80`,
    "--stop-signal",
    "SIGKILL",
    image,
    ...HELLO,
  );
  const again = await tsd.run(["run", "--rm", "-p", `${port}:80`, image, "true"], { expect: 125 });
  assert.match(
    again.stderr,
    new RegExp(
      `driver failed programming external connectivity on endpoint \\S+ \\([0-9a-f]{64}\\): ` +
        `Bind for 0\\.0\\.0\\.0:${port} failed: port is already allocated\n$`,
    ),
  );
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const taken = (listener.addr as Deno.NetAddr).port;
  const other = await tsd.run(["run", "--rm", "-p", `${taken}:80`, image, "true"], { expect: 125 });
  assert.match(other.stderr, new RegExp(`0\\.0\\.0\\.0:${taken}.*: address already in use\n$`));
  const host = ["run", "--rm", "--network", "host", "-p", "80:80", image, "true"];
  assert.match(
    (await tsd.run(host, { expect: 125 })).stderr,
    /conflicting options: port publishing/,
  );
  const wrong = await tsd.run(["run", "--rm", "-p", "80:x", image, "true"], { expect: 125 });
  assert.match(wrong.stderr, /invalid containerPort: x/);
  assert.equal(await run("ps", "-aq"), await run("ps", "-aq", "--filter", "name=first"));
  await run("rm", "-f", "first");
});

Deno.test("run -P publishes what the image exposes, run -p 0 a free port", async () => {
  await run(
    ...["run", "-d", "--name", "all", "-P", "--expose", "70-71", "--entrypoint", "sleep"],
    ...["-p", "127.0.0.1:0:90", "--stop-signal", "SIGKILL", shared.image("configured"), "1000"],
  );
  const lines = (await run("port", "all")).split("\n");
  assert.deepEqual(lines.map((line) => line.split(" ")[0]).sort(), [
    "53/udp",
    "70/tcp",
    "71/tcp",
    "80/tcp",
    "90/tcp",
  ]);
  const ports = lines.map((line) => Number(line.split(":").at(-1)));
  assert.ok(ports.every((port) => port > 1023), `${ports}`);
  assert.equal(await run("inspect", "-f", "{{.HostConfig.PublishAllPorts}}", "all"), "true");
  await run("rm", "-f", "all");
});
