/**
 * What has gone through the interfaces of a network namespace.
 *
 * @module
 */

import { openProcess, ProcessGoneError, type ProcessIdentity } from "../process/mod.ts";

/** Bytes that went through interfaces. */
export interface InterfaceCounters {
  /** Bytes that came in. */
  receivedBytes: number;
  /** Bytes that went out. */
  sentBytes: number;
}

/**
 * Adds up the counters of a network namespace's interfaces, the loopback one left out.
 *
 * @param text The text of `/proc/PID/net/dev` (proc_pid_net(5)).
 * @returns The sums.
 */
export function parseInterfaceCounters(text: string): InterfaceCounters {
  const counters = { receivedBytes: 0, sentBytes: 0 };
  for (const [name, numbers] of interfaceLines(text)) {
    if (name === "lo") continue;
    const fields = numbers.trim().split(/ +/).map(Number);
    counters.receivedBytes += fields[0]!;
    counters.sentBytes += fields[8]!;
  }
  return counters;
}

/**
 * Lists the interfaces of a network namespace.
 *
 * @param text The text of `/proc/PID/net/dev` (proc_pid_net(5)).
 * @returns Their names.
 */
export function interfaceNames(text: string): string[] {
  return interfaceLines(text).map(([name]) => name);
}

function interfaceLines(text: string): [name: string, numbers: string][] {
  return text.split("\n").flatMap((line) => {
    const [, name, numbers] = /^\s*([^:|]+):\s*([\d ]+)$/.exec(line) ?? [];
    return numbers === undefined ? [] : [[name!, numbers] as [string, string]];
  });
}

/**
 * Reads the counters of a process's network namespace.
 *
 * @param identity The process.
 * @returns The sums; nothing where it has ended.
 */
export function readInterfaceCounters(identity: ProcessIdentity): InterfaceCounters | undefined {
  try {
    using process = openProcess(identity);
    return parseInterfaceCounters(process.readText("net/dev"));
  } catch (error) {
    if (error instanceof ProcessGoneError) return undefined;
    throw error;
  }
}
