/**
 * What a run needs before its command can run.
 *
 * @module
 */

import type { CgroupResources } from "../../cgroup/mod.ts";
import {
  BEFORE_START,
  type ContainerRecord,
  type ContainerStore,
  isConnected,
  runDirectory,
} from "../../container/mod.ts";
import type { ProcessIdentity } from "../../process/mod.ts";
import { type LaunchedInit, type MappedMounts, mountMapped, type Spec } from "../../runtime/mod.ts";
import type { ContainerNetwork } from "../network/network_in_making.ts";
import type { RunLimits } from "./limits.ts";
import type { SupervisionContext } from "../supervision_context.ts";

/**
 * Limits a run, of which most need no more than is done without looking at it any closer.
 *
 * @param cgroup The container's cgroup, relative to the root of each hierarchy.
 * @param resources The limits.
 * @param initMemory How many bytes init may take besides what it has.
 * @returns The limits that are to come, if any.
 * @throws {EngineError} The host lacks something, or the kernel refused.
 */
export async function limitRun(
  cgroup: string,
  resources: CgroupResources,
  initMemory: number,
): Promise<RunLimits | undefined> {
  const { devices = [], ...limits } = resources;
  if (devices.length <= 1 && !devices[0]?.allow && Object.keys(limits).length === 0) return;
  return await (await import("./limits.ts")).applyRunLimits(cgroup, resources, initMemory);
}

/**
 * Does what init cannot do itself in a user namespace.
 *
 * @param context The supervisor's.
 * @param record The container.
 * @param spec Its configuration.
 * @param init Its init.
 * @returns What was mounted for init, to be disposed of once the command runs; nothing where init is
 * in our user namespace.
 * @throws {EngineError} It cannot be mounted.
 */
export function mountForUserNamespace(
  { roots }: SupervisionContext,
  { id }: ContainerRecord,
  spec: Spec,
  { process, userNamespace }: LaunchedInit,
): MappedMounts | undefined {
  if (userNamespace === undefined) return undefined;
  const { oomScoreAdj } = spec.process;
  if (oomScoreAdj !== undefined) {
    process.writeText("oom_score_adj", `${oomScoreAdj}`);
  }
  return mountMapped(spec, userNamespace, `${runDirectory(roots, id)}/mounts`);
}

/**
 * Begins to connect a container; what only containers with a network need is not even loaded for
 * others.
 *
 * @param context The supervisor's.
 * @param record The container.
 * @param init Its init, where that is there already, and may have been born in its network namespace.
 * @returns What is under way, if anything.
 * @throws {EngineError} It cannot be connected.
 */
export async function beginNetwork(
  context: SupervisionContext,
  record: ContainerRecord,
  init?: LaunchedInit,
): Promise<ContainerNetwork | undefined> {
  if (!isConnected(record.settings.network)) return undefined;
  const networks = await context.networks();
  const isBornInIt = init?.userNamespace !== undefined;
  return networks.begin(record, isBornInIt ? init.process.open("ns/net") : undefined);
}

/**
 * Remembers the process before it is let go: whoever finds the record after a crash can tell from
 * the kernel whether it still runs.
 *
 * @param store The records.
 * @param record The container.
 * @param process Its init.
 */
export function recordStart(
  store: ContainerStore,
  record: ContainerRecord,
  process: ProcessIdentity,
): void {
  store.transition(record.id, BEFORE_START, "running", {
    process,
    startedAt: Date.now(),
    finishedAt: undefined,
    error: "",
    exitCode: 0,
    oomKilled: false,
  });
}
