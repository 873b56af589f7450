import assert from "node:assert/strict";
import { runAlone } from "../../../tests/harness/run_alone.ts";
import type * as Module from "./read_only_executable.ts";

Deno.test({
  name: "enterNamespaceWithExecutable() mounts what nobody can write to, out of sight",
  ignore: Deno.uid() !== 0,
}, async () => {
  const folder = await Deno.makeTempDir();
  const target = `${folder}/exe`;
  // One that nobody executes meanwhile, which would be another reason not to write to it.
  const program = `${folder}/program`;
  await Deno.copyFile("/bin/sleep", program);
  try {
    const result = await runAlone(
      ({ enterNamespaceWithExecutable }: typeof Module, target, program) => {
        enterNamespaceWithExecutable(program, target);
        const attempt = () => {
          try {
            Deno.openSync(target, { write: true });
          } catch (error) {
            return (error as { code?: string }).code;
          }
        };
        return {
          same: Deno.statSync(target).ino === Deno.statSync(program).ino,
          error: attempt(),
          mounted: Deno.readTextFileSync("/proc/thread-self/mountinfo").includes(target),
        };
      },
      {
        module: import.meta.resolve("./read_only_executable.ts"),
        args: [target, program] as const,
      },
    );
    assert.deepEqual(result, { same: true, error: "EROFS", mounted: true });
    assert.equal(await Deno.readTextFile(target), "");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
