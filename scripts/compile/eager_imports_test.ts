import assert from "node:assert/strict";
import { importEagerly } from "./eager_imports.ts";

Deno.test("importEagerly() makes imports of the lazy ones that are loaded in any case", () => {
  const text =
    'async function one() {\n  const { one, two: zwei } = await import("../b/b.ts");\n}\n';
  assert.equal(
    importEagerly("/lib/a/a.ts", text, ["/lib/b/b.ts"]),
    'import { one as one__0 } from "/lib/b/b.ts";import { two as two__1 } from "/lib/b/b.ts";' +
      "async function one() {\n  const one = one__0; const zwei = two__1;\n}\n",
  );
});

Deno.test("importEagerly() makes an import of a member of what is imported lazily", () => {
  assert.equal(
    importEagerly("/lib/a/a.ts", 'load: async () => (await import("./b.ts")).b,', ["/lib/a/b.ts"]),
    'import { b as b__0 } from "/lib/a/b.ts";load: async () => b__0,',
  );
});

Deno.test("importEagerly() leaves the others", () => {
  const text = 'const { one } = await import("../b/b.ts");\n';
  assert.equal(importEagerly("/lib/a/a.ts", text, ["/lib/b/c.ts"]), text);
});
