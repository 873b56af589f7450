import assert from "node:assert/strict";
import { EngineError } from "../errors.ts";
import { Database } from "../state/mod.ts";
import { createNetwork } from "./create_network.ts";
import { defaultNetwork, type NetworkContext } from "./default_network.ts";
import { checkWishes, EndpointStore } from "./endpoint_store.ts";
import { freeAddress, macOf } from "./free_address.ts";
import type { Network } from "./network.ts";
import { NetworkStore } from "./network_store.ts";

/** Does something with the database of an instance that has nothing yet. */
async function withInstance(body: (context: NetworkContext) => void): Promise<void> {
  const folder = await Deno.makeTempDir();
  const database = Database.open(folder);
  try {
    body({ database, instance: "tsd-0a1b2c3d", config: {} });
  } finally {
    database.close();
    await Deno.remove(folder, { recursive: true });
  }
}

function addContainer({ database }: NetworkContext, id: string): string {
  database.run(
    `INSERT INTO containers (id, name, image_name, created_at, settings, status)
       VALUES (?, ?, 'none', 0, '{}', 'created')`,
    id,
    `name-${id}`,
  );
  return id;
}

const fails = (kind: string, message: RegExp) => (error: unknown) => {
  assert.ok(error instanceof EngineError, String(error));
  assert.equal(error.kind, kind);
  assert.match(error.message, message);
  return true;
};

Deno.test("lease() gives the lowest free address, release() takes it back", async () => {
  await withInstance((context) => {
    const network = createNetwork(context, { name: "net", subnets: ["10.253.0.0/24"] });
    const store = new EndpointStore(context.database);
    const lease = (id: string) => {
      const endpoint = store.insert(network, addContainer(context, id), {});
      return store.lease(endpoint, network, "eth0");
    };
    const leased = ["aa", "bb", "cc"].map(lease);
    assert.deepEqual(leased.map(({ address4 }) => address4), [
      "10.253.0.2",
      "10.253.0.3",
      "10.253.0.4",
    ]);
    assert.equal(leased[0]?.mac, "02:42:0a:fd:00:02");
    assert.deepEqual(store.release("bb").map(({ address4 }) => address4), ["10.253.0.3"]);
    assert.equal(store.ofContainer("bb")[0]?.address4, undefined);
    assert.equal(lease("dd").address4, "10.253.0.3");
  });
});

Deno.test("insert() keeps addresses that were asked for, and refuses them to others", async () => {
  await withInstance((context) => {
    const subnets = ["10.253.0.0/24", "fd00:253::/64"];
    const network = createNetwork(context, { name: "net", subnets });
    const store = new EndpointStore(context.database);
    const wishes = { address4: "10.253.0.2", address6: "fd00:253::9" };
    const fixed = store.insert(network, addContainer(context, "aa"), wishes);
    const other = store.insert(network, addContainer(context, "bb"), {});
    assert.equal(store.lease(other, network, "eth0").address4, "10.253.0.3");
    store.lease(fixed, network, "eth0");
    store.release("aa");
    assert.equal(store.get(fixed.id)?.address4, "10.253.0.2");
    addContainer(context, "cc");
    assert.throws(
      () => store.insert(network, "cc", { address4: "10.253.0.2" }),
      fails("conflict", /Address already in use, container name-aa has 10\.253\.0\.2/),
    );
    assert.throws(
      () => store.insert(network, "cc", { address6: "fd00:253::9" }),
      fails("conflict", /Address already in use/),
    );
    assert.throws(
      () => store.insert(network, "aa", {}),
      fails("conflict", /endpoint with name name-aa already exists in network net/),
    );
  });
});

Deno.test("lease() says when the addresses are used up", async () => {
  await withInstance((context) => {
    const network = createNetwork(context, { name: "net", subnets: ["10.253.0.0/29"] });
    const store = new EndpointStore(context.database);
    const lease = (id: string) =>
      store.lease(store.insert(network, addContainer(context, id), {}), network, "eth0");
    for (let number = 0; number < 5; number++) lease(`c${number}`);
    assert.throws(() => lease("more"), fails("conflict", /no available IPv4 addresses/));
  });
});

Deno.test("freeAddress() leaves out what is reserved, and keeps to the range", () => {
  const subnet = {
    subnet: "10.1.0.0/24",
    gateway: "10.1.0.129",
    range: "10.1.0.128/29",
    auxiliary: { router: "10.1.0.130" },
  };
  assert.equal(freeAddress(subnet, []), "10.1.0.128");
  assert.equal(freeAddress(subnet, ["10.1.0.128"]), "10.1.0.131");
  assert.equal(freeAddress({ subnet: "fd00::/64", gateway: "fd00::1" }, []), "fd00::2");
  assert.equal(freeAddress({ subnet: "10.1.0.0/31" }, ["10.1.0.0"]), "10.1.0.1");
  assert.equal(freeAddress({ subnet: "10.1.0.0/32" }, ["10.1.0.0"]), undefined);
});

Deno.test("macOf() is made of the address", () => {
  assert.equal(macOf("10.1.0.200", undefined), "02:42:0a:01:00:c8");
  assert.equal(macOf(undefined, "fd00::1:2"), "02:42:00:01:00:02");
});

Deno.test("checkWishes() refuses what cannot be", () => {
  const network = {
    name: "net",
    subnets: [{ subnet: "10.1.0.0/24", gateway: "10.1.0.1" }],
  } as Network;
  const cases: [wishes: object, kind: string, message: RegExp][] = [
    [{ address4: "10.1.0.300" }, "invalid", /invalid IPv4 address: 10\.1\.0\.300/],
    [{ address4: "fd00::1" }, "invalid", /invalid IPv4 address/],
    [{ address4: "10.2.0.1" }, "invalid", /no configured subnet contains IP address 10\.2\.0\.1/],
    [{ address6: "fd00::2" }, "invalid", /no configured subnet contains IP address fd00::2/],
    [{ address4: "10.1.0.1" }, "conflict", /Address already in use: 10\.1\.0\.1 is the gateway's/],
    [{ address4: "10.1.0.255" }, "conflict", /Address already in use/],
    [{ mac: "02:42" }, "invalid", /02:42 is not a valid mac address/],
    [{ mac: "01:00:5e:00:00:01" }, "invalid", /not a valid mac address/],
  ];
  for (const [wishes, kind, message] of cases) {
    assert.throws(() => checkWishes(network, wishes), fails(kind, message));
  }
  checkWishes(network, { address4: "10.1.0.7", mac: "02:42:00:00:00:01" });
});

Deno.test("defaultNetwork() gets its subnet once", async () => {
  await withInstance((context) => {
    const network = defaultNetwork(context);
    assert.equal(network.interface, "tsd-0a1b2c3d-0");
    assert.equal(network.subnets.length, 1);
    assert.deepEqual(defaultNetwork(context), network);
  });
  await withInstance((context) => {
    const network = defaultNetwork({ ...context, config: { bridgeAddress: "10.253.1.5/24" } });
    assert.deepEqual(network.subnets, [{ subnet: "10.253.1.0/24", gateway: "10.253.1.5" }]);
  });
});

Deno.test("createNetwork() refuses what cannot be", async () => {
  await withInstance((context) => {
    const create = (options: object) => createNetwork(context, { name: "net", ...options });
    defaultNetwork(context);
    createNetwork(context, { name: "first", subnets: ["10.253.0.0/16"] });
    const before = new NetworkStore(context.database).list();
    const cases: [options: object, kind: string, message: RegExp][] = [
      [{ name: "first" }, "conflict", /network with name first already exists/],
      [{ name: "host" }, "denied", /operation is not permitted on predefined host network/],
      [{ name: "a b" }, "invalid", /invalid name/],
      [{ driver: "nosuch" }, "notFound", /plugin "nosuch" not found/],
      [{ subnets: ["10.1.0.0"] }, "invalid", /invalid CIDR address: 10\.1\.0\.0/],
      [{ subnets: ["10.1.0.1/24"] }, "invalid", /it should be 10\.1\.0\.0\/24/],
      [{ subnets: ["10.253.8.0/24"] }, "conflict", /Pool overlaps with other one on this address/],
      [{ subnets: ["10.252.0.0/24", "10.252.0.0/25"] }, "conflict", /Pool overlaps/],
      [{ subnets: ["10.252.0.0/24", "10.252.1.0/24"] }, "invalid", /one subnet of each version/],
      [
        { subnets: ["10.252.0.0/24"], gateways: ["10.252.1.1"] },
        "invalid",
        /no matching subnet for gateway 10\.252\.1\.1/,
      ],
      [
        { subnets: ["10.252.0.0/24"], ranges: ["10.252.0.0/16"] },
        "invalid",
        /no matching subnet for range 10\.252\.0\.0\/16/,
      ],
      [{ gateways: ["10.252.0.1"] }, "invalid", /every ip-range or gateway must have a corre/],
      [{ ranges: ["10.252.0.0/25"] }, "invalid", /every ip-range or gateway must have a corre/],
      [{ options: { nosuch: "x" } }, "invalid", /has no option "nosuch"/],
      [
        { options: { "com.docker.network.driver.mtu": "12" } },
        "invalid",
        /invalid value "12" of "com.docker.network.driver.mtu"/,
      ],
    ];
    for (const [options, kind, message] of cases) {
      assert.throws(() => create(options), fails(kind, message));
    }
    assert.deepEqual(new NetworkStore(context.database).list(), before);
  });
});

Deno.test("createNetwork() has addresses of both versions with ipv6", async () => {
  await withInstance((context) => {
    const { ipv6, subnets } = createNetwork(context, { name: "net", ipv6: true });
    assert.ok(ipv6);
    assert.equal(subnets.length, 2);
    assert.match(subnets[1]?.gateway ?? "", /^fd[0-9a-f:]+::1$/);
  });
});
