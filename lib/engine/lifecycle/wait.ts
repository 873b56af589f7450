/**
 * Waiting for containers to end.
 *
 * @module
 */

import type { ContainerRecord } from "../../container/record/store.ts";
import { lastEvent } from "../../state/events.ts";
import { type ContainerContext, findContainer, HELD } from "../instance/container_context.ts";
import { RecordWatch } from "../instance/record_watch.ts";

/**
 * What is waited for, in the words of Docker's API: that a container does not run, which may be so
 * already; its next exit, also if it does not run yet or is started again at once; its removal.
 */
export type WaitCondition = "not-running" | "next-exit" | "removed";

/**
 * Waits until a container does not run, has ended once more, or is removed.
 *
 * @param context What that needs.
 * @param nameOrId A name, an id, or the beginning of one.
 * @param condition What is waited for.
 * @returns The exit code of its last run; 0 if it has never run.
 * @throws {EngineError} `notFound`; `conflict`: several ids begin like that.
 */
export async function awaitContainer(
  context: ContainerContext,
  nameOrId: string,
  condition: WaitCondition,
): Promise<number> {
  const record = await findContainer(context, nameOrId);
  if (condition === "next-exit") return await nextExit(context, record);
  if (condition === "removed") return await removal(context, record);
  if (!HELD.includes(record.status)) return record.exitCode;
  const answer = await context.supervisor.askAgain({ kind: "wait", id: record.id });
  return answer.kind === "exited" ? answer.exitCode : record.exitCode;
}

/** The event of the exit is what stays of a run that another one, or the removal, has followed. */
async function nextExit(
  { roots, store }: ContainerContext,
  { exitCode, id }: ContainerRecord,
): Promise<number> {
  const { database } = store;
  const before = lastEvent(database, id, "die")?.id ?? 0;
  using watch = new RecordWatch({ database, roots });
  const code = await watch.until(() => {
    const exit = lastEvent(database, id, "die");
    if (exit && exit.id > before) return Number(exit.attributes.exitCode);
    return store.get(id) ? undefined : exitCode;
  });
  return code!;
}

async function removal(
  { roots, store }: ContainerContext,
  { exitCode, id }: ContainerRecord,
): Promise<number> {
  const { database } = store;
  using watch = new RecordWatch({ database, roots });
  await watch.until(() => store.get(id) ? undefined : "removed");
  const exit = lastEvent(database, id, "die");
  return exit ? Number(exit.attributes.exitCode) : exitCode;
}
