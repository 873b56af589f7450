/**
 * Runs a command in a container of its own, and has what it printed and its exit code.
 *
 * Usage: deno run -A examples/run_and_collect.ts
 *
 * @module
 */
// deno-lint-ignore-file no-console -- a script that prints

import { Engine } from "../lib/mod.ts";

using engine = Engine.open();
await engine.images.pull("busybox");
const { exitCode, stdout, stderr } = await engine.run(
  "busybox",
  ["sh", "-c", "echo to stdout; echo to stderr >&2; exit 3"],
  { autoRemove: true },
);
const decoder = new TextDecoder();
console.log("stdout:", decoder.decode(stdout).trim());
console.log("stderr:", decoder.decode(stderr).trim());
console.log("exit code:", exitCode);
