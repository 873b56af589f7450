import assert from "node:assert/strict";
import { runAlone } from "../tests/harness/run_alone.ts";
import type * as Credentials from "./credentials.ts";

const MODULE = new URL("./credentials.ts", import.meta.url).href;

Deno.test("boundingSet() reads what the kernel shows", async () => {
  const [read, shown] = await runAlone(({ boundingSet }: typeof Credentials) => {
    const text = Deno.readTextFileSync("/proc/thread-self/status");
    return [boundingSet().toString(16).padStart(16, "0"), /^CapBnd:\t(\w+)$/m.exec(text)![1]];
  }, { module: MODULE });
  assert.equal(read, shown);
});
