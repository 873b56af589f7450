import assert from "node:assert/strict";
import type { ContainerRecord } from "../../container/mod.ts";
import { MOST_LOST, SupervisorLostError } from "../instance/attachment.ts";
import type { ContainerContext } from "../instance/container_context.ts";
import { startAttached, startDetached } from "./start.ts";

const RECORD = {
  id: "abc",
  status: "created",
  startedAt: undefined,
  settings: { binds: [] },
} as unknown as ContainerRecord;

/** A context whose supervisors die over the start, and how often one was asked. */
function mortal(now: ContainerRecord | undefined): { context: ContainerContext; asked(): number } {
  let asked = 0;
  const connection = {
    send: () => Promise.resolve(),
    next: () => Promise.resolve(undefined),
    close: () => {},
  };
  const context = {
    roots: { root: "/nowhere", run: "/nowhere", instance: "none" },
    store: { get: () => now },
    supervisor: {
      connect: () => Promise.resolve((asked++, connection)),
      ask: () => Promise.reject((asked++, new SupervisorLostError())),
    },
  } as unknown as ContainerContext;
  return { context, asked: () => asked };
}

Deno.test("a start over which every supervisor dies is given up", async () => {
  const { asked, context } = mortal(RECORD);
  await assert.rejects(startDetached(context, RECORD), SupervisorLostError);
  assert.equal(asked(), MOST_LOST);
  const attached = startAttached(context, RECORD, { owner: false, onOutput: () => {} });
  await assert.rejects(attached, SupervisorLostError);
  assert.equal(asked(), 2 * MOST_LOST);
});

Deno.test("a supervisor that dies after the start is not asked to start again", async () => {
  for (const now of [undefined, { ...RECORD, startedAt: 1 }]) {
    const { asked, context } = mortal(now);
    await startDetached(context, RECORD);
    assert.equal(asked(), 1);
  }
});
