/**
 * Reading the values of options that limit containers, as Docker's command line does.
 *
 * @module
 */

import type {
  DeviceMapping,
  DeviceRate,
  DeviceWeight,
  HugepagesLimit,
  NetworkPriority,
  Ulimit,
} from "../../engine/mod.ts";
import { describeError, EngineError, invalid } from "../../errors.ts";
import { UsageError } from "../command_line/mod.ts";
import { parseBytes } from "../units.ts";

/**
 * Reads an option's value.
 *
 * @param flag The option as messages name it.
 * @param text What was given.
 * @param read Reads it.
 * @returns The value.
 * @throws {UsageError} It is none.
 */
export function readOption<T>(flag: string, text: string, read: (text: string) => T): T {
  try {
    return read(text);
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    throw new UsageError(`invalid argument "${text}" for "${flag}" flag: ${describeError(error)}`);
  }
}

/**
 * Reads the values of an option that may be given often.
 *
 * @param flag The option as messages name it.
 * @param texts What was given.
 * @param read Reads one.
 * @returns The values; nothing where the option was not given.
 * @throws {UsageError} One is none.
 */
export function readEach<T>(
  flag: string,
  texts: readonly string[],
  read: (text: string) => T,
): T[] | undefined {
  return texts.length > 0 ? texts.map((text) => readOption(flag, text, read)) : undefined;
}

/**
 * Reads a limit of memory and swap.
 *
 * @param text A size, or `-1` for no limit.
 * @returns Bytes, or -1.
 * @throws {EngineError} `invalid`: it is no size.
 */
export function readSwap(text: string): number {
  return text === "-1" ? -1 : parseBytes(text);
}

/**
 * Reads a number of processors.
 *
 * @param text A number with up to nine decimals.
 * @returns Billionths of a processor.
 * @throws {EngineError} `invalid`: it is no number, or too precise.
 */
export function readCpus(text: string): number {
  const [, sign, whole = "", decimals = ""] = /^([+-]?)(\d*)(?:\.(\d*))?$/.exec(text) ?? [];
  if (sign === undefined || whole + decimals === "") {
    throw invalid(`failed to parse ${text} as a rational number`);
  }
  const significant = decimals.replace(/0+$/, "");
  if (significant.length > 9) throw invalid("value is too precise");
  const nano = Number(whole + significant.padEnd(9, "0"));
  return sign === "-" ? -nano : nano;
}

/**
 * Reads a weight at a block device.
 *
 * @param text `PATH:WEIGHT`.
 * @returns The weight.
 * @throws {EngineError} `invalid`: it has another format, or the weight is out of range.
 */
export function readDeviceWeight(text: string): DeviceWeight {
  const [path, number] = splitDevice(text);
  const weight = Number(number);
  if (!/^\d+$/.test(number) || (weight > 0 && (weight < 10 || weight > 1000))) {
    throw invalid(`invalid weight for device: ${text}`);
  }
  return { path, weight };
}

/**
 * Reads a rate at a block device.
 *
 * @param text `PATH:RATE`.
 * @param inBytes Whether the rate is in bytes, with a unit perhaps, or in operations.
 * @returns The rate.
 * @throws {EngineError} `invalid`: it has another format.
 */
export function readDeviceRate(text: string, inBytes: boolean): DeviceRate {
  const [path, number] = splitDevice(text);
  const rate = inBytes ? bytes(number) : /^\d+$/.test(number) ? Number(number) : undefined;
  if (rate !== undefined) return { path, rate };
  const format = inBytes
    ? "<device-path>:<number>[<unit>]. Number must be a positive integer. Unit is optional and can " +
      "be kb, mb, or gb"
    : "<device-path>:<number>. Number must be a positive integer";
  throw invalid(`invalid rate for device: ${text}. The correct format is ${format}`);
}

function bytes(text: string): number | undefined {
  try {
    return parseBytes(text);
  } catch (error) {
    if (error instanceof EngineError) return undefined;
    throw error;
  }
}

function splitDevice(text: string): [path: string, value: string] {
  const at = text.indexOf(":");
  if (at === -1) throw invalid(`bad format: ${text}`);
  const path = text.slice(0, at);
  if (!path.startsWith("/dev/")) throw invalid(`bad format for device path: ${text}`);
  return [path, text.slice(at + 1)];
}

/**
 * Reads a limit of huge pages.
 *
 * @param text `SIZE:BYTES`, the size as the kernel writes it: `2MB`, `1GB`.
 * @returns The limit.
 * @throws {EngineError} `invalid`: it has another format.
 */
export function readHugepages(text: string): HugepagesLimit {
  const [, pageSize, limit] = /^(\d+[KMG]B):(.*)$/.exec(text) ?? [];
  if (pageSize === undefined) {
    throw invalid(`bad format for huge pages: ${text}, use <size>:<bytes>`);
  }
  return { pageSize, limit: parseBytes(limit!) };
}

/**
 * Reads a class of network traffic.
 *
 * @param text `MAJOR:MINOR` in hexadecimal as tc(8) has it, or one number.
 * @returns The class, `0xAAAABBBB`.
 * @throws {EngineError} `invalid`: it has another format.
 */
export function readNetworkClass(text: string): number {
  const [, major, minor] = /^([0-9a-f]{1,4}):([0-9a-f]{1,4})$/i.exec(text) ?? [];
  if (major !== undefined) return parseInt(major, 16) * 0x10000 + parseInt(minor!, 16);
  const number = /^(0x[0-9a-f]+|\d+)$/i.test(text) ? Number(text) : NaN;
  if (number <= 0xffffffff) return number;
  throw invalid(`bad format for network class: ${text}, use <major>:<minor> or a number`);
}

/**
 * Reads a priority of network traffic.
 *
 * @param text `INTERFACE:PRIORITY`.
 * @returns The priority.
 * @throws {EngineError} `invalid`: it has another format.
 */
export function readNetworkPriority(text: string): NetworkPriority {
  const [, name, priority] = /^([^:\s]+):(\d+)$/.exec(text) ?? [];
  if (name !== undefined) return { name, priority: Number(priority) };
  throw invalid(`bad format for network priority: ${text}, use <interface>:<priority>`);
}

const ACCESS = /^[rwm]+$/;

/**
 * Reads a device of the host.
 *
 * @param text `SOURCE[:TARGET][:rwm]`.
 * @returns The device.
 * @throws {EngineError} `invalid`: it has another format.
 */
export function readDevice(text: string): DeviceMapping {
  const [source = "", second, third, ...more] = text.split(":");
  if (more.length > 0) throw invalid(`bad format for path: ${text}`);
  if (third !== undefined && !isAccess(third)) throw invalid(`bad mode specified: ${third}`);
  const isMode = third === undefined && second !== undefined && isAccess(second);
  const target = isMode || second === undefined ? source : second;
  if (!target.startsWith("/")) throw invalid(`${target} is not an absolute path`);
  if (!source.startsWith("/")) throw invalid(`${source} is not an absolute path`);
  return { source, target, access: (isMode ? second : third) ?? "rwm" };
}

function isAccess(text: string): boolean {
  return ACCESS.test(text) && new Set(text).size === text.length;
}

const RULE = /^[acb] (?:\d+|\*):(?:\d+|\*) [rwm]{1,3}$/;

/**
 * Reads a rule of devices.
 *
 * @param text `TYPE MAJOR:MINOR ACCESS`.
 * @returns The same.
 * @throws {EngineError} `invalid`: it has another format.
 */
export function readDeviceRule(text: string): string {
  if (RULE.test(text)) return text;
  throw invalid(`invalid device cgroup format '${text}'`);
}

const ULIMITS = new Set([
  "core",
  "cpu",
  "data",
  "fsize",
  "locks",
  "memlock",
  "msgqueue",
  "nice",
  "nofile",
  "nproc",
  "rss",
  "rtprio",
  "rttime",
  "sigpending",
  "stack",
]);

/**
 * Reads a limit of processes.
 *
 * @param text `TYPE=SOFT[:HARD]`; -1 is unlimited.
 * @returns The limit.
 * @throws {EngineError} `invalid`: it has another format, or contradicts itself.
 */
export function readUlimit(text: string): Ulimit {
  const at = text.indexOf("=");
  if (at === -1) throw invalid(`invalid ulimit argument: ${text}`);
  const name = text.slice(0, at);
  const limits = text.slice(at + 1);
  if (!ULIMITS.has(name)) throw invalid(`invalid ulimit type: ${name}`);
  const parts = limits.split(":");
  if (parts.length > 2) {
    throw invalid(
      `too many limit value arguments - ${limits}, can only have up to two, \`soft[:hard]\``,
    );
  }
  const [soft = 0, hard = soft] = parts.map(integer);
  if (hard !== -1 && (soft === -1 || soft > hard)) {
    throw invalid(`ulimit soft limit must be less than or equal to hard limit: ${soft} > ${hard}`);
  }
  return { name, soft, hard };
}

function integer(text: string): number {
  if (/^[+-]?\d+$/.test(text) && Number.isSafeInteger(Number(text))) return Number(text);
  throw invalid(`strconv.ParseInt: parsing "${text}": invalid syntax`);
}

/** Kernel parameters that belong to a namespace a container has (Docker's list). */
const SYSCTL =
  /^(kernel\.(msgmax|msgmnb|msgmni|sem|shmall|shmmax|shmmni|shm_rmid_forced)|net\..+|fs\.mqueue\..+)$/;

/**
 * Reads a kernel parameter.
 *
 * @param text `NAME=VALUE`.
 * @returns Both.
 * @throws {EngineError} `invalid`: it has another format, or concerns the whole machine.
 */
export function readSysctl(text: string): [name: string, value: string] {
  const at = text.indexOf("=");
  const name = text.slice(0, Math.max(at, 0));
  if (at !== -1 && SYSCTL.test(name)) return [name, text.slice(at + 1)];
  throw invalid(`sysctl '${text}' is not allowed`);
}

/**
 * Reads the options of storage drivers.
 *
 * @param texts `NAME=VALUE` each.
 * @returns The size, in bytes, if it is among them.
 * @throws {EngineError} `invalid`: there is no such option, or it has no value.
 */
export function readStorageSize(texts: readonly string[]): number | undefined {
  let size: number | undefined;
  for (const text of texts) {
    const at = text.indexOf("=");
    if (at === -1) throw invalid("invalid storage option");
    const name = text.slice(0, at);
    if (name.toLowerCase() !== "size") throw invalid(`Storage opt ${name} not supported`);
    size = parseBytes(text.slice(at + 1));
  }
  return size;
}
