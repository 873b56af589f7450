import assert from "node:assert/strict";
import { formatSubnet } from "./address.ts";
import {
  isDefaultRoute,
  parseIpv6Routes,
  parseRoutes,
  subnetsOfRoutes,
  uplinkMtu,
} from "./host_routes.ts";

const ROUTES = `Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT
eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0
eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
down0\t0000A8C0\t00000000\t0000\t0\t0\t0\t00FFFFFF\t0\t0\t0
docker0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0
`;

Deno.test("parseRoutes() reads the routes that are in use", () => {
  const routes = parseRoutes(ROUTES);
  assert.deepEqual(routes.map(({ subnet, interface: name }) => `${formatSubnet(subnet)} ${name}`), [
    "0.0.0.0/0 eth0",
    "192.0.2.0/24 eth0",
    "172.17.0.0/16 docker0",
  ]);
  assert.deepEqual(routes.map(isDefaultRoute), [true, false, false]);
  assert.deepEqual(routes.map(({ gateway }) => gateway), [0xc0000201n, undefined, undefined]);
});

Deno.test("parseIpv6Routes() leaves out link-local, multicast and single addresses", () => {
  const line = (destination: string, prefix: string, flags: string, name: string) =>
    `${destination} ${prefix} ${"0".repeat(32)} 00 ${"0".repeat(32)} 00000100 00000001 00000000 ` +
    `${flags}     ${name}\n`;
  const text = line("fd000000000000000000000000000000", "40", "00000001", "eth0") +
    line("fe800000000000000000000000000000", "40", "00000001", "eth0") +
    line("ff000000000000000000000000000000", "08", "00000001", "eth0") +
    line("00000000000000000000000000000001", "80", "80200001", "lo") +
    line("00000000000000000000000000000000", "00", "00200200", "lo") +
    line("00000000000000000000000000000000", "00", "00000003", "eth0");
  const routes = parseIpv6Routes(text).map(({ subnet }) => formatSubnet(subnet));
  assert.deepEqual(routes, ["fd00::/64", "::/0"]);
});

Deno.test("subnetsOfRoutes() counts machines that routes lead through, wherever they are", () => {
  const onLink = "eth1\t00000000\t0105D00A\t0003\t0\t0\t0\t00000000\t0\t0\t0\n";
  const subnets = subnetsOfRoutes(parseRoutes(ROUTES + onLink)).map(formatSubnet);
  assert.deepEqual(subnets, [
    "192.0.2.1/32",
    "192.0.2.0/24",
    "172.17.0.0/16",
    "10.208.5.1/32",
  ]);
});

Deno.test("uplinkMtu() is Ethernet's without a default route", () => {
  assert.equal(uplinkMtu(parseRoutes(ROUTES).slice(1)), 1500);
});
