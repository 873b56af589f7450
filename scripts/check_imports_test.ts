import assert from "node:assert/strict";
import { checkImports } from "./check_imports.ts";

const CASES: { what: string; path: string; text: string; problem?: string }[] = [
  {
    what: "allows an import from below",
    path: "lib/engine/run.ts",
    text: 'import { a } from "../image/a.ts";',
  },
  {
    what: "allows an import from beside within a part",
    path: "lib/image/b.ts",
    text: 'export * from "./a.ts";',
  },
  {
    what: "allows lib's own files to all of lib",
    path: "lib/state/a.ts",
    text: 'import { E } from "../errors.ts";',
  },
  {
    what: "allows the entry point every mode",
    path: "main.ts",
    text: 'await import("./lib/runtime/init.ts");',
  },
  {
    what: "allows a unit test what tests/ offers",
    path: "lib/image/a_test.ts",
    text: 'import { r } from "../../tests/registry.ts";',
  },
  {
    what: "overlooks imports in comments",
    path: "ffi/a.ts",
    text: '/**\n * import { E } from "../lib/mod.ts";\n */',
  },
  {
    what: "allows a front end the engine's door and ground files",
    path: "lib/cli/commands/a.ts",
    text: 'import { E } from "../../errors.ts";\nimport { Engine } from "../../engine/mod.ts";\n' +
      'import { read } from "../../../ffi/mod.ts";',
  },
  {
    what: "refuses a front end what is behind the engine's door",
    path: "lib/cli/commands/a.ts",
    text: 'const { b } = await import("../../engine/exec/b.ts");',
    problem: "lib/cli/commands/a.ts: imports lib/engine/exec/b.ts; of what is below only " +
      "lib/engine/mod.ts may be",
  },
  {
    what: "refuses a front end what is below the engine",
    path: "lib/cli/a.ts",
    text: 'import type { B } from "../image/mod.ts";',
    problem:
      "lib/cli/a.ts: imports lib/image/mod.ts; of what is below only lib/engine/mod.ts may be",
  },
  {
    what: "refuses a program that is started past hostProgram()",
    path: "lib/image/a.ts",
    text: 'new Deno.Command("true").spawn();',
    problem: "lib/image/a.ts: starts a program by Deno.Command instead of hostProgram() of ffi/",
  },
  {
    what: "allows a unit test to start programs",
    path: "lib/image/a_test.ts",
    text: 'new Deno.Command("true").spawn();',
  },
  {
    what: "refuses an import from above",
    path: "lib/image/a.ts",
    text: 'import {\n  type A,\n  b,\n} from "../engine/b.ts";',
    problem: "lib/image/a.ts: imports lib/engine/b.ts, which is above it",
  },
  {
    what: "refuses a dynamic import from above",
    path: "lib/engine/a.ts",
    text: 'const { b } = await import("../cli/b.ts");',
    problem: "lib/engine/a.ts: imports lib/cli/b.ts, which is above it",
  },
  {
    what: "allows the face of a later part of the layer",
    path: "lib/container/a.ts",
    text: 'import "../volume/mod.ts";',
  },
  {
    what: "refuses the inside of a later part of the layer",
    path: "lib/container/a.ts",
    text: 'import "../volume/b.ts";',
    problem:
      "lib/container/a.ts: imports lib/volume/b.ts, which is beside it; only lib/volume/mod.ts may be",
  },
  {
    what: "refuses an earlier part of the layer",
    path: "lib/volume/a.ts",
    text: 'import "../container/mod.ts";',
    problem: "lib/volume/a.ts: imports lib/container/mod.ts, which comes before it in its layer",
  },
  {
    what: "refuses lib to ffi",
    path: "ffi/a.ts",
    text: 'import type { A } from "../lib/state/a.ts";',
    problem: "ffi/a.ts: imports lib/state/a.ts, which is above it",
  },
  {
    what: "refuses tests to lib",
    path: "lib/image/a.ts",
    text: 'import { r } from "../../tests/registry.ts";',
    problem: "lib/image/a.ts: imports tests/registry.ts, which is above it",
  },
  {
    what: "refuses a library opened outside ffi",
    path: "lib/runtime/a.ts",
    text: 'const c = Deno.dlopen("libc.so.6", {});',
    problem: "lib/runtime/a.ts: calls Deno.dlopen, which only ffi/ may",
  },
  {
    what: "refuses a path that is joined with a pid",
    path: "lib/engine/a.ts",
    text: "const root = open(`/proc/${record.process.pid}/root`, 0);",
    problem: "lib/engine/a.ts: joins a path with a pid, which only lib/process may (openProcess)",
  },
  {
    what: "refuses a pid that is added to a path",
    path: "ffi/a.ts",
    text: 'const root = open("/proc/" + pid + "/root", 0);',
    problem: "ffi/a.ts: joins a path with a pid, which only lib/process may (openProcess)",
  },
  {
    what: "allows lib/process to join a path with a pid",
    path: "lib/process/a.ts",
    text: "const directory = open(`/proc/${pid}`, 0);",
  },
  {
    what: "allows a test to look at its own processes",
    path: "lib/engine/a_test.ts",
    text: "const root = Deno.readLinkSync(`/proc/${pid}/root`);",
  },
  {
    what: "allows paths of this process",
    path: "lib/engine/a.ts",
    text: "const path = `/proc/self/fd/${fd}`;\n// not `/proc/${pid}`",
  },
  {
    what: "allows a wing what stands further on, at any depth, and the part's own files",
    path: "lib/engine/lifecycle/a.ts",
    text: 'import { b } from "../describe/mounts/b.ts";\nimport { c } from "../c.ts";',
  },
  {
    what: "refuses a wing what stands before it",
    path: "lib/engine/describe/a.ts",
    text: 'import type { B } from "../lifecycle/b.ts";',
    problem:
      "lib/engine/describe/a.ts: imports lib/engine/lifecycle/b.ts, whose wing comes before " +
      "describe in lib/engine",
  },
  {
    what: "refuses a wing that stands nowhere",
    path: "lib/engine/describe/a.ts",
    text: 'import type { B } from "../attic/b.ts";',
    problem: "lib/engine/describe/a.ts: lib/engine/attic is in no order",
  },
  {
    what: "refuses a version range",
    path: "lib/image/a.ts",
    text: 'import a from "npm:@scope/a@^1.2.3";',
    problem: "lib/image/a.ts: imports npm:@scope/a@^1.2.3, which is no exact version",
  },
];

for (const { what, path, text, problem } of CASES) {
  Deno.test(`checkImports() ${what}`, () => {
    assert.deepEqual(checkImports([{ path, text }]), problem === undefined ? [] : [problem]);
  });
}

Deno.test("checkImports() refuses a package to a second file", () => {
  const text = 'import a from "npm:a@1.2.3";';
  const files = [{ path: "lib/image/a.ts", text }, { path: "lib/image/b.ts", text }];
  assert.deepEqual(checkImports(files), [
    "lib/image/b.ts: imports npm:a, as lib/image/a.ts does; one file may",
  ]);
});

Deno.test("checkImports() refuses circles of files, even those of types alone", () => {
  const files = [
    { path: "lib/image/a.ts", text: 'import type { B } from "./b.ts";' },
    { path: "lib/image/b.ts", text: 'import type { A } from "./a.ts";' },
  ];
  assert.deepEqual(checkImports(files), [
    "lib/image/a.ts imports lib/image/b.ts imports lib/image/a.ts: a circle; give what they share a file",
  ]);
});

Deno.test("checkImports() lets a file be loaded on demand by one that it imports", () => {
  const files = [
    { path: "lib/image/a.ts", text: 'import { b } from "./b.ts";' },
    { path: "lib/image/b.ts", text: 'await import("./a.ts");' },
  ];
  assert.deepEqual(checkImports(files), []);
});
