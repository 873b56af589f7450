import assert from "node:assert/strict";
import { commandsOf } from "./harness/commands.ts";
import { hostCommand } from "./harness/host_command.ts";
import { suite } from "./harness/suite.ts";

const shared = suite({ pull: ["alpine"], network: "bridge" });
const { sh } = commandsOf(shared);

/** Creates a network, and removes it at the end of the block. */
async function network(...args: string[]): Promise<AsyncDisposable> {
  const { tsd } = shared;
  await tsd.run(["network", "create", ...args]);
  return {
    [Symbol.asyncDispose]: async () => {
      await tsd.run(["network", "rm", args.at(-1)!]);
    },
  };
}

/** Starts a container that stays, and removes it at the end of the block. */
async function detached(name: string, options: string[]): Promise<AsyncDisposable> {
  const { tsd } = shared;
  await tsd.run(["run", "-d", "--name", name, ...options, shared.image("alpine"), "sleep", "1000"]);
  return {
    [Symbol.asyncDispose]: async () => {
      await tsd.run(["rm", "-f", name]);
    },
  };
}

Deno.test("an IPv6 network has addresses and routes of both versions", async () => {
  await using _network = await network("--ipv6", "six");
  await using _peer = await detached("peer", ["--network", "six"]);
  const output = await sh(
    ["--network", "six"],
    "ip -6 route; ping -6 -c1 -W2 peer; ping -c1 -W2 peer; grep peer /etc/hosts",
  );
  assert.match(output, /default via fd[0-9a-f:]+ dev eth0/);
  assert.equal(output.match(/1 packets received/g)?.length, 2, output);
  assert.match(output, /^fd[0-9a-f:]+\tpeer/m);
  const { stdout } = await shared.tsd.run([
    ...["inspect", "-f"],
    "{{.NetworkSettings.Networks.six.GlobalIPv6Address}}/{{.NetworkSettings.Networks.six.GlobalIPv6PrefixLen}}",
    "peer",
  ]);
  assert.match(stdout, /^fd[0-9a-f:]+\/64\n$/);
});

Deno.test("addresses that were asked for: --ip, --ip6, --mac-address", async () => {
  await using _network = await network("-s", "10.253.20.0/24", "-s", "fd00:253:20::/64", "fixed");
  const output = await sh([
    ...["--network", "fixed", "--ip", "10.253.20.77", "--ip6", "fd00:253:20::77"],
    ...["--mac-address", "02:42:00:00:00:77"],
  ], "ip addr show eth0");
  assert.match(output, /inet 10\.253\.20\.77\/24/);
  assert.match(output, /inet6 fd00:253:20::77\/64/);
  assert.match(output, /02:42:00:00:00:77/);
});

Deno.test("a network may have another MTU, and a range to take addresses from", async () => {
  await using _network = await network(
    ...["-s", "10.253.21.0/24", "--ip-range", "10.253.21.128/25"],
    ...["--aux-address", "router=10.253.21.128", "-o", "mtu=1400", "small"],
  );
  const output = await sh(["--network", "small"], "cat /sys/class/net/eth0/mtu; ip -4 -o addr");
  assert.match(output, /^1400\n/);
  assert.match(output, /10\.253\.21\.129\/24/);
});

Deno.test("macvlan and ipvlan share an interface of the host's", async () => {
  for (const driver of ["macvlan", "ipvlan"]) {
    const parent = `tsdtest${driver.slice(0, 3)}`;
    await hostCommand("ip", ["link", "add", parent, "type", "veth", "peer", "name", `${parent}p`]);
    try {
      for (const name of [parent, `${parent}p`]) {
        await hostCommand("ip", ["link", "set", name, "up"]);
      }
      await using _network = await network(
        ...["-d", driver, "-o", `parent=${parent}`, "-s", "10.253.22.0/24", "lan"],
      );
      const first = await shared.tsd.run(
        ["run", "--rm", "--network", "lan", shared.image("alpine"), "true"],
        { expect: "any" },
      );
      if (first.code !== 0) {
        // Not every kernel has both.
        assert.match(
          first.stderr,
          new RegExp(`type ${driver}: the kernel has none, try "modprobe`),
        );
        assert.equal(driver, "ipvlan");
        continue;
      }
      await using _peer = await detached("peer", ["--network", "lan"]);
      const output = await sh(["--network", "lan"], "ip -4 -o addr; ip route; ping -c1 -W2 peer");
      assert.match(output, /10\.253\.22\.3\/24/);
      assert.match(output, /default via 10\.253\.22\.1/);
      assert.match(output, /1 packets received/, driver);
    } finally {
      await hostCommand("ip", ["link", "del", parent]);
    }
  }
});

Deno.test("macvlan without a parent connects containers with each other only", async () => {
  await using _network = await network("-d", "macvlan", "-s", "10.253.23.0/24", "alone");
  await using _peer = await detached("peer", ["--network", "alone"]);
  assert.match(await sh(["--network", "alone"], "ping -c1 -W2 peer"), /1 packets received/);
});

Deno.test("--network container:NAME shares addresses, names and ports", async () => {
  const { tsd } = shared;
  await using _owner = await detached("owner", ["--hostname", "box"]);
  const look = "hostname; cat /etc/hosts; ip -4 -o addr show eth0";
  const own = (await tsd.run(["exec", "owner", "sh", "-c", look])).stdout;
  assert.equal(await sh(["--network", "container:owner"], look), own);
  const { stdout } = await tsd.run([
    ...["create", "--network", "container:owner", "--name", "guest", shared.image("alpine")],
  ]);
  const mode = await tsd.run(["inspect", "-f", "{{.HostConfig.NetworkMode}}", "guest"]);
  assert.match(mode.stdout, /^container:[0-9a-f]{64}\n$/, stdout);
  await tsd.run(["rm", "-f", "owner"]);
  const { stderr } = await tsd.run(["start", "guest"], { expect: 1 });
  assert.match(stderr, /No such container/);
  await tsd.run(["rm", "guest"]);
  await tsd.run(["run", "-d", "--name", "owner", shared.image("alpine"), "sleep", "1000"]);
});

Deno.test("--dns, --add-host and the configuration's servers say where names are", async () => {
  const { tsd } = shared;
  const options = ["--dns", "192.0.2.53", "--dns-search", "lab.example", "--dns-option", "ndots:2"];
  assert.equal(
    await sh(options, "cat /etc/resolv.conf"),
    "nameserver 192.0.2.53\nsearch lab.example\noptions ndots:2\n",
  );
  const hosts = await sh(
    ["--add-host", "db:10.9.9.9", "--add-host", "outside:host-gateway"],
    "cat /etc/hosts; ip route",
  );
  assert.match(hosts, /^10\.9\.9\.9\tdb$/m);
  const gateway = /default via (\S+)/.exec(hosts)?.[1];
  assert.ok(hosts.includes(`${gateway}\toutside\n`), hosts);
  await tsd.configure({ dns: ["192.0.2.54"] });
  try {
    assert.match(await sh([], "cat /etc/resolv.conf"), /^nameserver 192\.0\.2\.54\n/);
    assert.match(await sh(["--network", "none"], "cat /etc/resolv.conf"), /192\.0\.2\.54/);
  } finally {
    await tsd.configure({});
  }
});

Deno.test("events tell of networks, and of containers that come and go", async () => {
  const { tsd } = shared;
  const since = `${Math.floor(Date.now() / 1000)}`;
  {
    await using _network = await network("told");
    await sh(["--network", "told"], "true");
  }
  const { stdout } = await tsd.run([
    ...["events", "--since", since, "--until", "0s", "--filter", "type=network"],
    ...["--format", "{{.Action}} {{.Actor.Attributes.name}}"],
  ]);
  const told = stdout.trim().split("\n").filter((line) => line.endsWith("told"));
  assert.deepEqual(told, ["create told", "connect told", "disconnect told", "destroy told"]);
});

Deno.test("a container in a user namespace of its own has a network, and rights over it", async () => {
  const { tsd } = shared;
  const subordinate = "tsdnet:400000:65536\n";
  const files = ["/etc/subuid", "/etc/subgid"];
  const before = await Promise.all(files.map((file) => Deno.readTextFile(file).catch(() => "")));
  const etc = await Deno.makeTempDir({ prefix: "tsd-test-" });
  const script = `${tsd.shellFunction}
    for file in subuid subgid passwd group; do cp /etc/$file ETC/ 2>/dev/null; done
    echo 'tsdnet:x:4242:4242::/:/bin/false' >> ETC/passwd; echo 'tsdnet:x:4242:' >> ETC/group
    for file in subuid subgid; do echo '${subordinate.trim()}' >> ETC/$file; done
    for file in subuid subgid passwd group; do
      [ -e /etc/$file ] && mount --bind ETC/$file /etc/$file
    done
    tsd run --rm ${shared.image("alpine")} sh -c 'cat /proc/self/uid_map; ip -4 -o addr show eth0;
      ip link set eth0 mtu 1400 2>&1; ping -c1 -W2 $(ip route | cut -d" " -f3 | head -1)'`;
  await tsd.configure({ "userns-remap": "tsdnet" });
  try {
    const { stdout } = await tsd.shell('unshare -m bash -c "$SCRIPT"', {
      env: { SCRIPT: script.replaceAll("ETC", etc) },
    });
    assert.match(stdout, /^ +0 +400000 +65536\n/);
    assert.match(stdout, /inet 10\./);
    assert.match(stdout, /1 packets received/);
  } finally {
    await tsd.configure({});
    await Deno.remove(etc, { recursive: true });
  }
  const after = await Promise.all(files.map((file) => Deno.readTextFile(file).catch(() => "")));
  assert.deepEqual(after, before);
});
