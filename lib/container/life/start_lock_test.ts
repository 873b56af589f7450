import assert from "node:assert/strict";
import { FakeInstance } from "../_instance_fixture.ts";
import { StartLock } from "./start_lock.ts";

Deno.test("StartLock lets several look on, or one start", async () => {
  using instance = new FakeInstance();
  const { id } = instance.add("stopped");
  const order: string[] = [];
  const one = await StartLock.take(instance.roots, id, "shared");
  const two = await StartLock.take(instance.roots, id, "shared");
  const starting = StartLock.take(instance.roots, id, "alone").then((lock) => {
    order.push("started");
    lock[Symbol.dispose]();
  });
  one[Symbol.dispose]();
  order.push("one");
  two[Symbol.dispose]();
  order.push("two");
  await starting;
  assert.deepEqual(order, ["one", "two", "started"]);
  using _gone = await StartLock.take(instance.roots, "0".repeat(64), "alone");
});
