import assert from "node:assert/strict";
import {
  contains,
  formatAddress,
  formatSubnet,
  overlap,
  parseAddress,
  parseSubnet,
} from "./address.ts";

Deno.test("parseAddress() and formatAddress() know the usual forms", () => {
  const forms: [text: string, usual: string][] = [
    ["0.0.0.0", "0.0.0.0"],
    ["10.1.2.255", "10.1.2.255"],
    ["::", "::"],
    ["::1", "::1"],
    ["fd00::", "fd00::"],
    ["FD00:0:0:0:0:0:0:1", "fd00::1"],
    ["2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
    ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
    ["1:0:0:2:0:0:0:3", "1:0:0:2::3"],
    ["10:0:0:1::", "10:0:0:1::"],
    ["::ffff:10.1.2.3", "::ffff:a01:203"],
    ["fe80:10:100:1000:0:0:0:10", "fe80:10:100:1000::10"],
  ];
  for (const [text, usual] of forms) {
    const address = parseAddress(text);
    assert.ok(address, text);
    assert.equal(formatAddress(address), usual);
    assert.deepEqual(parseAddress(usual), address);
  }
});

Deno.test("parseAddress() refuses what is no address", () => {
  const wrong = [
    "",
    "1.2.3",
    "1.2.3.4.5",
    "1.2.3.256",
    "01.2.3.4",
    "1.2.3.4/8",
    "a.b.c.d",
    " 1.2.3.4",
  ];
  for (
    const text of [...wrong, ":", ":::", "1::2::3", "12345::", "g::", "1:2:3:4:5:6:7", "::1.2.3"]
  ) {
    assert.equal(parseAddress(text), undefined, text);
  }
  assert.equal(parseAddress("1:2:3:4:5:6:7:8::"), undefined);
});

Deno.test("parseSubnet() finds the ends of a subnet", () => {
  const subnet = parseSubnet("10.1.2.3/16")!;
  assert.equal(formatSubnet(subnet), "10.1.0.0/16");
  assert.equal(formatAddress({ family: 4, value: subnet.last }), "10.1.255.255");
  assert.equal(formatAddress({ family: 4, value: subnet.address }), "10.1.2.3");
  assert.equal(formatSubnet(parseSubnet("fd00::1/64")!), "fd00::/64");
  for (const text of ["10.0.0.0", "10.0.0.0/33", "fd00::/129", "10.0.0/8", "10.0.0.0/", "/8"]) {
    assert.equal(parseSubnet(text), undefined, text);
  }
});

Deno.test("overlap() and contains() compare subnets and addresses of one version", () => {
  const subnet = parseSubnet("10.1.0.0/16")!;
  assert.ok(overlap(subnet, parseSubnet("10.1.5.0/24")!));
  assert.ok(overlap(parseSubnet("0.0.0.0/0")!, subnet));
  assert.ok(!overlap(subnet, parseSubnet("10.2.0.0/16")!));
  assert.ok(!overlap(parseSubnet("::/0")!, subnet));
  assert.ok(contains(subnet, parseAddress("10.1.255.255")!));
  assert.ok(!contains(subnet, parseAddress("10.2.0.0")!));
  assert.ok(!contains(subnet, parseAddress("::a01:1")!));
});
