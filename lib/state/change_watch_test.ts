import assert from "node:assert/strict";
import { identifyProcess } from "../process/mod.ts";
import { ChangeWatch } from "./change_watch.ts";

async function within<T>(promise: Promise<T>, milliseconds: number): Promise<T | "late"> {
  let timer: ReturnType<typeof setTimeout>;
  const late = new Promise<"late">((resolve) => {
    timer = setTimeout(() => resolve("late"), milliseconds);
  });
  return await Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

Deno.test("ChangeWatch tells of files written, renamed and removed in a folder", async () => {
  const folder = await Deno.makeTempDir();
  using watch = new ChangeWatch();
  watch.folder(folder);
  const steps = [
    () => Deno.writeTextFile(`${folder}/a`, "text"),
    () => Deno.writeTextFile(`${folder}/a`, "more", { append: true }),
    () => Deno.truncate(`${folder}/a`),
    () => Deno.rename(`${folder}/a`, `${folder}/b`),
    () => Deno.remove(`${folder}/b`),
    () => Deno.remove(folder),
  ];
  for (const step of steps) {
    // What happens before the wait counts as well.
    await step();
    assert.equal(await within(watch.changed(), 5000), undefined, String(step));
  }
});

Deno.test("ChangeWatch waits while nothing happens, until it is woken", async () => {
  using watch = new ChangeWatch();
  const changed = watch.changed();
  assert.equal(await within(changed, 50), "late");
  watch.wake();
  assert.equal(await within(changed, 5000), undefined);
  assert.equal(await within(watch.changed().finally(() => {}), 50), "late");
  watch.wake();
});

Deno.test("ChangeWatch tells of the end of a process, once", async () => {
  const child = new Deno.Command("cat", { stdin: "piped" }).spawn();
  using watch = new ChangeWatch();
  const process = identifyProcess(child.pid)!;
  watch.process(process);
  watch.process(process);
  const changed = watch.changed();
  assert.equal(await within(changed, 50), "late");
  await child.stdin.close();
  assert.equal(await within(changed, 5000), undefined);
  await child.status;
  const again = watch.changed();
  assert.equal(await within(again, 50), "late");
  // It is gone, which is a change for who asks only now.
  watch.process(process);
  assert.equal(await within(again, 5000), undefined);
});

Deno.test("ChangeWatch ends a wait when it is disposed of", async () => {
  const watch = new ChangeWatch();
  const changed = watch.changed();
  watch[Symbol.dispose]();
  watch[Symbol.dispose]();
  assert.equal(await within(changed, 5000), undefined);
  assert.equal(await within(watch.changed(), 5000), undefined);
});
