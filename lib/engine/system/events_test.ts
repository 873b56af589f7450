import assert from "node:assert/strict";
import { FakeInstance } from "../../container/_instance_fixture.ts";
import { Database, type EngineEvent, recordEvent } from "../../state/mod.ts";
import { followEvents, type FollowEventsOptions } from "./events.ts";

function happen(database: Database, action: string): void {
  recordEvent(database, { type: "container", action, actorId: "1", attributes: { name: "web" } });
}

async function actions(
  instance: FakeInstance,
  options: FollowEventsOptions,
  seen: (action: string) => void = () => {},
): Promise<string[]> {
  const result: string[] = [];
  for await (const { action } of followEvents(instance, options)) {
    result.push(action);
    seen(action);
  }
  return result;
}

Deno.test("followEvents() tells what happened between two moments and ends", async () => {
  using instance = new FakeInstance();
  for (const action of ["create", "start", "die", "destroy"]) happen(instance.database, action);
  instance.database.run("UPDATE events SET time = id * 10");
  assert.deepEqual(await actions(instance, { since: 20, until: 30 }), ["start", "die"]);
  assert.deepEqual(await actions(instance, { since: 41, until: 50 }), []);
  assert.deepEqual(await actions(instance, { until: 50 }), []);
  const filters = { event: ["die", "create"] };
  assert.deepEqual(await actions(instance, { since: 0, until: 50, filters }), ["create", "die"]);
});

Deno.test("followEvents() tells what another connection does while it does it", async () => {
  using instance = new FakeInstance();
  using other = Database.open(instance.roots.root);
  happen(other, "before");
  const end = new AbortController();
  const rest = ["two", "three"];
  const told = actions(instance, { signal: end.signal }, (action) => {
    const next = rest.shift();
    if (next === undefined) end.abort();
    else happen(other, next);
    assert.notEqual(action, "before");
  });
  // The first look is over when this has run: the generator waits for the database to change.
  await Promise.resolve();
  happen(other, "one");
  assert.deepEqual(await told, ["one", "two", "three"]);
});

Deno.test("followEvents() goes on after what has happened before", async () => {
  using instance = new FakeInstance();
  happen(instance.database, "before");
  const end = new AbortController();
  const told = actions(instance, { since: 0, signal: end.signal }, (action) => {
    if (action === "before") happen(instance.database, "after");
    else end.abort();
  });
  assert.deepEqual(await told, ["before", "after"]);
});

Deno.test("followEvents() ends at a moment to come", async () => {
  using instance = new FakeInstance();
  const until = Date.now() + 50;
  assert.deepEqual(await actions(instance, { until }), []);
  assert.ok(Date.now() >= until);
});

Deno.test("followEvents() ends at once where that was wanted before", async () => {
  using instance = new FakeInstance();
  assert.deepEqual(await actions(instance, { signal: AbortSignal.abort() }), []);
});

Deno.test("followEvents() refuses a wrong filter", async () => {
  using instance = new FakeInstance();
  const events: AsyncIterator<EngineEvent> = followEvents(instance, { filters: { foo: ["1"] } });
  await assert.rejects(async () => await events.next(), { message: /^invalid filter 'foo'/ });
});
