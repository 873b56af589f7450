import assert from "node:assert/strict";
import { isGone, isGoneInterface } from "./gone.ts";

Deno.test("isGone() knows a process that ended between open and read, and one that was never there", async () => {
  const child = new Deno.Command("cat", { stdin: "piped", stdout: "null" }).spawn();
  using file = await Deno.open(`/proc/${child.pid}/stat`);
  await child.stdin.close();
  await child.status;
  assert.throws(() => file.readSync(new Uint8Array(100)), isGone);
  await assert.rejects(Deno.readTextFile(`/proc/${child.pid}/stat`), isGone);
});

Deno.test("isGone() knows no other errors", () => {
  assert.throws(() => Deno.readTextFileSync("/proc"), (error) => !isGone(error));
  assert.ok(!isGone("No such device (os error 19)"));
});

Deno.test("isGoneInterface() knows an interface that is just going", () => {
  // What Deno throws while the kernel takes the interface away; afterwards the file is not there.
  assert.ok(
    isGoneInterface(new Error("Invalid argument (os error 22): readfile '/sys/class/net/a'")),
  );
  assert.throws(() => Deno.readTextFileSync("/sys/class/net/no-such/flags"), isGoneInterface);
  assert.throws(() => Deno.readTextFileSync("/proc"), (error) => !isGoneInterface(error));
});
