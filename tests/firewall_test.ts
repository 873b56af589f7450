import assert from "node:assert/strict";
import { LIAR_ROUTER, routerAdvertisement, sendingProgram } from "./harness/ethernet_frames.ts";
import { fileURLToPath } from "node:url";
import type { FirewallState } from "../lib/network/firewall/mod.ts";
import { missingBackend } from "./harness/kernel.ts";
import { waitUntil } from "./harness/wait_until.ts";
import { NetworkWorld } from "./harness/network_world.ts";

const PROGRAM = fileURLToPath(new URL("./harness/firewall_program.ts", import.meta.url));
const HOST = "198.51.100.1";
const HOST6 = "2001:db8:77::1";

/** What is published: of a1 for all, for the host alone, and over UDP; of b1 for all. */
const STATE: FirewallState = {
  networks: [
    { name: "red", bridge: "red0", subnets: ["10.77.1.0/24", "fd77:1::/64"], isInternal: false },
    { name: "blue", bridge: "blue0", subnets: ["10.77.2.0/24"], isInternal: false },
    { name: "closed", bridge: "closed0", subnets: ["10.77.3.0/24"], isInternal: true },
  ],
  forwards: [
    forward("red1", "0.0.0.0", 8080, "10.77.1.2", 80),
    forward("red1", "::", 8080, "fd77:1::2", 80),
    forward("red1", "127.0.0.1", 8081, "10.77.1.2", 80),
    { ...forward("red1", "0.0.0.0", 8053, "10.77.1.2", 53), protocol: "udp" },
    forward("blue1", HOST, 8082, "10.77.2.2", 80),
  ],
};

function forward(
  containerId: string,
  hostAddress: string,
  hostPort: number,
  containerAddress: string,
  containerPort: number,
): FirewallState["forwards"][number] {
  return {
    containerId,
    protocol: "tcp",
    hostAddress,
    hostPort,
    containerAddress,
    containerPort,
  };
}

/** A host with three bridges, a machine or two behind each, and another machine beside it. */
class Scene implements AsyncDisposable {
  readonly world: NetworkWorld = new NetworkWorld();
  readonly root: string = Deno.makeTempDirSync({ prefix: "tsd_firewall_" });
  readonly #backend: string;

  constructor(backend: "nft" | "legacy") {
    this.#backend = backend;
  }

  /** Has a machine call itself a router. */
  async advertise(machine: string): Promise<void> {
    const { world } = this;
    const index = Number(await world.run(machine, "cat /sys/class/net/eth0/ifindex"));
    const program = await Deno.makeTempFile({ prefix: "tsd-test-" });
    try {
      await Deno.writeFile(program, sendingProgram(routerAdvertisement(), index), { mode: 0o755 });
      await Deno.chmod(program, 0o755);
      await world.command(machine, [program]);
    } finally {
      await Deno.remove(program);
    }
  }

  async build(): Promise<void> {
    const { world } = this;
    for (const machine of ["host", "outside", "red1", "red2", "blue1", "closed1"]) {
      await world.add(machine);
    }
    await world.run(
      "host",
      "sysctl -qw net.ipv4.ip_forward=0 net.ipv6.conf.all.forwarding=0" +
        " net.bridge.bridge-nf-call-iptables=1 2>/dev/null || true",
    );
    await world.connect(["host", "out0"], ["outside", "eth0"]);
    await world.run("host", `ip addr add ${HOST}/24 dev out0`);
    await world.run("host", `ip addr add ${HOST6}/64 dev out0 nodad`);
    await world.run("outside", "ip addr add 198.51.100.2/24 dev eth0");
    await world.run("outside", "ip addr add 2001:db8:77::2/64 dev eth0 nodad");
    await world.run("outside", `ip route add 10.77.0.0/16 via ${HOST}`);
    await world.run("outside", `ip -6 route add fd77::/16 via ${HOST6}`);
    for (const [number, name] of [[1, "red"], [2, "blue"], [3, "closed"]] as const) {
      await world.run(
        "host",
        `ip link add ${name}0 type bridge; ip addr add 10.77.${number}.1/24 dev ${name}0
        ip addr add fd77:${number}::1/64 dev ${name}0 nodad; ip link set ${name}0 up
        sysctl -qw net.ipv4.conf.${name}0.route_localnet=1`,
      );
    }
    await this.#plug("red", "red1", 1, 2);
    await this.#plug("red", "red2", 1, 3);
    await this.#plug("blue", "blue1", 2, 2);
    await this.#plug("closed", "closed1", 3, 2);
    await Promise.all(["outside", "red1", "blue1", "closed1"].map((name) => world.answer(name)));
    await this.world.run("host", HOST_RULES.replaceAll("tables ", `tables-${this.#backend} `));
  }

  async #plug(bridge: string, machine: string, network: number, host: number): Promise<void> {
    const { world } = this;
    await world.connect(["host", machine], [machine, "eth0"]);
    await world.run(
      "host",
      `ip link set ${machine} master ${bridge}0
       ip link set ${machine} type bridge_slave hairpin on`,
    );
    await world.run(
      machine,
      `ip addr add 10.77.${network}.${host}/24 dev eth0
       ip addr add fd77:${network}::${host}/64 dev eth0 nodad
       ip route add default via 10.77.${network}.1; ip -6 route add default via fd77:${network}::1`,
    );
  }

  async firewall(verb: string, state: FirewallState = STATE): Promise<string> {
    return await this.world.command("host", [
      ...[Deno.execPath(), "run", "-A", PROGRAM],
      ...[this.root, verb, JSON.stringify(state)],
    ]);
  }

  /** The host's rules, byte for byte, but for the times and counters. */
  async rules(): Promise<string> {
    const programs = ["iptables", "ip6tables"].map((name) => `${name}-${this.#backend}-save`);
    const text = await this.world.run("host", programs.join("; "));
    return text.replaceAll(/^#.*\n?/gm, "").replaceAll(/\[\d+:\d+\]/g, "[]");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.world[Symbol.asyncDispose]();
    await Deno.remove(this.root, { recursive: true });
  }
}

/** A firewall of the host that lets nothing through, with chains as Docker and ufw make them. */
const HOST_RULES = `
iptables -P FORWARD DROP
iptables -N DOCKER-USER
iptables -A FORWARD -j DOCKER-USER
iptables -A DOCKER-USER -j RETURN
iptables -N ufw-reject-forward
iptables -A FORWARD -j ufw-reject-forward
iptables -A ufw-reject-forward -m comment --comment "a comment of two words" -j REJECT
iptables -t nat -A POSTROUTING -s 192.168.99.0/24 -o out0 -j MASQUERADE
iptables -t raw -A PREROUTING -s 192.168.98.0/24 -j DROP
ip6tables -P FORWARD DROP
ip6tables -t nat -A POSTROUTING -s fd99::/64 -j MASQUERADE`;

function openHost(backend: string): string {
  return `iptables-${backend} -P FORWARD ACCEPT; iptables-${backend} -F ufw-reject-forward
    ip6tables-${backend} -P FORWARD ACCEPT`;
}

/** Puts back what {@linkcode openHost} and the test of lost rules took away. */
const HOST_RULES_AGAIN = `
iptables-BACKEND -P FORWARD DROP; ip6tables-BACKEND -P FORWARD DROP
iptables-BACKEND -A ufw-reject-forward -m comment --comment "a comment of two words" -j REJECT
iptables-BACKEND -t nat -I POSTROUTING 1 -s 192.168.99.0/24 -o out0 -j MASQUERADE`;

const missing = { nft: await missingBackend("nft"), legacy: await missingBackend("legacy") };
for (const [backend, reason] of Object.entries(missing)) {
  // deno-lint-ignore no-console -- the reason belongs in the tests' output.
  if (reason !== undefined) console.warn(`skipped: iptables-${backend} does not work: ${reason}`);
}

/** Defines a test of a back-end, where that works. */
function test(
  backend: keyof typeof missing,
  name: string,
  fn: (test: Deno.TestContext) => Promise<void>,
): void {
  Deno.test({ name: `${name} (${backend})`, ignore: missing[backend] !== undefined, fn });
}

for (const backend of ["nft", "legacy"] as const) {
  test(backend, "the firewall lets through what it is to, and nothing else", async (test) => {
    await using scene = new Scene(backend);
    await scene.build();
    const { world } = scene;
    const before = await scene.rules();
    // Learnt of a router: the kernel drops it when it takes the host for one.
    await scene.advertise("outside");
    const routes = () => world.run("host", "ip -6 route show default");
    await waitUntil("the route", async () => (await routes()).includes(LIAR_ROUTER));
    await scene.firewall("sync");

    await test.step("forwarding is on, and routers are listened to as before", async () => {
      const conf = "/proc/sys/net/ipv6/conf";
      const settings = [
        "default/forwarding",
        "out0/forwarding",
        "default/accept_ra",
        "out0/accept_ra",
      ];
      const files = settings.map((setting) => `${conf}/${setting}`).join(" ");
      const switches = `/proc/sys/net/ipv4/ip_forward ${conf}/all/forwarding`;
      assert.equal(await world.run("host", `cat ${switches} ${files}`), "1\n1\n0\n0\n1\n1");
      assert.ok((await routes()).includes(LIAR_ROUTER), await routes());
    });
    await test.step("it is in the back-end that holds the host's rules", async () => {
      assert.match(
        await scene.rules(),
        /-A FORWARD -j TSD-[0-9a-f]{8}-FORWARD\n-A FORWARD -j DOCKER/,
      );
      const other = backend === "nft" ? "legacy" : "nft";
      assert.doesNotMatch(await world.run("host", `iptables-${other}-save`), /TSD-/);
    });
    // Neighbours of IPv6 are found once link-local addresses are known to be unique.
    await waitUntil("IPv6", () => world.ask("host", HOST6, 8080));
    await test.step("published ports are reached from everywhere", async () => {
      const places: [string, string, number][] = [
        ["host", "127.0.0.1", 8080],
        ["host", HOST, 8080],
        ["host", HOST6, 8080],
        ["outside", HOST, 8080],
        ["outside", HOST6, 8080],
        ["red2", HOST, 8080],
        ["red2", "10.77.1.1", 8080],
        ["red2", HOST6, 8080],
        ["blue1", HOST, 8080],
        // Its own, by way of the host.
        ["red1", HOST, 8080],
        ["host", "127.0.0.1", 8081],
      ];
      const answers = await Promise.all(places.map((place) => world.ask(...place)));
      for (const [index, place] of places.entries()) {
        assert.match(answers[index] ?? "no answer", /^red1 /, place.join(" "));
      }
      assert.match(await world.ask("outside", HOST, 8082) ?? "", /^blue1 /);
    });
    await test.step("published ports of UDP are too", async () => {
      for (const [machine, host] of [["host", "127.0.0.1"], ["outside", HOST], ["red2", HOST]]) {
        assert.match(await world.askUdp(machine!, host!, 8053) ?? "", /^red1 /, `${machine}`);
      }
    });
    await test.step("containers see who asks, where that is not the network's own", async () => {
      assert.equal(await world.ask("outside", HOST, 8080), "red1 198.51.100.2");
      assert.equal(await world.ask("host", "127.0.0.1", 8080), "red1 10.77.1.1");
      assert.equal(await world.ask("red2", HOST, 8080), "red1 10.77.1.1");
    });
    await test.step("containers reach the outside as the host, and each other as themselves", async () => {
      assert.equal(await world.ask("red1", "198.51.100.2", 80), `outside ${HOST}`);
      assert.equal(await world.ask("red1", "2001:db8:77::2", 80), `outside ${HOST6}`);
      assert.equal(await world.ask("red2", "10.77.1.2", 81), "red1 10.77.1.3");
    });
    await test.step("nothing else gets through, of a host that is open otherwise", async () => {
      await world.run("host", openHost(backend));
      // Packets for 127.0.0.1 that leave a machine, as a neighbour of bad intent sends them.
      for (const machine of ["outside", "red2"]) {
        await world.run(
          machine,
          `ip addr del 127.0.0.1/8 dev lo; sysctl -qw net.ipv4.conf.eth0.route_localnet=1
           ip route add 127.0.0.1 via ${machine === "red2" ? "10.77.1.1" : HOST}`,
        );
      }
      await world.answer("host");
      const places: [string, string, number][] = [
        // From network to network, and from outside, past the published ports and through them.
        ["blue1", "10.77.1.2", 80],
        ["blue1", "10.77.1.2", 81],
        ["red1", "10.77.2.2", 80],
        ["outside", "10.77.1.2", 80],
        ["outside", "10.77.1.2", 81],
        ["outside", "fd77:1::2", 80],
        // What is published on 127.0.0.1 alone, and what listens there.
        ["outside", HOST, 8081],
        ["outside", "127.0.0.1", 8081],
        ["outside", "127.0.0.1", 80],
        ["red2", "127.0.0.1", 8081],
        ["red2", "127.0.0.1", 80],
        ["host", "127.0.0.1", 8082],
        // The internal network.
        ["closed1", "198.51.100.2", 80],
        ["closed1", "10.77.1.2", 80],
        ["closed1", HOST, 8080],
        ["red1", "10.77.3.2", 80],
        ["outside", "10.77.3.2", 80],
      ];
      const answers = await Promise.all(places.map((place) => world.ask(...place)));
      for (const [index, place] of places.entries()) {
        assert.equal(answers[index], undefined, place.join(" "));
      }
    });
    await test.step("a container with another's address gets nowhere", async () => {
      await world.run("blue1", "ip addr add 10.77.1.99/32 dev eth0");
      await world.run("blue1", "ip route replace default via 10.77.2.1 src 10.77.1.99");
      assert.equal(await world.ask("blue1", "198.51.100.2", 80), undefined);
      assert.equal(await world.ask("blue1", "10.77.1.2", 80), undefined);
      await world.run(
        "blue1",
        "ip route replace default via 10.77.2.1; ip addr del 10.77.1.99/32 dev eth0",
      );
    });
    await test.step("rules that were lost come back, those that are stray go", async () => {
      assert.deepEqual(JSON.parse(await scene.firewall("difference")), { missing: [], stray: [] });
      await world.run("host", `iptables-${backend} -t nat -F; iptables-${backend} -D FORWARD 1`);
      const chain = /:(TSD-\w+-FORWARD)/.exec(await scene.rules())![1];
      await world.run("host", `iptables-${backend} -A ${chain} -s 203.0.113.7 -j ACCEPT`);
      const { missing, stray } = JSON.parse(await scene.firewall("difference"));
      assert.ok(missing.some((line: string) => line.startsWith("filter: FORWARD")), missing);
      assert.ok(missing.some((line: string) => line.includes("--dport 8080")), missing);
      assert.deepEqual(stray, [`filter: ${chain} -s 203.0.113.7/32 -j ACCEPT`]);
      await scene.firewall("sync");
      assert.deepEqual(JSON.parse(await scene.firewall("difference")), { missing: [], stray: [] });
      assert.match(await world.ask("host", "127.0.0.1", 8080) ?? "", /^red1 /);
    });
    await test.step("removed, it leaves the host's rules as they were", async () => {
      await world.run("host", HOST_RULES_AGAIN.replaceAll("BACKEND", backend));
      await scene.firewall("remove");
      assert.equal(await scene.rules(), before);
    });
    await test.step("without it, what was kept apart is not", async () => {
      await world.run("host", openHost(backend));
      assert.match(await world.ask("blue1", "10.77.1.2", 80) ?? "", /^red1 /);
      assert.match(await world.ask("outside", "10.77.3.2", 80) ?? "", /^closed1 /);
      assert.match(await world.ask("red2", "127.0.0.1", 80) ?? "", /^host /);
    });
  });
}

test("nft", "the firewall removes the tables that came with it", async () => {
  await using scene = new Scene("nft");
  await scene.world.add("host");
  assert.equal(await scene.rules(), "");
  await scene.firewall("sync");
  assert.match(await scene.rules(), /TSD-/);
  await scene.firewall("remove");
  assert.equal(await scene.rules(), "");
});

test("nft", "the firewall has rules of IPv6 only while a network has such addresses", async () => {
  await using scene = new Scene("nft");
  await scene.world.add("host");
  await scene.firewall("sync");
  assert.match(await scene.world.run("host", "ip6tables-nft-save"), /TSD-/);
  await scene.firewall("sync", { networks: [STATE.networks[1]!], forwards: [] });
  assert.doesNotMatch(await scene.world.run("host", "ip6tables-nft-save"), /TSD-/);
});

test("nft", "rules that nobody has touched are not written again; others are", async () => {
  await using scene = new Scene("nft");
  await scene.world.add("host");
  // What is written for the first time is more than rules.
  const unchanged = "sync,sync,generation,sync,generation";
  const changed = "flush,sync,difference,generation";
  const lines = (await scene.firewall(`${unchanged},${changed}`)).split("\n");
  const [first, second, difference, third] = lines.map((line) => JSON.parse(line));
  assert.ok(first > 0);
  assert.equal(second, first);
  assert.deepEqual(difference, { missing: [], stray: [] });
  assert.ok(third > second + 2, `${second} ${third}`);
});
