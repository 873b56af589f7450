import assert from "node:assert/strict";
import { defaultRouteLines, hostEndName, hostLines, insideLines } from "./container_interface.ts";
import type { Endpoint } from "./endpoint.ts";
import { addressLines, bridgeLines } from "./host_interface.ts";
import type { Network } from "./network.ts";

const NETWORK: Network = {
  id: "ab".repeat(32),
  name: "net",
  driver: "bridge",
  createdAt: 0,
  interface: "br0",
  internal: false,
  ipv6: true,
  subnets: [
    { subnet: "10.1.0.0/16", gateway: "10.1.0.1" },
    { subnet: "fd00::/64", gateway: "fd00::1" },
  ],
  options: { "com.docker.network.driver.mtu": "1400" },
  labels: {},
};
const ENDPOINT: Endpoint = {
  id: "cd".repeat(32),
  networkId: NETWORK.id,
  containerId: "ef".repeat(32),
  wishes: {},
  address4: "10.1.0.2",
  address6: "fd00::2",
  mac: "02:42:0a:01:00:02",
  interface: "eth0",
};
const OWNER = { instance: "tsd", container: "web" };

Deno.test("hostLines() makes a pair, one end on the bridge and one in the container", () => {
  const [add, ...rest] = hostLines(
    { endpoint: ENDPOINT, network: NETWORK, mtu: 1400 },
    OWNER,
    "/proc/1/fd/9",
    "tsdv0",
  );
  assert.equal(
    add,
    "link add tsdv0 mtu 1400 master br0 type veth peer name eth0 netns /proc/1/fd/9 " +
      "address 02:42:0a:01:00:02 mtu 1400",
  );
  assert.ok(rest.includes('link set tsdv0 alias "tsd:net:web"'));
  // It ignores routers before it is switched on, by whoever makes both.
  assert.ok(!rest.includes("link set tsdv0 up"));
});

Deno.test("hostLines() makes interfaces of macvlan and ipvlan in the container at once", () => {
  const lines = (driver: "macvlan" | "ipvlan", options: Record<string, string>) =>
    hostLines(
      { endpoint: ENDPOINT, network: { ...NETWORK, driver, options }, mtu: 1500 },
      OWNER,
      "/proc/1/fd/9",
      undefined,
    );
  assert.deepEqual(lines("macvlan", {}), [
    "link add link br0 name eth0 netns /proc/1/fd/9 address 02:42:0a:01:00:02 type macvlan " +
    "mode bridge",
  ]);
  assert.deepEqual(lines("ipvlan", { ipvlan_mode: "l3" }), [
    "link add link br0 name eth0 netns /proc/1/fd/9 type ipvlan mode l3 bridge",
  ]);
});

Deno.test("insideLines() sets the addresses that there are", () => {
  assert.deepEqual(insideLines({ endpoint: ENDPOINT, network: NETWORK, mtu: 1400 }), [
    "addr add 10.1.0.2/16 dev eth0",
    "addr add fd00::2/64 dev eth0 nodad",
    "link set eth0 up",
  ]);
  const endpoint = { ...ENDPOINT, address6: undefined };
  assert.deepEqual(insideLines({ endpoint, network: NETWORK, mtu: 1400 }), [
    "addr add 10.1.0.2/16 dev eth0",
    "link set eth0 up",
  ]);
});

Deno.test("defaultRouteLines() leads through the first network with a way out", () => {
  const internal = { endpoint: ENDPOINT, network: { ...NETWORK, internal: true } };
  const second = { endpoint: { ...ENDPOINT, interface: "eth1" }, network: NETWORK };
  assert.deepEqual(defaultRouteLines([internal, second]), [
    "route replace 0.0.0.0/0 via 10.1.0.1 dev eth1",
    "route replace ::/0 via fd00::1 dev eth1",
  ]);
  assert.deepEqual(defaultRouteLines([internal]), []);
});

Deno.test("hostEndName() is new each time, for bridges only", () => {
  assert.match(hostEndName(NETWORK)!, /^tsdv[0-9a-f]{10}$/);
  assert.notEqual(hostEndName(NETWORK), hostEndName(NETWORK));
  assert.equal(hostEndName({ ...NETWORK, driver: "macvlan" }), undefined);
});

Deno.test("bridgeLines() leave the bridge off, addressLines() switch it on last; both can be repeated", () => {
  const host = { instance: "tsd", run: () => Promise.reject(new Error("not run")) };
  const lines = bridgeLines(host, NETWORK, false);
  assert.equal(lines[0], "link add br0 address 02:42:0a:01:00:01 type bridge");
  assert.ok(!lines.includes("link set br0 up"));
  const addresses = addressLines(NETWORK);
  assert.ok(addresses.includes("addr replace fd00::1/64 dev br0 nodad"));
  assert.equal(addresses.at(-1), "link set br0 up");
  assert.ok(!lines.some((line) => line.includes("addrgenmode")));
  assert.deepEqual(bridgeLines(host, NETWORK, true), lines.slice(1));
});
