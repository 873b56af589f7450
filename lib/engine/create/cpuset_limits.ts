/**
 * Checking which processors and memory nodes containers are limited to.
 *
 * @module
 */

import type { ResourceLimits } from "../../container/record/limits.ts";
import { EngineError } from "../../errors.ts";
import { readIfPresent } from "../../if_present.ts";

/**
 * Checks that processors and memory nodes are of this machine.
 *
 * @param limits Limits; only those of cpuset are looked at.
 * @throws {EngineError} `invalid`: a list cannot be read, or names what is not there.
 */
export function checkCpuset({ cpusetCpus, cpusetMems }: ResourceLimits): void {
  if (cpusetCpus) checkList(cpusetCpus, ["cpuset cpus", "CPUs"], "/sys/devices/system/cpu/online");
  if (cpusetMems) {
    checkList(cpusetMems, ["cpuset mems", "memory nodes"], "/sys/devices/system/node/online");
  }
}

function checkList(text: string, [option, what]: [string, string], file: string): void {
  const wanted = parseList(text);
  if (!wanted) {
    throw invalid(`Invalid value ${text} for ${option}: invalid format: ${text}`);
  }
  const available = readOnline(file);
  const there = parseList(available)!;
  if (![...wanted].every((number) => there.has(number))) {
    throw invalid(
      `Requested ${what} are not available - requested ${text}, available: ${available}`,
    );
  }
}

/** More than any machine has: `0-4000000000` must not fill the memory. */
const MOST_NUMBERS = 8192;

/**
 * Reads a list as the kernel writes it (cpuset(7), "List format").
 *
 * @param text The list: `0-2,7`.
 * @returns The numbers; nothing where it is no such list.
 */
export function parseList(text: string): Set<number> | undefined {
  const numbers = new Set<number>();
  for (const part of text.split(",")) {
    const [, first, last = first] = /^\s*(\d+)(?:-(\d+))?\s*$/.exec(part) ?? [];
    if (first === undefined || Number(last) < Number(first)) return undefined;
    if (Number(last) > MOST_NUMBERS) return new Set([Number(last)]);
    for (let number = Number(first); number <= Number(last); number++) numbers.add(number);
  }
  return numbers;
}

/** A machine without memory nodes (a kernel without NUMA) has one all the same. */
function readOnline(file: string): string {
  return readIfPresent(file)?.trim() ?? "0";
}

function invalid(message: string): EngineError {
  return new EngineError(`Cannot limit the container: ${message}`, { kind: "invalid" });
}
