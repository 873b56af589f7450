import assert from "node:assert/strict";
import { formatSubnet, parseAddress, parseSubnet } from "./address.ts";
import { checkFree, givenSubnet } from "./given_subnets.ts";
import type { HostRoute } from "./host_routes.ts";

Deno.test("givenSubnet() refuses what is no subnet of containers", () => {
  for (const text of ["10.1.0.0/16", "192.0.2.0/31", "fd00:1::/64"]) {
    assert.equal(formatSubnet(givenSubnet(text)), text);
  }
  const wrong: [text: string, message: string][] = [
    ["10.1.0.0", "invalid CIDR address: 10.1.0.0"],
    ["10.1.0.1/24", "invalid subnet 10.1.0.1/24: it should be 10.1.0.0/24"],
    [
      "127.1.0.0/16",
      "invalid subnet 127.1.0.0/16: no container can have addresses of 127.0.0.0/8",
    ],
    ["0.0.0.0/0", "invalid subnet 0.0.0.0/0: no container can have addresses of 0.0.0.0/8"],
    [
      "239.0.0.0/24",
      "invalid subnet 239.0.0.0/24: no container can have addresses of 224.0.0.0/3",
    ],
    ["ff02::/64", "invalid subnet ff02::/64: no container can have addresses of ff00::/8"],
  ];
  for (const [text, message] of wrong) {
    assert.throws(() => givenSubnet(text), { kind: "invalid", message });
  }
});

Deno.test("checkFree() leaves the host what its routes need", () => {
  const route = (subnet: string, gateway?: string): HostRoute => ({
    subnet: parseSubnet(subnet)!,
    interface: "eth0",
    ...gateway !== undefined && { gateway: parseAddress(gateway)!.value },
  });
  const routes = [route("0.0.0.0/0", "192.0.2.1"), route("192.0.2.0/24")];
  const check = (text: string) => checkFree(parseSubnet(text)!, [], routes);
  check("10.1.0.0/16");
  // A part of the neighbourhood that the host does not need.
  check("192.0.2.128/25");
  assert.throws(() => check("192.0.0.0/16"), {
    kind: "conflict",
    message: "Pool overlaps with a route of the host: 192.0.0.0/16 and 192.0.2.0/24 dev eth0",
  });
  assert.throws(() => check("192.0.2.0/25"), {
    kind: "conflict",
    message:
      "Pool overlaps with a route of the host: 192.0.2.0/25 and its gateway 192.0.2.1 dev eth0",
  });
});
