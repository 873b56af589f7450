/**
 * Changing the limits of containers, also while they run.
 *
 * @module
 */

import { applyResources } from "../../cgroup/apply_resources.ts";
import type { CgroupResources } from "../../cgroup/mod.ts";
import { replaceSpec } from "../../container/bundle/bundle.ts";
import { bundleDirectory, containerCgroup } from "../../container/record/folders.ts";
import { OWN_DEVICES_ONLY } from "../../container/bundle/limited_spec.ts";
import type { ResourceLimits } from "../../container/record/limits.ts";
import { hasProcesses } from "../../container/record/status.ts";
import { cgroupResources } from "../../container/bundle/resources.ts";
import type { ContainerRecord, ContainerStore } from "../../container/record/store.ts";
import { describeError, EngineError } from "../../errors.ts";
import { readSpec } from "../../runtime/spec/spec.ts";
import type { Roots } from "../../state/mod.ts";
import { checkLimits, SWAP_FACTOR } from "../create/limits.ts";

/** What changing limits works with. */
export interface LimitUpdate {
  /** The instance's folders. */
  roots: Roots;
  /** Its records. */
  store: ContainerStore;
  /** Takes what the user should know. */
  onWarning?: ((text: string) => void) | undefined;
}

/**
 * Changes limits of a container: those of its cgroup where it runs, and those of its runs to come.
 *
 * @param update What that needs.
 * @param record The container.
 * @param wanted The limits that change.
 * @throws {EngineError} `invalid`: they cannot be; `unavailable`, `system`: the kernel refused, and
 * the limits are as before.
 */
export function updateLimits(
  { onWarning, roots, store }: LimitUpdate,
  record: ContainerRecord,
  wanted: ResourceLimits,
): void {
  const { settings } = record;
  const before = settings.limits ?? {};
  const changes = checkLimits(saying(wanted), { update: true, onWarning });
  checkAgainst(before, changes, record);
  const limits = { ...before, ...changes, ...swapOf(before, changes) };
  const { devices: _, ...changed } = cgroupResources(limits);
  if (hasProcesses(record)) applyToRun(roots, record, changed);
  const withDevices = (old: CgroupResources | undefined) => ({
    devices: old?.devices ?? [...OWN_DEVICES_ONLY],
    ...changed,
  });
  const spec = readSpec(bundleDirectory(roots, record.id));
  const linux = { ...spec.linux, resources: withDevices(spec.linux.resources) };
  replaceSpec(roots, record.id, { ...spec, linux });
  const resources = withDevices(settings.resources);
  store.updateSettings(record.id, (current) => ({ ...current, limits, resources }));
}

/** As in Docker, 0 and an empty text leave a limit as it is; but no processes at all cannot be meant. */
function saying({ pidsLimit, ...wanted }: ResourceLimits): ResourceLimits {
  const changes = Object.entries(wanted).filter(([name, value]) =>
    name === "memorySwappiness" || (value !== 0 && value !== "")
  );
  return {
    ...Object.fromEntries(changes),
    ...pidsLimit !== undefined && { pidsLimit: pidsLimit || -1 },
  };
}

/** As for a new container, where nothing was ever said of it. */
function swapOf(before: ResourceLimits, { memory, memorySwap }: ResourceLimits): ResourceLimits {
  return memory && !memorySwap && !before.memorySwap ? { memorySwap: SWAP_FACTOR * memory } : {};
}

function applyToRun(roots: Roots, record: ContainerRecord, resources: CgroupResources): void {
  const cgroup = containerCgroup(roots, record);
  try {
    applyResources(cgroup, resources);
  } catch (error) {
    // It has ended meanwhile: its next run has them.
    if (error instanceof EngineError && error.kind === "conflict") return;
    const before = record.settings.resources;
    try {
      if (before) applyResources(cgroup, before);
    } catch (secondError) {
      throw updateError(record, `${describeError(error)}; and back: ${describeError(secondError)}`);
    }
    throw new EngineError(`Cannot update container ${record.id}`, { kind: "system", cause: error });
  }
}

/** What Docker refuses, as it would contradict what was set before. */
function checkAgainst(
  before: ResourceLimits,
  { cpuPeriod, cpuQuota, memory, memorySwap, nanoCpus }: ResourceLimits,
  record: ContainerRecord,
): void {
  const conflict = (what: string, other: string) =>
    `Conflicting options: ${what} cannot be updated as ${other} has already been set`;
  const demand = (isFulfilled: unknown, otherwise: string) => {
    if (!isFulfilled) throw updateError(record, otherwise);
  };
  demand(!(nanoCpus && before.cpuPeriod), conflict("Nano CPUs", "CPU Period"));
  demand(!(nanoCpus && before.cpuQuota), conflict("Nano CPUs", "CPU Quota"));
  demand(!(cpuPeriod && before.nanoCpus), conflict("CPU Period", "NanoCPUs"));
  demand(!(cpuQuota && before.nanoCpus), conflict("CPU Quota", "NanoCPUs"));
  const swapBefore = before.memorySwap ?? 0;
  demand(
    !(memory && !memorySwap && swapBefore > 0 && memory > swapBefore),
    "Memory limit should be smaller than already set memoryswap limit, update the memoryswap at " +
      "the same time",
  );
  const total = memory || before.memory || 0;
  demand(
    !(memorySwap && memorySwap > 0 && memorySwap < total),
    "Minimum memoryswap limit should be larger than memory limit, see usage",
  );
}

function updateError({ id }: ContainerRecord, reason: string): EngineError {
  return new EngineError(`Cannot update container ${id}: ${reason}`, { kind: "invalid" });
}
