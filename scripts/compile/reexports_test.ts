import assert from "node:assert/strict";
import { Reexports } from "./reexports.ts";

const FILES: Record<string, string> = {
  "/lib/b/mod.ts": 'export { one, type Two, three as drei } from "./one.ts";\n' +
    'export type { Four } from "./four.ts";\nexport { five } from "../c/mod.ts";\n' +
    "export const own = 1;\n",
  "/lib/c/mod.ts": 'export {\n  five,\n} from "./five.ts";\n',
  "/lib/d/mod.ts": 'export * from "./own.ts";\nexport * from "../b/mod.ts";\n',
  "/lib/d/own.ts":
    "export const SIX = 6;\nexport async function seven() {}\nexport class Eight {}\n",
};

const rewritten = (text: string) =>
  new Reexports((path) => FILES[path]!).rewrite("/lib/a/a.ts", text);

Deno.test("Reexports has names imported from the files behind a mod.ts", () => {
  assert.equal(
    rewritten('import { one, type Two } from "../b/mod.ts";\nimport { x } from "./x.ts";\n'),
    'import { one as one } from "/lib/b/one.ts";\nimport { x } from "./x.ts";\n',
  );
  assert.equal(
    rewritten('import {\n  drei as tres,\n  five,\n} from "../b/mod.ts";'),
    'import { three as tres } from "/lib/b/one.ts";import { five as five } from "/lib/c/five.ts";',
  );
});

Deno.test("Reexports follows a mod.ts that exports all of a file", () => {
  assert.equal(
    rewritten('import { five } from "../d/mod.ts";'),
    'import { five as five } from "/lib/c/five.ts";',
  );
  const path = JSON.stringify("/lib/d/own.ts");
  assert.equal(
    rewritten('import { SIX, seven, Eight } from "../d/mod.ts";'),
    ["SIX", "seven", "Eight"].map((name) => `import { ${name} as ${name} } from ${path};`).join(""),
  );
});

Deno.test("Reexports leaves to a mod.ts what is its own, and types to nobody", () => {
  assert.equal(
    rewritten('import { own } from "../b/mod.ts";'),
    'import { own as own } from "/lib/b/mod.ts";',
  );
  assert.equal(rewritten('import { type Two } from "../b/mod.ts";'), "");
  const type = 'import type { Two } from "../b/mod.ts";';
  assert.equal(rewritten(type), type);
});
