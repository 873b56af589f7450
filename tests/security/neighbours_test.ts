import assert from "node:assert/strict";
import {
  arpAnswer,
  LIAR_MAC,
  LIAR_PREFIX,
  LIAR_ROUTER,
  neighbourAdvertisement,
  routerAdvertisement,
  sendingProgram,
} from "../harness/ethernet_frames.ts";
import { hostCommand } from "../harness/host_command.ts";
import { suite } from "../harness/suite.ts";
import { waitUntil } from "../harness/wait_until.ts";

const shared = suite({ pull: ["alpine"], network: "bridge" });

/** Starts a container that sleeps, and is removed at the end of the block. */
async function sleeper(name: string, ...options: string[]): Promise<AsyncDisposable> {
  const { tsd } = shared;
  const image = shared.image("alpine");
  await tsd.run(["run", "-d", "--name", name, ...options, image, "sleep", "1000"]);
  return { [Symbol.asyncDispose]: async () => void await tsd.run(["rm", "-f", name]) };
}

async function inside(name: string, script: string): Promise<string> {
  return (await shared.tsd.run(["exec", name, "sh", "-c", script])).stdout.trim();
}

/** Has a container with default capabilities send frames. */
async function send(name: string, ...frames: Uint8Array<ArrayBuffer>[]): Promise<void> {
  const { tsd } = shared;
  const index = Number(await inside(name, "cat /sys/class/net/eth0/ifindex"));
  for (const frame of frames) {
    const program = `${tsd.home}/send`;
    await Deno.writeFile(program, sendingProgram(frame, index), { mode: 0o755 });
    await tsd.run(["cp", program, `${name}:/send`]);
    await tsd.run(["exec", name, "/send"]);
  }
}

/** The routes and addresses that somebody has of the liar. */
function believed(routes: string): string[] {
  return routes.split("\n").filter((line) =>
    line.includes(LIAR_ROUTER) || line.includes(LIAR_PREFIX.replace("::", ":"))
  );
}

const CONF = "/proc/sys/net/ipv6/conf";

for (const options of [[], ["--ipv6"]]) {
  const kind = options.length > 0 ? "with IPv6" : "without IPv6";
  Deno.test(`CVE-2020-13401: a router advertisement of a container is believed by nobody (network ${kind})`, async () => {
    const { tsd } = shared;
    await tsd.run(["network", "create", ...options, "-s", "10.253.60.0/24", "lied"]);
    {
      await using _attacker = await sleeper("attacker", "--network", "lied");
      await using _neighbour = await sleeper("neighbour", "--network", "lied");
      await using _believer = await sleeper("believer", "--network", "lied", "--privileged");
      // What it is like without the protection, and when the frame has come to everybody.
      const open = ["all/disable_ipv6 0", "eth0/disable_ipv6 0", "eth0/accept_ra 1"]
        .map((setting) => setting.split(" "))
        .map(([file, value]) => `echo ${value} > ${CONF}/${file}`);
      await inside("believer", open.join("; "));
      await send("attacker", routerAdvertisement());
      const routes = "ip -6 route; ip -6 addr";
      await waitUntil(
        "the believer's route",
        async () => believed(await inside("believer", routes)).length > 0,
      );
      assert.deepEqual(believed(await inside("neighbour", routes)), []);
      assert.deepEqual(believed(await hostCommand("sh", ["-c", routes])), []);
    }
    await tsd.run(["network", "rm", "lied"]);
  });
}

Deno.test("CVE-2024-32473: containers and bridges without an IPv6 network have no IPv6", async () => {
  const { tsd } = shared;
  await tsd.run(["network", "create", "--ipv6", "six"]);
  {
    await using _four = await sleeper("four");
    await using _six = await sleeper("six", "--network", "six");
    await using _none = await sleeper("none", "--network", "none");
    const read = (name: string, ...files: string[]) =>
      inside(name, `cat ${files.map((file) => `${CONF}/${file}`).join(" ")} | tr '\\n' ' '`);
    // As in Docker: the loopback has it, and what the container makes itself.
    const files = ["lo/disable_ipv6", "eth0/disable_ipv6", "eth0/accept_ra"];
    assert.equal(await read("four", ...files), "0 1 0");
    assert.doesNotMatch(await inside("four", "cat /proc/net/if_inet6"), /eth0/);
    assert.equal(await inside("none", "cut -d' ' -f1 /proc/net/if_inet6"), `${"0".repeat(31)}1`);
    assert.equal(await read("six", ...files), "0 0 0");
    await tsd.run(["network", "connect", "six", "four"]);
    assert.equal(await read("four", "eth0/disable_ipv6", "eth1/disable_ipv6"), "1 0");
    await inside("four", "ping -6 -c1 -W2 six");
    // Whatever the host's own default is.
    for await (const { name } of Deno.readDir("/sys/class/net")) {
      const alias = await Deno.readTextFile(`/sys/class/net/${name}/ifalias`).catch(() => "");
      if (!alias.startsWith(`${tsd.instance}:`)) continue;
      const [accepts, isOff] = await Promise.all(
        ["accept_ra", "disable_ipv6"].map((file) => Deno.readTextFile(`${CONF}/${name}/${file}`)),
      );
      const isBridgeOfSix = alias.trim() === `${tsd.instance}:six`;
      assert.deepEqual(
        [accepts, isOff],
        ["0\n", isBridgeOfSix ? "0\n" : "1\n"],
        `${name} ${alias}`,
      );
    }
  }
  await tsd.run(["network", "rm", "six"]);
});

Deno.test("--sysctl decides about IPv6 in a container without an IPv6 network", async () => {
  const { tsd } = shared;
  const read = (name: string, ...files: string[]) =>
    inside(name, `cat ${files.map((file) => `${CONF}/${file}`).join(" ")} | tr '\\n' ' '`);
  const sysctl = (setting: string) => ["--sysctl", `net.ipv6.conf.${setting}`];
  await using _open = await sleeper("opened", ...sysctl("all.disable_ipv6=0"));
  assert.equal(await read("opened", "eth0/disable_ipv6", "eth0/accept_ra"), "0 0");
  await using _listens = await sleeper("listens", ...sysctl("eth0.accept_ra=2"));
  assert.equal(await read("listens", "eth0/disable_ipv6", "eth0/accept_ra"), "1 2");
  await tsd.run(["network", "create", "--ipv6", "refused"]);
  {
    const off = sysctl("all.disable_ipv6=1");
    await using _closed = await sleeper("closed", "--network", "refused", ...off);
    assert.equal(await read("closed", "eth0/disable_ipv6"), "1");
    assert.equal(await inside("closed", "ip -4 -o addr show eth0 | wc -l"), "1");
    const wrong = ["run", "--rm", ...sysctl("eth0.no_such_setting=1"), shared.image("alpine")];
    const { stderr } = await tsd.run([...wrong, "true"], { expect: 125 });
    assert.match(stderr, /setting the kernel parameter "net\.ipv6\.conf\.eth0\.no_such_setting"/);
  }
  await tsd.run(["network", "rm", "refused"]);
});

Deno.test("CVE-2020-13401: an upgrade has interfaces ignore routers that an older version has made", async () => {
  const { tsd } = shared;
  await tsd.run(["network", "create", "upgraded"]);
  {
    await using _old = await sleeper("old", "--network", "upgraded");
    const ours: string[] = [];
    for await (const { name } of Deno.readDir("/sys/class/net")) {
      const alias = await Deno.readTextFile(`/sys/class/net/${name}/ifalias`).catch(() => "");
      if (alias.startsWith(`${tsd.instance}:upgraded`)) ours.push(`${CONF}/${name}/accept_ra`);
    }
    assert.equal(ours.length, 2);
    for (const path of ours) await Deno.writeTextFile(path, "1");
    // Its bridge is looked at by the next start, all of them by the next supervisor.
    await using _new = await sleeper("new", "--network", "upgraded");
    const bridge = ours.find((path) => !path.includes("/tsdv"))!;
    assert.equal(await Deno.readTextFile(bridge), "0\n");
    Deno.kill(
      Number((await tsd.run(["system", "supervisor", "--format", "{{.PID}}"])).stdout),
      "SIGKILL",
    );
    await waitUntil("the next supervisor", async () => {
      await tsd.run(["ps"]);
      const read = await Promise.all(ours.map((path) => Deno.readTextFile(path)));
      return read.every((value) => value === "0\n");
    });
  }
  await tsd.run(["network", "rm", "upgraded"]);
});

Deno.test("spoofed ARP and neighbour discovery change nothing in other networks, nor for the host", async () => {
  const { tsd } = shared;
  for (const [name, third] of [["spoofing", 61], ["spoofed", 62]] as const) {
    const subnet = ["-s", `10.253.${third}.0/24`, "-s", `fd00:253:${third}::/64`];
    await tsd.run(["network", "create", "--ipv6", ...subnet, name]);
  }
  {
    await using _attacker = await sleeper("attacker", "--network", "spoofing");
    const addresses = ["--ip", "10.253.62.9", "--ip6", "fd00:253:62::9"];
    await using _victim = await sleeper("victim", "--network", "spoofed", ...addresses);
    await using _other = await sleeper("other", "--network", "spoofed");
    const reach = "ping -c1 -W2 10.253.62.9 && ping -6 -c1 -W2 fd00:253:62::9";
    await inside("other", reach);
    const claims = ["10.253.62.9", "10.253.62.1"].map(arpAnswer);
    const claims6 = ["fd00:253:62::9", "fd00:253:62::1"].map(neighbourAdvertisement);
    await send("attacker", ...claims, ...claims6);
    // Behind the frames, by the same way.
    await inside("attacker", "ping -c1 -W2 10.253.61.1");
    const known = await Promise.all([
      ...["victim", "other"].map((name) => inside(name, "ip neigh")),
      hostCommand("ip", ["neigh"]),
    ]);
    for (const table of known) assert.ok(!table.includes(LIAR_MAC), table);
    await inside("other", reach);
    // In its own network it would be noticed: of whom the neighbour knows, it believes more.
    await using _near = await sleeper("near", "--network", "spoofing", "--ip", "10.253.61.9");
    await inside("attacker", "ping -c1 -W2 10.253.61.9");
    const lie = arpAnswer(await addressOf("attacker"));
    await waitUntil("the lie", async () => {
      // What has just been confirmed is believed for a second (locktime of arp(7)).
      await send("attacker", lie);
      return (await inside("near", "ip neigh")).includes(LIAR_MAC);
    });
  }
  for (const name of ["spoofing", "spoofed"]) await tsd.run(["network", "rm", name]);
});

async function addressOf(name: string): Promise<string> {
  const format = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}";
  return (await shared.tsd.run(["inspect", "-f", format, name])).stdout.trim();
}
