import assert from "node:assert/strict";
import { freeAddress, macOf } from "./free_address.ts";

Deno.test("freeAddress() passes over the subnet's own, the gateway's and other addresses in use", () => {
  const subnet = { subnet: "10.1.0.0/29", gateway: "10.1.0.1", auxiliary: { router: "10.1.0.2" } };
  assert.equal(freeAddress(subnet, []), "10.1.0.3");
  assert.equal(freeAddress(subnet, ["10.1.0.3", "10.1.0.5"]), "10.1.0.4");
  // 10.1.0.7 is the broadcast address.
  const all = ["10.1.0.3", "10.1.0.4", "10.1.0.5", "10.1.0.6"];
  assert.equal(freeAddress(subnet, all), undefined);
});

Deno.test("freeAddress() stays within the range", () => {
  const subnet = { subnet: "10.1.0.0/24", range: "10.1.0.128/31" };
  assert.equal(freeAddress(subnet, []), "10.1.0.128");
  assert.equal(freeAddress(subnet, ["10.1.0.128", "10.1.0.129"]), undefined);
});

Deno.test("freeAddress() gives out the last address of IPv6, which is nobody's broadcast address", () => {
  assert.equal(freeAddress({ subnet: "fd00::/126" }, ["fd00::1", "fd00::2"]), "fd00::3");
});

Deno.test("macOf() is the same for the same address, and prefers IPv4", () => {
  assert.equal(macOf("10.1.0.2", "fd00::9"), "02:42:0a:01:00:02");
  assert.equal(macOf(undefined, "fd00::1:2"), "02:42:00:01:00:02");
});
