import assert from "node:assert/strict";
import { nearestName } from "./nearest_name.ts";

Deno.test("nearestName() finds mistyped names and nothing far-fetched", () => {
  const known = ["insecure-registries", "registry-mirrors", "data-root"];
  const cases: [name: string, nearest: string | undefined][] = [
    ["insecure-registry", "insecure-registries"],
    ["registry-mirror", "registry-mirrors"],
    ["dataroot", "data-root"],
    ["DATA-ROOT", "data-root"],
    ["storage-driver", undefined],
    ["", undefined],
  ];
  for (const [name, nearest] of cases) assert.equal(nearestName(name, known), nearest, name);
});
