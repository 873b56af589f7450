import assert from "node:assert/strict";
import { resolveRoots } from "./mod.ts";

Deno.test("resolveRoots() derives the run folder and the instance from the root", () => {
  const other = resolveRoots({ root: "/srv/tsd/", run: undefined });
  assert.equal(other.root, "/srv/tsd");
  assert.match(other.instance, /^tsd-[0-9a-f]{8}$/);
  assert.notEqual(other.instance, resolveRoots({ root: "/srv/other" }).instance);
  assert.deepEqual(resolveRoots({ root: "/var/lib/tsd", run: "/run/tsd" }), {
    root: "/var/lib/tsd",
    run: "/run/tsd",
    instance: "tsd",
  });
});

Deno.test("resolveRoots() refuses paths that cannot work", () => {
  assert.throws(() => resolveRoots({ root: "relative" }), {
    kind: "invalid",
    message: 'Cannot use TSD_ROOT "relative": it must be an absolute path',
  });
  assert.throws(() => resolveRoots({ run: `/run/${"x".repeat(100)}` }), { kind: "invalid" });
});
