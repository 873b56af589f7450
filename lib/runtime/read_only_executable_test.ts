import assert from "node:assert/strict";
import { runAlone } from "../../tests/harness/run_alone.ts";
import type * as Module from "./read_only_executable.ts";

Deno.test({
  name: "enterNamespaceWithExecutable() mounts what nobody can write to, out of sight",
  ignore: Deno.uid() !== 0,
}, async () => {
  const folder = await Deno.makeTempDir();
  const target = `${folder}/exe`;
  try {
    const result = await runAlone(({ enterNamespaceWithExecutable }: typeof Module, target) => {
      enterNamespaceWithExecutable("/bin/sleep", target);
      const attempt = () => {
        try {
          Deno.openSync(target, { write: true });
        } catch (error) {
          return (error as { code?: string }).code;
        }
      };
      return {
        same: Deno.statSync(target).ino === Deno.statSync("/bin/sleep").ino,
        error: attempt(),
        mounted: Deno.readTextFileSync("/proc/thread-self/mountinfo").includes(target),
      };
    }, { module: import.meta.resolve("./read_only_executable.ts"), args: [target] as const });
    assert.deepEqual(result, { same: true, error: "EROFS", mounted: true });
    assert.equal(await Deno.readTextFile(target), "");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
