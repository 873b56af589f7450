import assert from "node:assert/strict";
import { AuditArch, type FilteredCall, runFilter } from "./_bpf_fixture.ts";
import { compileFilter } from "./compile.ts";
import type { SeccompArgument, SeccompOperator, SpecSeccomp } from "./spec_seccomp.ts";

const ALLOW = 0x7fff0000;
const ERRNO = 0x00050000;
const KILL_PROCESS = 0x80000000;
const PERSONALITY = 135;
const MMAP = 9;

/** What becomes of a call of x86-64. */
function outcome(filter: SpecSeccomp, call: Partial<FilteredCall>): number {
  const program = compileFilter(filter, "x86_64");
  return runFilter(program, { arch: AuditArch.X86_64, number: MMAP, ...call }).value;
}

function filter(rest: Partial<SpecSeccomp>): SpecSeccomp {
  return { defaultAction: "SCMP_ACT_ERRNO", ...rest };
}

Deno.test("compileFilter() compares all 64 bits of an argument", () => {
  const values = [0, 1, 37, 38, 39, 2 ** 32 - 1, 2 ** 32, 2 ** 32 + 38, 2 ** 33 + 38, 2 ** 52];
  const operators: Record<SeccompOperator, (argument: bigint, value: bigint) => boolean> = {
    SCMP_CMP_NE: (argument, value) => argument !== value,
    SCMP_CMP_LT: (argument, value) => argument < value,
    SCMP_CMP_LE: (argument, value) => argument <= value,
    SCMP_CMP_EQ: (argument, value) => argument === value,
    SCMP_CMP_GE: (argument, value) => argument >= value,
    SCMP_CMP_GT: (argument, value) => argument > value,
    SCMP_CMP_MASKED_EQ: (argument, value) => (argument & value) === (value & 0xffff00000000n),
  };
  for (const [op, holds] of Object.entries(operators)) {
    for (const value of values) {
      const valueTwo = Number(BigInt(value) & 0xffff00000000n);
      const args = [{ index: 2, value, valueTwo, op: op as SeccompOperator }];
      const program = compileFilter(
        filter({ syscalls: [{ names: ["mmap"], action: "SCMP_ACT_ALLOW", args }] }),
        "x86_64",
      );
      for (const argument of values) {
        const call = { arch: AuditArch.X86_64, number: MMAP, args: [7, 7, argument] };
        const expected = holds(BigInt(argument), BigInt(value)) ? ALLOW : ERRNO | 1;
        assert.equal(runFilter(program, call).value, expected, `${argument} ${op} ${value}`);
      }
    }
  }
});

Deno.test("compileFilter() compares what the kernel takes as an int as one", () => {
  const args: SeccompArgument[] = [{ index: 0, value: 40, op: "SCMP_CMP_GT" }];
  const syscalls = [{ names: ["socket"], action: "SCMP_ACT_ALLOW" as const, args }];
  const socket = (family: number) => outcome(filter({ syscalls }), { number: 41, args: [family] });
  assert.equal(socket(41), ALLOW);
  assert.equal(socket(38), ERRNO | 1);
  assert.equal(socket(2 ** 32 + 38), ERRNO | 1);
});

Deno.test("compileFilter() takes conditions together, or any of those on one argument", () => {
  const rule = (...args: SeccompArgument[]) =>
    filter({ syscalls: [{ names: ["mmap"], action: "SCMP_ACT_ALLOW", args }] });
  const both = rule(
    { index: 0, value: 1, op: "SCMP_CMP_EQ" },
    { index: 1, value: 2, op: "SCMP_CMP_EQ" },
  );
  assert.equal(outcome(both, { args: [1, 2] }), ALLOW);
  assert.equal(outcome(both, { args: [1, 3] }), ERRNO | 1);
  assert.equal(outcome(both, { args: [3, 2] }), ERRNO | 1);
  const any = rule(
    { index: 0, value: 1, op: "SCMP_CMP_EQ" },
    { index: 0, value: 2, op: "SCMP_CMP_EQ" },
  );
  assert.deepEqual([1, 2, 3].map((arg) => outcome(any, { args: [arg] })), [
    ALLOW,
    ALLOW,
    ERRNO | 1,
  ]);
});

Deno.test("compileFilter() lets rules without conditions overrule those with them", () => {
  const args: SeccompArgument[] = [{ index: 0, value: 8, op: "SCMP_CMP_EQ" }];
  const conditional = {
    names: ["personality"],
    action: "SCMP_ACT_ERRNO" as const,
    errnoRet: 5,
    args,
  };
  const always = { names: ["personality"], action: "SCMP_ACT_ALLOW" as const };
  const later = { ...conditional, args: [], errnoRet: 6 };
  const number = PERSONALITY;
  for (const syscalls of [[conditional, always], [always, conditional], [always, later]]) {
    assert.equal(outcome(filter({ syscalls }), { number, args: [8] }), ALLOW);
  }
  // What happens anyway overrules nothing.
  const same = { ...always, action: "SCMP_ACT_ERRNO" as const };
  assert.equal(
    outcome(filter({ syscalls: [same, conditional] }), { number, args: [8] }),
    ERRNO | 5,
  );
});

Deno.test("compileFilter() answers calls newer than all it names with ENOSYS", () => {
  const syscalls = [{ names: ["mmap", "openat2"], action: "SCMP_ACT_ALLOW" as const }];
  const strict = filter({ syscalls });
  assert.equal(outcome(strict, { number: 437 }), ALLOW);
  assert.equal(outcome(strict, { number: 436 }), ERRNO | 1);
  assert.equal(outcome(strict, { number: 438 }), ERRNO | 38);
  assert.equal(outcome(strict, { number: 0x3fffffff }), ERRNO | 38);
  const killing = filter({ syscalls, defaultAction: "SCMP_ACT_KILL_PROCESS" });
  assert.equal(outcome(killing, { number: 436 }), KILL_PROCESS);
  assert.equal(outcome(killing, { number: 438 }), ERRNO | 38);
  const denying = filter({
    defaultAction: "SCMP_ACT_ALLOW",
    syscalls: [{ names: ["mmap"], action: "SCMP_ACT_TRAP" }],
  });
  assert.equal(outcome(denying, { number: MMAP }), 0x00030000);
  assert.equal(outcome(denying, { number: 9999 }), ALLOW);
  assert.equal(outcome(filter({}), { number: 9999 }), ERRNO | 1);
});

Deno.test("compileFilter() kills what calls in a way the filter does not know", () => {
  const syscalls = [{ names: ["read", "no_such_call"], action: "SCMP_ACT_ALLOW" as const }];
  const own = filter({ syscalls });
  assert.equal(outcome(own, { number: 0 }), ALLOW);
  assert.equal(outcome(own, { arch: AuditArch.I386, number: 3 }), KILL_PROCESS);
  assert.equal(outcome(own, { number: 0x40000000 }), KILL_PROCESS);
  const all = filter({
    syscalls,
    architectures: ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"],
  });
  assert.equal(outcome(all, { arch: AuditArch.I386, number: 3 }), ALLOW);
  assert.equal(outcome(all, { arch: AuditArch.I386, number: 2 }), ERRNO | 1);
  assert.equal(outcome(all, { number: 0x40000000 }), ALLOW);
  assert.equal(outcome(all, { arch: AuditArch.ARM, number: 3 }), KILL_PROCESS);
  assert.throws(() => compileFilter(filter({ architectures: ["SCMP_ARCH_VAX"] })), {
    kind: "invalid",
    message: /the architecture "SCMP_ARCH_VAX" is unknown, use SCMP_ARCH_X86_64, /,
  });
});

Deno.test("compileFilter() gives a call its own errno, and a tracer its message", () => {
  const syscalls = [
    { names: ["mmap"], action: "SCMP_ACT_ERRNO" as const, errnoRet: 38 },
    { names: ["mprotect"], action: "SCMP_ACT_ERRNO" as const },
    { names: ["munmap"], action: "SCMP_ACT_TRACE" as const, errnoRet: 77 },
    { names: ["brk"], action: "SCMP_ACT_KILL" as const },
  ];
  const some = filter({ defaultErrnoRet: 13, syscalls });
  const values = [8, 9, 10, 11, 12].map((number) => outcome(some, { number }));
  assert.deepEqual(values, [ERRNO | 13, ERRNO | 38, ERRNO | 1, 0x7ff00000 | 77, 0]);
});
