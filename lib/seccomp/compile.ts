/**
 * Compiling a filter to the program the kernel runs before every system call.
 *
 * By architecture, then by number as a binary search: of some 400 calls it looks at nine. Where the
 * kernel sees that a number is always allowed, it does not run the program for it at all (Linux 5.11).
 *
 * @module
 */

import { EngineError } from "../errors.ts";
import { actionValue, type SeccompAction } from "./actions.ts";
import { Bpf, CallData, choose, encodeProgram, type Instruction } from "./bpf.ts";
import { matchArgument } from "./match_argument.ts";
import type { SeccompArgument, SeccompRule, SpecSeccomp } from "./spec_seccomp.ts";
import { type Architecture, ARCHITECTURES, SYSTEM_CALLS } from "./system_calls.ts";

/** `AUDIT_ARCH_*` (linux/audit.h) of an architecture, and the width of its arguments. */
interface ArchitectureInfo {
  name: Architecture;
  audit: number;
  isNarrow: boolean;
}

const OCI_ARCHITECTURES: Readonly<Record<string, ArchitectureInfo>> = {
  SCMP_ARCH_X86_64: { name: "x86_64", audit: 0xc000003e, isNarrow: false },
  SCMP_ARCH_X86: { name: "x86", audit: 0x40000003, isNarrow: true },
  SCMP_ARCH_X32: { name: "x32", audit: 0xc000003e, isNarrow: true },
  SCMP_ARCH_AARCH64: { name: "aarch64", audit: 0xc00000b7, isNarrow: false },
  SCMP_ARCH_ARM: { name: "arm", audit: 0x40000028, isNarrow: true },
};

/** What marks a call of x32 among those of x86-64 (asm/unistd.h, `__X32_SYSCALL_BIT`). */
const X32_BIT = 0x40000000;
/** Where the numbers of ARM's own calls begin, far behind all others (`__ARM_NR_BASE`). */
const ARM_PRIVATE = 0xf0000;
const ENOSYS = 38;

/**
 * Arguments that the kernel takes as an `int`, so that what is in their upper halves says nothing:
 * compared whole, 2 ** 32 + 38 would pass for a socket family greater than 40, and be 38.
 */
const NARROW_ARGUMENTS: Readonly<Record<string, readonly number[]>> = {
  personality: [0],
  socket: [0, 1, 2],
};

/** Actions that let a call happen: of a filter that does this to what it does not know. */
const LENIENT: readonly SeccompAction[] = ["SCMP_ACT_ALLOW", "SCMP_ACT_LOG", "SCMP_ACT_TRACE"];

/**
 * Compiles a filter.
 *
 * As libseccomp, a rule without conditions on arguments overrules those with them; as runc, calls
 * that are newer than the newest one the filter names get `ENOSYS`, so that programs fall back.
 *
 * @param filter The filter.
 * @param native The architecture where the filter names none.
 * @returns The program.
 * @throws {EngineError} `invalid`: the filter has an architecture that is unknown, or is too long.
 */
export function compileFilter(
  filter: SpecSeccomp,
  native: typeof Deno.build.arch = Deno.build.arch,
): Uint8Array<ArrayBuffer> {
  const named = filter.architectures?.length ? filter.architectures : [nativeName(native)];
  const infos = named.map(architectureInfo);
  try {
    return encodeProgram([
      [Bpf.LOAD, 0, 0, CallData.ARCH],
      ...byArchitecture(filter, infos),
    ]);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new EngineError("Cannot compile the seccomp profile", { kind: "invalid", cause: error });
  }
}

function nativeName(arch: typeof Deno.build.arch): string {
  return arch === "x86_64" ? "SCMP_ARCH_X86_64" : "SCMP_ARCH_AARCH64";
}

function architectureInfo(name: string): ArchitectureInfo {
  const info = OCI_ARCHITECTURES[name];
  if (info) return info;
  throw new EngineError(
    `Cannot compile the seccomp profile: the architecture "${name}" is unknown, use ` +
      Object.keys(OCI_ARCHITECTURES).join(", "),
    { kind: "invalid" },
  );
}

/** A call made in a way that the filter does not know could be any call. */
const WRONG_ARCHITECTURE: Instruction = [Bpf.RETURN, 0, 0, actionValue("SCMP_ACT_KILL_PROCESS")];

function byArchitecture(filter: SpecSeccomp, infos: readonly ArchitectureInfo[]): Instruction[] {
  let program: Instruction[] = [WRONG_ARCHITECTURE];
  for (const audit of new Set(infos.map((info) => info.audit))) {
    const x32 = infos.find((info) => info.name === "x32" && info.audit === audit);
    const own = infos.find((info) => info.name !== "x32" && info.audit === audit);
    const calls = own ? byNumber(filter, own) : [WRONG_ARCHITECTURE];
    const body: Instruction[] = [
      [Bpf.LOAD, 0, 0, CallData.NUMBER],
      ...audit === OCI_ARCHITECTURES.SCMP_ARCH_X86_64!.audit
        ? choose(Bpf.AT_LEAST, X32_BIT, x32 ? byNumber(filter, x32) : [WRONG_ARCHITECTURE], calls)
        : calls,
    ];
    program = choose(Bpf.EQUAL, audit, body, program);
  }
  return program;
}

/** What happens to calls from a number on, to the next such number. */
interface Range {
  start: number;
  program: Instruction[];
}

function byNumber(filter: SpecSeccomp, { isNarrow, name }: ArchitectureInfo): Instruction[] {
  const offset = name === "x32" ? X32_BIT : 0;
  const fallback: Instruction = [Bpf.RETURN, 0, 0, defaultValue(filter)];
  const rules = rulesByNumber(filter, ARCHITECTURES.indexOf(name));
  const ranges: Range[] = [];
  const add = (start: number, program: Instruction[]) => {
    const last = ranges.at(-1);
    if (!last || !isSame(last.program, program)) ranges.push({ start, program });
  };
  const numbers = [...rules.keys()].sort((one, other) => one - other);
  const passesOn = numbers.length === 0 || LENIENT.includes(filter.defaultAction);
  const unknown: Instruction = passesOn
    ? fallback
    : [Bpf.RETURN, 0, 0, actionValue("SCMP_ACT_ERRNO", ENOSYS)];
  let next = 0;
  for (const number of numbers) {
    const isPrivate = number >= ARM_PRIVATE && next < ARM_PRIVATE;
    if (number > next) add(next + offset, [isPrivate ? unknown : fallback]);
    add(number + offset, callProgram(rules.get(number)!, isNarrow, fallback));
    next = number + 1;
  }
  add(next + offset, [unknown]);
  return search(ranges);
}

function isSame(one: readonly Instruction[], other: readonly Instruction[]): boolean {
  return one.length === other.length &&
    one.every((instruction, at) => instruction.every((part, index) => part === other[at]![index]));
}

function defaultValue({ defaultAction, defaultErrnoRet }: SpecSeccomp): number {
  return actionValue(defaultAction, defaultErrnoRet);
}

/** A rule as far as it is about one call. */
interface CallRule {
  call: string;
  value: number;
  args: readonly SeccompArgument[];
}

function rulesByNumber(filter: SpecSeccomp, column: number): Map<number, CallRule[]> {
  const rules = new Map<number, CallRule[]>();
  for (const rule of filter.syscalls ?? []) {
    for (const call of rule.names) {
      const number = SYSTEM_CALLS[call]?.[column] ?? -1;
      if (number < 0) continue;
      const known = rules.get(number) ?? [];
      rules.set(number, known);
      // What happens anyway cannot overrule anything; the call counts as a known one.
      if (actionValue(rule.action, rule.errnoRet) !== defaultValue(filter)) {
        known.push(...callRules(call, rule));
      }
    }
  }
  return rules;
}

function callRules(call: string, { action, args = [], errnoRet }: SeccompRule): CallRule[] {
  const value = actionValue(action, errnoRet);
  const indexes = args.map(({ index }) => index);
  // An argument that is met twice cannot be like both: any will do, as runc has it.
  const isAny = new Set(indexes).size < indexes.length;
  return isAny ? args.map((arg) => ({ call, value, args: [arg] })) : [{ call, value, args }];
}

function callProgram(
  rules: readonly CallRule[],
  isNarrow: boolean,
  fallback: Instruction,
): Instruction[] {
  const always = rules.find(({ args }) => args.length === 0);
  if (always) return [[Bpf.RETURN, 0, 0, always.value]];
  return [...rules.flatMap((rule) => conditionalProgram(rule, isNarrow)), fallback];
}

function conditionalProgram({ args, call, value }: CallRule, isNarrow: boolean): Instruction[] {
  let program: Instruction[] = [[Bpf.RETURN, 0, 0, value]];
  for (const arg of args.toReversed()) {
    const narrow = isNarrow || (NARROW_ARGUMENTS[call]?.includes(arg.index) ?? false);
    program = [...matchArgument(arg, narrow, program.length), ...program];
  }
  return program;
}

function search(ranges: readonly Range[]): Instruction[] {
  if (ranges.length === 1) return ranges[0]!.program;
  const middle = ranges.length >> 1;
  const [below, above] = [ranges.slice(0, middle), ranges.slice(middle)];
  return choose(Bpf.AT_LEAST, above[0]!.start, search(above), search(below));
}
