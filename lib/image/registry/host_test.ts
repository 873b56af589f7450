import assert from "node:assert/strict";
import { config } from "../_fake_registry_fixture.ts";
import { pullEndpoints, registryEndpoint, toleratesInsecurity } from "./endpoint.ts";
import { hostName, isInsecure, isLoopback } from "./host.ts";

Deno.test("isLoopback() knows this machine's names and addresses", () => {
  for (
    const host of [
      "localhost",
      "LOCALHOST:5000",
      "127.0.0.1",
      "127.1.2.3:80",
      "[::1]",
      "[::1]:5000",
      "[0:0::0001]:1",
    ]
  ) assert(isLoopback(host), host);
  for (
    const host of [
      "docker.io",
      "localhost.example",
      "r.localhost",
      "127.example",
      "128.0.0.1",
      "127.0.0.256",
      "[::2]:5000",
      "[::]",
      "0.0.0.0",
    ]
  ) assert(!isLoopback(host), host);
});

Deno.test("isInsecure() matches hosts exactly and addresses by range", () => {
  const list = ["r.example:5000", "plain.example", "10.1.0.0/16", "fd00::/8", "0.0.0.0/33"];
  const cases: [host: string, expected: boolean][] = [
    ["r.example:5000", true],
    ["R.EXAMPLE:5000", true],
    ["r.example", false],
    ["r.example:5001", false],
    ["plain.example:443", false],
    ["10.1.255.255:5000", true],
    ["10.2.0.0", false],
    ["[fd12:3456::1]:5000", true],
    ["[fe80::1]", false],
    ["10.1.example", false],
  ];
  for (const [host, expected] of cases) assert.equal(isInsecure(host, list), expected, host);
});

Deno.test("hostName() leaves port and brackets out", () => {
  assert.equal(hostName("a.example:5000"), "a.example");
  assert.equal(hostName("[::1]:5000"), "::1");
  assert.equal(hostName("a.example"), "a.example");
});

Deno.test("registryEndpoint() allows plain HTTP where the configuration does", () => {
  const policy = config({ "insecure-registries": ["r.example:5000"] });
  const cases: [registry: string, host: string, bases: string[]][] = [
    ["docker.io", "registry-1.docker.io", ["https://registry-1.docker.io"]],
    ["q.example", "q.example", ["https://q.example"]],
    ["r.example:5000", "r.example:5000", ["https://r.example:5000", "http://r.example:5000"]],
    ["127.0.0.1:5000", "127.0.0.1:5000", ["http://127.0.0.1:5000", "https://127.0.0.1:5000"]],
  ];
  for (const [registry, host, bases] of cases) {
    assert.deepEqual(registryEndpoint(registry, policy), {
      host,
      credentialHost: registry,
      bases,
      isMirror: false,
    });
    assert.equal(toleratesInsecurity(host, policy), bases.length === 2);
  }
});

Deno.test("pullEndpoints() gives the mirrors in their order, then the registry", () => {
  const policy = config({
    "registry-mirrors": ["https://m.example"],
    "mirrors": { "docker.io": ["http://127.0.0.1:5000/hub/"], "r.example": ["http://m.example"] },
  });
  assert.deepEqual(pullEndpoints("docker.io", policy).map(({ host, bases }) => [host, bases]), [
    ["m.example", ["https://m.example"]],
    ["127.0.0.1:5000", ["http://127.0.0.1:5000/hub"]],
    ["registry-1.docker.io", ["https://registry-1.docker.io"]],
  ]);
  assert.equal(pullEndpoints("q.example", policy).length, 1);
  assert.equal(pullEndpoints("toString", policy).length, 1);
  assert.throws(() => pullEndpoints("r.example", policy), {
    kind: "invalid",
    message: 'Cannot use mirror "http://m.example": plain HTTP is allowed for hosts listed under ' +
      '"insecure-registries" only',
  });
});
