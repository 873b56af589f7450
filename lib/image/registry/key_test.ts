import assert from "node:assert/strict";
import { credentialKey, hostOf, parseRegistry } from "./key.ts";

Deno.test("credentialKey() knows Docker Hub's", () => {
  assert.equal(credentialKey("docker.io"), "https://index.docker.io/v1/");
  assert.equal(credentialKey("r.example"), "r.example");
});

Deno.test("hostOf() takes the host of an old key", () => {
  assert.equal(hostOf("https://r.example:5000/v1/"), "r.example:5000");
  assert.equal(hostOf("r.example"), "r.example");
});

Deno.test("parseRegistry() takes a host or a URL, and Docker Hub for nothing", () => {
  const cases: [text: string | undefined, registry: string][] = [
    [undefined, "docker.io"],
    ["", "docker.io"],
    ["docker.io", "docker.io"],
    ["https://index.docker.io/v1/", "docker.io"],
    ["registry-1.docker.io", "docker.io"],
    ["localhost:5000", "localhost:5000"],
    ["https://r.example/", "r.example"],
    ["http://r.example:5000/v2/", "r.example:5000"],
    ["[::1]:5000", "[::1]:5000"],
    ["registry", "registry"],
  ];
  for (const [text, registry] of cases) assert.equal(parseRegistry(text), registry, text);
});

Deno.test("parseRegistry() refuses what is no host", () => {
  for (const text of ["a b", "user@r.example", "r.example:x", "-", "https://", "a..b"]) {
    assert.throws(() => parseRegistry(text), { kind: "invalid" }, text);
  }
});
