import assert from "node:assert/strict";
import { commandsOf } from "./harness/commands.ts";
import { hostCommand } from "./harness/host_command.ts";
import { suite } from "./harness/suite.ts";

const shared = suite({ pull: ["alpine"], network: "bridge" });
const { sh } = commandsOf(shared);

/** Starts a container that stays, and removes it at the end of the block. */
async function detached(
  name: string,
  options: string[] = [],
  script = "sleep 1000",
): Promise<AsyncDisposable> {
  const { tsd } = shared;
  await tsd.run([
    ...["run", "-d", "--name", name, "--stop-signal", "SIGKILL", ...options],
    ...[shared.image("alpine"), "sh", "-c", script],
  ]);
  return {
    [Symbol.asyncDispose]: async () => {
      await tsd.run(["rm", "-f", name]);
    },
  };
}

async function inspect(name: string, format: string): Promise<string> {
  return (await shared.tsd.run(["inspect", "-f", format, name])).stdout.trim();
}

/** Says hello to whoever connects to port 80. */
const SERVER = "exec nc -ll -p 80 -e echo hello";

/** The addresses of a container's interface. */
async function addressOf(name: string, device = "eth0"): Promise<string> {
  const { stdout } = await shared.tsd.run(["exec", name, "ip", "-4", "-o", "addr", "show", device]);
  return /inet ([\d.]+)\//.exec(stdout)?.[1] ?? "";
}

Deno.test("run connects to the default bridge: address, route and the host answers", async () => {
  const output = await sh(
    [],
    "ip -4 -o addr show eth0; ip route; ping -c1 -W2 $(ip route | " +
      "sed -n 's/default via \\([^ ]*\\).*/\\1/p') && cat /sys/class/net/eth0/mtu",
  );
  assert.match(output, /inet 10\.\d+\.\d+\.\d+\/20 /);
  assert.match(output, /default via 10\.\d+\.\d+\.1 dev eth0/);
  assert.match(output, /1 packets received/);
  const uplink = await hostCommand("sh", [
    "-c",
    "ip route show default | sed -n 's/.* dev //p' | " +
    "cut -d' ' -f1",
  ]);
  const mtu = uplink.trim() === ""
    ? "1500"
    : (await Deno.readTextFile(`/sys/class/net/${uplink.trim()}/mtu`)).trim();
  assert.equal(output.trim().split("\n").at(-1), mtu);
});

Deno.test("containers of the default bridge reach each other by address, not by name", async () => {
  await using _server = await detached("web", [], SERVER);
  const address = await addressOf("web");
  assert.equal(await sh([], `nc ${address} 80 </dev/null`), "hello\n");
  assert.equal((await sh([], "grep -c web /etc/hosts", { expect: 1 })).trim(), "0");
});

Deno.test("on a user network containers reach each other by every name", async () => {
  const { tsd } = shared;
  await tsd.run(["network", "create", "front"]);
  await using _server = await detached("web", [
    ...["--network", "front", "--network-alias", "www", "--hostname", "box"],
  ], SERVER);
  const id = (await inspect("web", "{{.Id}}")).slice(0, 12);
  const address = await inspect("web", "{{.NetworkSettings.Networks.front.IPAddress}}");
  assert.equal(address, await addressOf("web"));
  for (const name of ["web", "www", "box", id, address]) {
    assert.equal(await sh(["--network", "front"], `nc ${name} 80 </dev/null`), "hello\n", name);
  }
  // A container that was there before learns of one that comes, and forgets one that goes.
  const look = async (name: string) =>
    (await tsd.run(["exec", "web", "grep", "-cw", name, "/etc/hosts"], { expect: "any" })).stdout;
  assert.equal(await look("late"), "0\n");
  {
    await using _late = await detached("late", ["--network", "front"]);
    assert.equal(await look("late"), "1\n");
    await tsd.run(["rename", "late", "later"]);
    assert.equal(await look("late"), "0\n");
    assert.equal(await look("later"), "1\n");
    await tsd.run(["rename", "later", "late"]);
  }
  assert.equal(await look("late"), "0\n");
  const refused = await tsd.run(["network", "rm", "front"], { expect: 1 });
  assert.match(refused.stderr, /network front id \w+ has active endpoints: web/);
  await tsd.run(["rm", "-f", "web"]);
  assert.equal((await tsd.run(["network", "rm", "front"])).stdout, "front\n");
});

Deno.test("network connect and disconnect act on a running container", async () => {
  const { tsd } = shared;
  await tsd.run(["network", "create", "-s", "10.253.7.0/24", "subnet1"]);
  await using _web = await detached("web");
  await tsd.run(["network", "connect", "--ip", "10.253.7.99", "--alias", "db", "subnet1", "web"]);
  assert.equal(await addressOf("web", "eth1"), "10.253.7.99");
  assert.equal(
    await inspect(
      "web",
      "{{.NetworkSettings.Networks.subnet1.IPAddress}} {{len .NetworkSettings.Networks}}",
    ),
    "10.253.7.99 2",
  );
  const described = await tsd.run([
    ...["network", "inspect", "-f", "{{range .Containers}}{{.Name}} {{.IPv4Address}}{{end}}"],
    "subnet1",
  ]);
  assert.equal(described.stdout, "web 10.253.7.99/24\n");
  const again = await tsd.run(["network", "connect", "subnet1", "web"], { expect: 1 });
  assert.match(again.stderr, /endpoint with name web already exists in network subnet1\n$/);
  const ps = await tsd.run([
    "ps",
    "--filter",
    "network=subnet1",
    "--format",
    "{{.Names}} {{.Networks}} {{.IPs}}",
  ]);
  assert.match(ps.stdout, /^web bridge,subnet1 10\.\S+,10\.253\.7\.99\n$/);
  assert.equal(
    await sh(["--network", "subnet1"], "ping -c1 -W2 db >/dev/null && echo reached"),
    "reached\n",
  );
  // What was asked for stays over a restart.
  await tsd.run(["restart", "web"]);
  assert.equal(await addressOf("web", "eth1"), "10.253.7.99");
  await tsd.run(["network", "disconnect", "subnet1", "web"]);
  const { stdout } = await tsd.run(["exec", "web", "ip", "-o", "link"]);
  assert.ok(!stdout.includes("eth1"), stdout);
  const twice = await tsd.run(["network", "disconnect", "subnet1", "web"], { expect: 1 });
  assert.match(twice.stderr, /is not connected to the network subnet1/);
  await tsd.run(["network", "connect", "subnet1", "web"]);
  assert.equal(await addressOf("web", "eth1"), "10.253.7.2");
  await tsd.run(["rm", "-f", "web"]);
  await tsd.run(["rmn", "subnet1"]);
});

Deno.test("several networks: an interface each, and one way out", async () => {
  const { tsd } = shared;
  await tsd.run(["network", "create", "--internal", "inner"]);
  await tsd.run(["network", "create", "outer"]);
  const output = await sh(["--network", "inner", "--network", "outer"], "ip route; ip -o link");
  assert.match(output, /default via 10\.\S+ dev eth1/);
  assert.match(output, /eth0[^]*eth1/);
  assert.doesNotMatch(await sh(["--network", "inner"], "ip route"), /default/);
  const { stdout } = await tsd.run(["network", "prune", "-f"]);
  assert.equal(stdout, "Deleted Networks:\ninner\nouter\n\n");
});

Deno.test("network ls lists name, driver, subnet, gateway and how many use each", async () => {
  const { tsd } = shared;
  const id = (await tsd.run([
    ...["network", "create", "--subnet", "10.253.8.0/24", "--gateway", "10.253.8.254"],
    ...["--label", "stage=test", "listed"],
  ])).stdout.trim();
  assert.match(id, /^[0-9a-f]{64}$/);
  const { stdout } = await tsd.run(["network", "ls"]);
  const [heading, ...rows] = stdout.trimEnd().split("\n").map((line) => line.split(/ {2,}/));
  assert.deepEqual(heading, [
    "NETWORK ID",
    "NAME",
    "DRIVER",
    "SCOPE",
    "SUBNET",
    "GATEWAY",
    "CONTAINERS",
  ]);
  assert.deepEqual(rows.map((row) => row[1]), ["bridge", "host", "listed", "none"]);
  assert.deepEqual(rows[2], [
    id.slice(0, 12),
    "listed",
    "bridge",
    "local",
    "10.253.8.0/24",
    "10.253.8.254",
    "0",
  ]);
  const named = async (...filters: string[]) =>
    (await tsd.run(["networks", "--format", "{{.Name}}", ...filters.flatMap((f) => ["-f", f])]))
      .stdout.trim().split("\n").join(" ");
  assert.equal(await named("label=stage=test"), "listed");
  assert.equal(await named("type=custom"), "listed");
  assert.equal(await named("driver=host"), "host");
  assert.match((await tsd.run(["inspect", "listed"])).stdout, /"Subnet": "10\.253\.8\.0\/24"/);
  await tsd.run(["network", "rm", id.slice(0, 5)]);
});

Deno.test("a network that only stopped containers want can be removed, and comes back by its name", async () => {
  const { tsd } = shared;
  const create = ["network", "create", "-s", "10.253.12.0/24", "gone"];
  await tsd.run(create);
  const wishes = ["--network", "gone", "--ip", "10.253.12.5", "--network", "bridge"];
  await using _idle = await detached("idle", wishes);
  const refused = await tsd.run(["network", "rm", "gone"], { expect: 1 });
  assert.match(refused.stderr, /has active endpoints: idle$/m);
  await tsd.run(["stop", "-t", "0", "idle"]);
  await tsd.run(["network", "rm", "gone"]);
  const start = await tsd.run(["start", "idle"], { expect: 1 });
  assert.match(start.stderr, /^tsd: .*network gone not found$/m);
  assert.equal(start.stderr.trimEnd().split("\n").length, 1, start.stderr);
  await tsd.run(create);
  await tsd.run(["start", "idle"]);
  assert.equal(
    await inspect("idle", "{{.NetworkSettings.Networks.gone.IPAddress}}"),
    "10.253.12.5",
  );
  await tsd.run(["stop", "-t", "0", "idle"]);
  await tsd.run(["network", "rm", "gone"]);
  await tsd.run(["network", "disconnect", "gone", "idle"]);
  await tsd.run(["network", "disconnect", "gone", "idle"], { expect: 1 });
  // Also where another network has its name by now.
  await tsd.run(create);
  await tsd.run(["network", "connect", "gone", "idle"]);
  await tsd.run(["network", "rm", "gone"]);
  await tsd.run(create);
  await tsd.run(["network", "disconnect", "gone", "idle"]);
  await tsd.run(["start", "idle"]);
  assert.equal(await inspect("idle", "{{len .NetworkSettings.Networks}}"), "1");
  await tsd.run(["network", "rm", "gone"]);
});

Deno.test("a container that spoils its interfaces is disconnected, and half connected to nothing", async () => {
  const { tsd } = shared;
  await tsd.run(["network", "create", "--ipv6", "spoilt"]);
  await using _spoiler = await detached("spoiler", ["--cap-add", "NET_ADMIN"]);
  const links = async () =>
    (await tsd.run(["exec", "spoiler", "ls", "/sys/class/net"])).stdout.trim().split("\n").sort();
  await tsd.run(["network", "connect", "spoilt", "spoiler"]);
  await tsd.run(["exec", "spoiler", "ip", "link", "del", "eth1"]);
  await tsd.run(["network", "disconnect", "spoilt", "spoiler"]);
  assert.equal(await inspect("spoiler", "{{len .NetworkSettings.Networks}}"), "1");
  await tsd.run(["exec", "spoiler", "ip", "link", "add", "eth1", "type", "bridge"]);
  await tsd.run(["network", "connect", "spoilt", "spoiler"]);
  assert.deepEqual(await links(), ["eth0", "eth1", "eth2", "lo"]);
  await tsd.run(["network", "disconnect", "spoilt", "spoiler"]);
  assert.deepEqual(await links(), ["eth0", "eth1", "lo"]);
  await tsd.run(["rm", "-f", "spoiler"]);
  const without = ["--sysctl", "net.ipv6.conf.all.disable_ipv6=1"];
  await using _other = await detached("spoiler", [
    ...without,
    ...["--sysctl", "net.ipv6.conf.default.disable_ipv6=1"],
  ]);
  const { code } = await tsd.run(["network", "connect", "spoilt", "spoiler"], { expect: "any" });
  assert.deepEqual(await links(), code === 0 ? ["eth0", "eth1", "lo"] : ["eth0", "lo"]);
  await tsd.run(["rm", "-f", "spoiler"]);
  await tsd.run(["network", "rm", "spoilt"]);
});

Deno.test("network rm -f says nothing of what is not there", async () => {
  const { stderr, stdout } = await shared.tsd.run(["network", "rm", "-f", "nosuch"]);
  assert.equal(stdout + stderr, "");
});

Deno.test("bad input is one clear line, and leaves nothing half made", async () => {
  const { tsd } = shared;
  await tsd.run(["network", "create", "-s", "10.253.9.0/24", "taken"]);
  await using _holder = await detached("holder", ["--network", "taken", "--ip", "10.253.9.7"]);
  const before = (await tsd.run(["network", "ls", "-q"])).stdout;
  const image = shared.image("alpine");
  const cases: [args: string[], code: number, message: RegExp][] = [
    [["network", "create", "-s", "10.253.9.0/25", "x2"], 1, /Pool overlaps with other one/],
    [["network", "create", "-s", "10.253.10.1/24", "x2"], 1, /it should be 10\.253\.10\.0\/24/],
    [["network", "create", "-s", "nonsense", "x2"], 1, /invalid CIDR address: nonsense/],
    [
      ["network", "create", "-s", "10.253.10.0/24", "--gateway", "10.253.11.1", "x2"],
      1,
      /no matching subnet for gateway/,
    ],
    [["network", "create", "taken"], 1, /network with name taken already exists/],
    [["network", "create", "bridge"], 1, /operation is not permitted on predefined bridge network/],
    [["network", "rm", "bridge"], 1, /bridge is a pre-defined network and cannot be removed/],
    [["network", "rm", "nosuch"], 1, /network nosuch not found/],
    [["network", "inspect", "nosuch"], 1, /network nosuch not found/],
    [["network", "connect", "nosuch", "holder"], 1, /network nosuch not found/],
    [["network", "connect", "taken", "nosuch"], 1, /No such container: nosuch/],
    [["network", "connect", "host", "holder"], 1, /cannot be disconnected from host network or/],
    [["run", "--network", "nosuch", image], 125, /network nosuch not found/],
    [["run", "--ip", "10.253.9.8", image], 125, /supported on user defined networks only/],
    [
      ["run", "--network", "taken", "--ip", "10.253.9.7", image],
      125,
      /Address already in use, container holder has 10\.253\.9\.7\n?$/,
    ],
    [["run", "--network", "taken", "--ip", "10.253.9.1", image], 125, /Address already in use/],
    [
      ["run", "--network", "taken", "--ip", "10.1.1.1", image],
      125,
      /no configured subnet contains/,
    ],
    [["run", "--network", "taken", "--ip", "x", image], 125, /invalid IPv4 address: x/],
    [["run", "--network", "taken", "--mac-address", "1:2", image], 125, /not a valid mac address/],
    [
      ["run", "--network", "taken", "--network", "taken", image],
      125,
      /network "taken" is specified multiple times\n?$/,
    ],
    [["run", "--network-alias", "x", image], 125, /network-scoped alias is supported only/],
    [["run", "--network", "host", "--network", "taken", image], 125, /cannot attach both/],
    [["run", "--network", "container:nosuch", image], 125, /No such container: nosuch/],
    [
      ["run", "--network", "container:holder", "--hostname", "x", image],
      125,
      /conflicting options: hostname and the network mode/,
    ],
  ];
  for (const [args, code, message] of cases) {
    const { stderr } = await tsd.run(args, { expect: code });
    assert.match(stderr, message);
    assert.equal(stderr.trimEnd().split("\n").length, 1, stderr);
  }
  assert.equal((await tsd.run(["network", "ls", "-q"])).stdout, before);
  assert.equal((await tsd.run(["ps", "-a", "--format", "{{.Names}}"])).stdout, "holder\n");
  await tsd.run(["rm", "-f", "holder"]);
  await tsd.run(["network", "rm", "taken"]);
});

Deno.test("network create says when no subnet is free, and whether ip is missing", async () => {
  const { tsd } = shared;
  await tsd.run(["network", "ls"]);
  await tsd.configure({ "default-address-pools": [{ base: "10.253.40.0/24", size: 24 }] });
  try {
    await tsd.run(["network", "create", "only"]);
    const { stderr } = await tsd.run(["network", "create", "more"], { expect: 1 });
    assert.match(stderr, /could not find an available, non-overlapping IPv4 address pool/);
    await tsd.run(["network", "rm", "only"]);
  } finally {
    await tsd.configure({});
  }
  const script = `${tsd.shellFunction}
    for path in $(type -ap ip); do mount --bind /dev/null $path; done
    tsd network create noip; echo $?; tsd network ls --format '{{.Name}}' | grep noip; true`;
  const { stderr, stdout } = await tsd.shell('unshare -m bash -c "$SCRIPT"', {
    env: { SCRIPT: script },
  });
  assert.equal(stdout, "1\n");
  assert.match(stderr, /^tsd: Cannot find the program "ip".*install the package "iproute2"/);
});
