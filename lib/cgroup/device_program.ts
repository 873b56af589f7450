/**
 * The program that decides about devices on cgroup v2: made of rules, and attached to a cgroup.
 *
 * Devices have no controller on v2; the kernel asks a BPF program instead. It is given what is wanted,
 * and returns 1 to allow it.
 *
 * @module
 * @see https://docs.kernel.org/admin-guide/cgroup-v2.html#device-controller
 */

import {
  attachDeviceFilter,
  type BpfInstruction,
  BpfOp,
  loadDeviceFilter,
  replaceDeviceFilters,
} from "../../ffi/bpf.ts";
import { close, open, OpenFlag } from "../../ffi/mod.ts";
import { EngineError } from "../errors.ts";
import { type DeviceRule, isForAll } from "./resources.ts";

// struct bpf_cgroup_dev_ctx (linux/bpf.h): access_type, major, minor; the type of the device is in
// the lower half of access_type, what is wanted of it in the upper one.
const ACCESS_TYPE_OFFSET = 0;
const MAJOR_OFFSET = 4;
const MINOR_OFFSET = 8;
const TYPE: Readonly<Record<string, number>> = { b: 1, c: 2 };
const ACCESS: Readonly<Record<string, number>> = { m: 1, r: 2, w: 4 };
const ALL_ACCESS = 7;

// Registers: the context comes in r1, the answer goes out in r0, r6 to r9 are free for our use.
const ANSWER = 0;
const CONTEXT = 1;
const DEVICE_TYPE = 2;
const WANTED = 3;
const MAJOR = 4;
const MINOR = 5;
const SCRATCH = 6;

/**
 * Makes the program of a list of rules, of which the last one that fits decides.
 *
 * @param rules The rules; what none of them fits is forbidden.
 * @returns The program.
 */
export function deviceProgram(rules: readonly DeviceRule[]): BpfInstruction[] {
  // The kernel refuses instructions that are never reached: those after a rule that always fits.
  const first = Math.max(rules.findLastIndex(isForAll), 0);
  const reached = rules.slice(first).toReversed();
  return [
    load(DEVICE_TYPE, ACCESS_TYPE_OFFSET),
    { op: BpfOp.AND32_K, dst: DEVICE_TYPE, imm: 0xffff },
    load(WANTED, ACCESS_TYPE_OFFSET),
    { op: BpfOp.RSH32_K, dst: WANTED, imm: 16 },
    load(MAJOR, MAJOR_OFFSET),
    load(MINOR, MINOR_OFFSET),
    // The program goes through them from the last, and ends at the first that fits.
    ...reached.flatMap(ruleBlock),
    ...rules.some(isForAll) ? [] : answer(false),
  ];
}

/** What is only for some is skipped for the others. */
function ruleBlock(rule: DeviceRule): BpfInstruction[] {
  const { access = "rwm", allow, major, minor, type = "a" } = rule;
  const mask = [...access].reduce((bits, letter) => bits | (ACCESS[letter] ?? 0), 0);
  const conditions: BpfInstruction[] = [
    ...type === "a" ? [] : [unless(BpfOp.JNE32_K, DEVICE_TYPE, TYPE[type]!)],
    ...mask === ALL_ACCESS ? [] : accessConditions(mask, allow),
    ...major === undefined ? [] : [unless(BpfOp.JNE32_K, MAJOR, major)],
    ...minor === undefined ? [] : [unless(BpfOp.JNE32_K, MINOR, minor)],
  ];
  const decision = answer(allow);
  const length = conditions.length + decision.length;
  // A jump counts from the instruction after it.
  return [
    ...conditions.map((one, at) => isJump(one) ? { ...one, offset: length - at - 1 } : one),
    ...decision,
  ];
}

/** All that is wanted must be allowed; to forbid, it is enough that some of it is forbidden. */
function accessConditions(mask: number, allow: boolean): BpfInstruction[] {
  return [
    { op: BpfOp.MOV32_X, dst: SCRATCH, src: WANTED },
    { op: BpfOp.AND32_K, dst: SCRATCH, imm: mask },
    allow ? { op: BpfOp.JNE32_X, dst: SCRATCH, src: WANTED } : unless(BpfOp.JEQ32_K, SCRATCH, 0),
  ];
}

function load(register: number, offset: number): BpfInstruction {
  return { op: BpfOp.LDX_W, dst: register, src: CONTEXT, offset };
}

/** Skips the rest of the block; where that ends is filled in later. */
function unless(op: number, register: number, value: number): BpfInstruction {
  return { op, dst: register, imm: value };
}

function isJump({ op }: BpfInstruction): boolean {
  return op === BpfOp.JNE32_K || op === BpfOp.JEQ32_K || op === BpfOp.JNE32_X;
}

function answer(allow: boolean): BpfInstruction[] {
  return [{ op: BpfOp.MOV32_K, dst: ANSWER, imm: allow ? 1 : 0 }, { op: BpfOp.EXIT }];
}

/**
 * Lets a cgroup's processes use devices by a list of rules, in place of one before.
 *
 * @param folder The cgroup's folder.
 * @param rules The rules, of which the last one that fits decides.
 * @throws {EngineError} `unavailable`: the kernel has no such programs, or refuses ours.
 */
export function attachDeviceProgram(folder: string, rules: readonly DeviceRule[]): void {
  const cgroup = open(folder, OpenFlag.RDONLY | OpenFlag.DIRECTORY | OpenFlag.CLOEXEC);
  try {
    const program = loadDeviceFilter(deviceProgram(rules));
    try {
      // Every attached program has to agree: those before must go for this one to allow more, and
      // only once it is there.
      replaceDeviceFilters(cgroup, () => attachDeviceFilter(cgroup, program));
    } finally {
      close(program);
    }
  } catch (error) {
    throw new EngineError(
      `Cannot confine the devices of the cgroup "${folder}": that needs a kernel with ` +
        `CONFIG_CGROUP_BPF, and the permission to load BPF programs`,
      { kind: "unavailable", cause: error },
    );
  } finally {
    close(cgroup);
  }
}
