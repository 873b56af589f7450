import assert from "node:assert/strict";
import { chainRules } from "./chain_rules.ts";
import { chainNames, hooks } from "./chains.ts";
import type { PortForward } from "../port/port_forward.ts";
import type { FirewallNetwork, FirewallState } from "./state.ts";

const names = chainNames("tsd");
const front: FirewallNetwork = {
  name: "front",
  bridge: "tsd0",
  subnets: ["10.1.0.0/24", "fd01::/64"],
  isInternal: false,
};
const back: FirewallNetwork = {
  name: "back",
  bridge: "tsd1",
  subnets: ["10.2.0.0/24"],
  isInternal: true,
};
const web: PortForward = {
  containerId: "c0ffee",
  protocol: "tcp",
  hostAddress: "0.0.0.0",
  hostPort: 8080,
  containerAddress: "10.1.0.2",
  containerPort: 80,
};

function rules(state: Partial<FirewallState>, chain: string, family: 4 | 6 = 4): string[] {
  const chains = chainRules({ networks: [], forwards: [], ...state }, names, family);
  return chains.find(({ name }) => name === chain)?.rules ?? [];
}

Deno.test("chainNames() gives each instance its own, within iptables' 28 characters", () => {
  assert.equal(names.forward, "TSD-FORWARD");
  const other = chainNames("tsd-1a2b3c4d");
  assert.equal(other.ports, "TSD-1a2b3c4d-PORTS");
  assert.ok(Object.values(other).every((name) => name.length <= 28));
});

Deno.test("hooks() does not translate what comes from outside for 127.0.0.1", () => {
  const outside = hooks(names, 4).find(({ chain, table }) =>
    table === "nat" && chain === "PREROUTING"
  );
  assert.equal(outside?.rule, "! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j TSD-PORTS");
});

Deno.test("hooks() stands before the host's rules only where they might reject", () => {
  assert.deepEqual(
    hooks(names, 4).filter(({ isFirst }) => isFirst).map(({ chain, table }) => [table, chain]),
    [["raw", "PREROUTING"], ["filter", "FORWARD"]],
  );
});

Deno.test("chainRules() translates a port of all addresses, or of one", () => {
  const one = { ...web, hostAddress: "192.0.2.1", hostPort: 53, protocol: "udp" as const };
  assert.deepEqual(rules({ forwards: [web, one] }, names.ports), [
    "-d 192.0.2.1/32 -p udp -m udp --dport 53 -m comment --comment c0ffee -j DNAT " +
    "--to-destination 10.1.0.2:80",
    "-p tcp -m tcp --dport 8080 -m comment --comment c0ffee -j DNAT --to-destination 10.1.0.2:80",
  ]);
});

Deno.test("chainRules() keeps the versions of IP apart", () => {
  const six = { ...web, hostAddress: "2001:db8::1", containerAddress: "fd01::2" };
  const state = { networks: [front, back], forwards: [web, six] };
  assert.deepEqual(rules(state, names.ports, 6), [
    "-d 2001:db8::1/128 -p tcp -m tcp --dport 8080 -m comment --comment c0ffee -j DNAT " +
    "--to-destination [fd01::2]:80",
  ]);
  assert.equal(rules(state, names.ports, 4).length, 1);
  assert.ok(!rules(state, names.forward, 6).some((rule) => rule.includes("tsd1")));
});

Deno.test("chainRules() leads nowhere while a container has no address", () => {
  assert.deepEqual(rules({ forwards: [{ ...web, containerAddress: "" }] }, names.ports), []);
});

Deno.test("chainRules() decides between its networks before it lets anything out", () => {
  const other = { ...front, name: "other", bridge: "tsd2", subnets: ["10.3.0.0/24"] };
  const list = rules({ networks: [front, other] }, names.forward);
  const at = (part: string) => list.findIndex((rule) => rule.startsWith(part));
  assert.ok(at("-o tsd2 -m comment --comment other -j DROP") >= 0);
  assert.ok(at("-o tsd2 -m comment") < at("-s 10.1.0.0/24 -i tsd0"));
  assert.ok(at("-o docker+ -j RETURN") < at("-s 10.1.0.0/24 -i tsd0"));
  assert.ok(at("-o tsd0 -m conntrack --ctstate DNAT") < at("-o tsd0 -m comment"));
});

Deno.test("chainRules() closes internal networks before anything else is accepted", () => {
  const list = rules({ networks: [front, back] }, names.forward);
  assert.deepEqual(list.slice(0, 3), [
    "-i tsd1 -o tsd1 -m comment --comment back -j ACCEPT",
    "-i tsd1 -m comment --comment back -j DROP",
    "-o tsd1 -m comment --comment back -j DROP",
  ]);
  assert.deepEqual(rules({ networks: [back] }, names.masquerade), []);
});

Deno.test("chainRules() keeps containers of a network apart where that is asked for", () => {
  const apart = { ...front, betweenContainers: false };
  assert.ok(
    !rules({ networks: [apart] }, names.forward).some((rule) => rule.includes("-o tsd0 -j")),
  );
});

Deno.test("chainRules() lets no bridge use addresses of loopback", () => {
  assert.deepEqual(rules({ networks: [front] }, names.guard), [
    "-s 127.0.0.0/8 -i tsd0 -m comment --comment front -j DROP",
    "-d 127.0.0.0/8 -i tsd0 -m comment --comment front -j DROP",
  ]);
});

Deno.test("chainRules() replaces no source address where a network is routed", () => {
  const routed = rules({ networks: [{ ...front, masquerade: false }] }, names.masquerade);
  assert.ok(!routed.some((rule) => rule.includes("! -o tsd0")));
});
