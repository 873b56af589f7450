import assert from "node:assert/strict";
import { EngineError } from "../errors.ts";
import { formatSubnet, parseSubnet } from "./address.ts";
import { firstAddress, freeSubnet } from "./free_subnet.ts";

const subnets = (...texts: string[]) => texts.map((text) => parseSubnet(text)!);

Deno.test("freeSubnet() takes the first of the pools that overlaps nothing", () => {
  const search = { family: 4, instance: "tsd" } as const;
  const first = (...taken: string[]) =>
    formatSubnet(freeSubnet({ ...search, taken: subnets(...taken) }));
  assert.equal(first(), "10.208.0.0/20");
  assert.equal(first("10.208.0.0/20"), "10.208.16.0/20");
  assert.equal(first("10.208.3.0/24", "10.208.16.0/22"), "10.208.32.0/20");
  assert.equal(first("10.208.0.0/13"), "10.216.0.0/20");
});

Deno.test("freeSubnet() goes on to the next pool, and says so at the end of the last", () => {
  const pools = [{ base: "10.1.0.0/23", size: 24 }, { base: "10.2.0.0/24", size: 24 }];
  const taken = subnets("10.1.0.0/24", "10.1.1.0/24");
  const search = { family: 4, instance: "tsd", pools } as const;
  assert.equal(formatSubnet(freeSubnet({ ...search, taken })), "10.2.0.0/24");
  assert.throws(
    () => freeSubnet({ ...search, taken: [...taken, ...subnets("10.2.0.0/16")] }),
    (error) => error instanceof EngineError && error.kind === "conflict",
  );
});

Deno.test("freeSubnet() begins elsewhere for another instance, and ends there too", () => {
  const pools = [{ base: "10.1.0.0/22", size: 24 }];
  const found = new Set<string>();
  for (let count = 0; count < 4; count++) {
    const taken = subnets(...found);
    const search = { family: 4, instance: "tsd-0a1b2c3d", pools, taken } as const;
    found.add(formatSubnet(freeSubnet(search)));
  }
  assert.equal(found.size, 4);
});

Deno.test("freeSubnet() has unique local IPv6 subnets of its own", () => {
  const one = freeSubnet({ family: 6, instance: "tsd", taken: [] });
  const other = freeSubnet({ family: 6, instance: "tsd-0a1b2c3d", taken: [] });
  for (const subnet of [one, other]) assert.match(formatSubnet(subnet), /^fd[0-9a-f:]+\/64$/);
  assert.notDeepEqual(one, other);
});

Deno.test("firstAddress() leaves the network's own address out where there is room", () => {
  assert.equal(firstAddress(parseSubnet("10.1.0.0/16")!), "10.1.0.1");
  assert.equal(firstAddress(parseSubnet("fd00::/64")!), "fd00::1");
  assert.equal(firstAddress(parseSubnet("10.1.0.4/31")!), "10.1.0.4");
});
