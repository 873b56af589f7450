import assert from "node:assert/strict";
import { runAlone } from "../tests/harness/run_alone.ts";
import type * as Module from "./caller_environment.ts";
import { HIDDEN_PREFIXES, RUNTIME_VARIABLES } from "./caller_environment.ts";

const MODULE = new URL("./caller_environment.ts", import.meta.url).href;

Deno.test("hideRuntimeVariables() takes from the runtime what callerVariable() still finds", async () => {
  const found = await runAlone(({ callerVariable, hideRuntimeVariables }: typeof Module) => {
    Deno.env.set("NODE_OPTIONS", "--require /x");
    Deno.env.set("SSLKEYLOGFILE", "/keys");
    Deno.env.set("DENO_CERT", "");
    Deno.env.set("HTTPS_PROXY", "http://proxy");
    Deno.env.delete("OTEL_DENO");
    hideRuntimeVariables();
    const names = ["NODE_OPTIONS", "SSLKEYLOGFILE", "DENO_CERT", "HTTPS_PROXY", "OTEL_DENO"];
    return names.map((name) => [Deno.env.get(name) ?? null, callerVariable(name) ?? null]);
  }, { module: MODULE });
  assert.deepEqual(found, [
    [null, "--require /x"],
    [null, "/keys"],
    [null, ""],
    ["http://proxy", "http://proxy"],
    [null, null],
  ]);
});

Deno.test("the launcher's code has room for what it hides and sets", () => {
  for (const prefix of HIDDEN_PREFIXES) assert.ok(prefix.length <= 8, prefix);
  // DENO_DIR is the fourth of its variables.
  assert.equal(Object.keys(RUNTIME_VARIABLES).length, 3);
});
