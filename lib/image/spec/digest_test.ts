import assert from "node:assert/strict";
import { createHasher, digestAlgorithm, digestHex, digestOf, parseDigest } from "./digest.ts";

const EMPTY = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

Deno.test("parseDigest() takes sha256 and sha512, and nothing else", () => {
  assert.equal(digestHex(parseDigest(EMPTY)), EMPTY.slice(7));
  assert.equal(digestAlgorithm(parseDigest(`sha512:${"0".repeat(128)}`)), "sha512");
  const cases: [text: string, mistake: string][] = [
    ["", "invalid checksum digest format"],
    ["sha256:", "invalid checksum digest format"],
    [EMPTY.slice(7), "invalid checksum digest format"],
    [EMPTY + "0", "invalid checksum digest length"],
    [EMPTY + "\n", "invalid checksum digest format"],
    [EMPTY.replace("e3", "E3"), "invalid checksum digest format"],
    ["sha256:../../../../etc/passwd", "invalid checksum digest format"],
    ["md5:00", 'unsupported digest algorithm "md5", known are sha256 and sha512'],
    ["toString:00", 'unsupported digest algorithm "toString", known are sha256 and sha512'],
  ];
  for (const [text, mistake] of cases) {
    assert.throws(() => parseDigest(text), {
      kind: "invalid",
      message: `Cannot use digest "${text}": ${mistake}`,
    });
  }
});

Deno.test("createHasher() and digestOf() agree on the same content", async () => {
  assert.equal(await digestOf(new Uint8Array()), EMPTY);
  for (const algorithm of ["sha256", "sha512"] as const) {
    const hasher = await createHasher(algorithm);
    hasher.update(new Uint8Array([1, 2]));
    hasher.update(new Uint8Array([3]));
    const digest = hasher.digest();
    assert.equal(digest, await digestOf(new Uint8Array([1, 2, 3]), algorithm));
    assert.equal(parseDigest(digest), digest);
  }
});
