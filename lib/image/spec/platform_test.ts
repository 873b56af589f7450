import assert from "node:assert/strict";
import type { Digest } from "./digest.ts";
import type { Index } from "./manifest.ts";
import {
  formatPlatform,
  hostPlatform,
  matchesPlatform,
  parsePlatform,
  selectPlatform,
} from "./platform.ts";

function index(...platforms: (string | undefined)[]): Index {
  return {
    kind: "index",
    mediaType: "",
    manifests: platforms.map((text, at) => {
      const [os = "", architecture = "", variant] = text?.split("/") ?? [];
      const platform = { os, architecture, ...variant !== undefined && { variant } };
      const digest = `sha256:${String(at).padStart(64, "0")}` as Digest;
      return { mediaType: "", digest, size: 1, ...text !== undefined && { platform } };
    }),
  };
}

Deno.test("parsePlatform() knows the usual spellings", () => {
  const cases: [text: string, expected: string][] = [
    ["linux/amd64", "linux/amd64"],
    ["linux/x86_64", "linux/amd64"],
    ["linux/aarch64", "linux/arm64"],
    ["linux/arm64/v8", "linux/arm64/v8"],
    ["linux/arm64/8", "linux/arm64/v8"],
    ["Linux/ARM/v7", "linux/arm/v7"],
    ["linux/armhf", "linux/arm/v7"],
    ["linux/armel", "linux/arm/v6"],
    ["arm64", "linux/arm64"],
    ["i386", "linux/386"],
    ["linux", formatPlatform(hostPlatform())],
    ["windows/amd64", "windows/amd64"],
  ];
  for (const [text, expected] of cases) {
    assert.equal(formatPlatform(parsePlatform(text)), expected, text);
  }
});

Deno.test("parsePlatform() refuses what is no platform", () => {
  for (const text of ["", "linux/", "linux/arm/v7/x", "linux/arm 64", "/amd64"]) {
    assert.throws(() => parsePlatform(text), {
      kind: "invalid",
      message: `Cannot use platform "${text}": it must look like "linux/arm64" or "linux/arm/v7"`,
    });
  }
  assert.throws(() => parsePlatform("toString"), {
    message: 'Cannot use platform "toString": unknown operating system or architecture',
  });
});

Deno.test("selectPlatform() picks the best variant that runs", () => {
  const all = index("linux/amd64", "linux/arm/v5", "linux/arm/v7", "linux/arm64/v8", "linux/386");
  const cases: [index: Index, wanted: string, at: number][] = [
    [all, "linux/amd64", 0],
    [all, "linux/amd64/v3", 0],
    [all, "linux/arm", 2],
    [all, "linux/arm/v8", 2],
    [all, "linux/arm/v6", 1],
    [all, "linux/arm64", 3],
    [all, "linux/arm64/v9", 3],
    [all, "linux/386", 4],
    [index("linux/arm64"), "linux/arm64/v8", 0],
    [index("linux/amd64/v2", "linux/amd64/v3", "linux/amd64"), "linux/amd64/v3", 1],
    [index("linux/amd64/v2", "linux/amd64"), "linux/amd64", 1],
    [index("unknown/unknown", "linux/amd64"), "linux/amd64", 1],
    [index(undefined), "linux/s390x", 0],
  ];
  for (const [given, wanted, at] of cases) {
    assert.equal(selectPlatform(given, parsePlatform(wanted)), given.manifests[at], wanted);
  }
});

Deno.test("selectPlatform() names the platforms there are", () => {
  const given = index("linux/amd64", "unknown/unknown", "linux/arm/v7", "linux/amd64");
  const cases: [index: Index, wanted: string, available: string][] = [
    [given, "linux/arm64/v8", "linux/amd64, linux/arm/v7"],
    [given, "linux/arm/v6", "linux/amd64, linux/arm/v7"],
    [given, "windows/amd64", "linux/amd64, linux/arm/v7"],
    [index(undefined, undefined), "linux/amd64", "none"],
    [index(), "linux/amd64", "none"],
  ];
  for (const [from, wanted, available] of cases) {
    assert.throws(() => selectPlatform(from, parsePlatform(wanted)), {
      kind: "notFound",
      message: `Cannot use image index: no matching manifest for ${wanted} in the manifest list ` +
        `entries, available are ${available}`,
    });
  }
});

Deno.test("matchesPlatform() accepts older variants only", () => {
  assert(matchesPlatform(parsePlatform("linux/arm/v6"), parsePlatform("linux/arm/v7")));
  assert(!matchesPlatform(parsePlatform("linux/arm/v7"), parsePlatform("linux/arm/v6")));
  assert(!matchesPlatform(parsePlatform("linux/amd64"), parsePlatform("linux/arm64")));
});
