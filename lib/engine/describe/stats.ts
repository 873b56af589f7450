/**
 * What containers use of the machine.
 *
 * @module
 */

import { cpuStats } from "../../cgroup/cpu.ts";
import { ioStats } from "../../cgroup/io.ts";
import { memoryStats } from "../../cgroup/memory.ts";
import { pidsStats } from "../../cgroup/pids.ts";
import { containerCgroup } from "../../container/record/folders.ts";
import { hasProcesses } from "../../container/record/status.ts";
import type { ContainerRecord } from "../../container/record/store.ts";
import { readInterfaceCounters } from "../../network/interface_counters.ts";
import type { Roots } from "../../state/mod.ts";
import { NO_USAGE, type UsageSample } from "./usage_sample.ts";

/**
 * Reads what a container has used so far.
 *
 * @param roots The instance's.
 * @param record The container.
 * @returns What it has used; {@linkcode NO_USAGE} where it does not run.
 */
export function sampleUsage(
  roots: Roots,
  record: ContainerRecord,
): UsageSample {
  const { process, settings } = record;
  if (process === undefined || !hasProcesses(record)) return NO_USAGE;
  const cgroup = containerCgroup(roots, record);
  const machine = Deno.systemMemoryInfo().total;
  const memory = memoryStats(cgroup);
  // On the host's network the interfaces' numbers are everybody's.
  const network = settings.network === "host" ? undefined : readInterfaceCounters(process);
  const io = ioStats(cgroup);
  return {
    at: performance.now(),
    cpuNanoseconds: cpuStats(cgroup)?.usageNanoseconds ?? 0,
    memoryUsage: memory?.usage ?? 0,
    memoryLimit: Math.min(memory?.limit ?? machine, machine),
    receivedBytes: network?.receivedBytes ?? 0,
    sentBytes: network?.sentBytes ?? 0,
    readBytes: io?.readBytes ?? 0,
    writtenBytes: io?.writtenBytes ?? 0,
    pids: pidsStats(cgroup)?.current ?? 0,
  };
}
