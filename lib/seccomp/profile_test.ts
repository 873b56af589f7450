import assert from "node:assert/strict";
import { describeError } from "../errors.ts";
import { parseSeccompProfile } from "./profile.ts";

Deno.test("parseSeccompProfile() reads Docker's JSON, of older times too", () => {
  const text = JSON.stringify({
    defaultAction: "SCMP_ACT_ERRNO",
    defaultErrnoRet: 38,
    archMap: [{ architecture: "SCMP_ARCH_X86_64", subArchitectures: null }],
    flags: ["SECCOMP_FILTER_FLAG_LOG"],
    syscalls: [
      { name: "read", action: "SCMP_ACT_ALLOW", args: null, comment: "old" },
      {
        names: ["clone"],
        action: "SCMP_ACT_ERRNO",
        errnoRet: 1,
        args: [{ index: 0, value: 2080505856, valueTwo: 0, op: "SCMP_CMP_MASKED_EQ" }],
        includes: { caps: ["CAP_SYS_ADMIN"], minKernel: "4.8" },
        excludes: { arches: ["s390x"] },
      },
    ],
  });
  assert.deepEqual(parseSeccompProfile(text), {
    defaultAction: "SCMP_ACT_ERRNO",
    defaultErrnoRet: 38,
    archMap: [{ architecture: "SCMP_ARCH_X86_64", subArchitectures: [] }],
    flags: ["SECCOMP_FILTER_FLAG_LOG"],
    syscalls: [
      { names: ["read"], action: "SCMP_ACT_ALLOW" },
      {
        names: ["clone"],
        action: "SCMP_ACT_ERRNO",
        errnoRet: 1,
        args: [{ index: 0, value: 2080505856, valueTwo: 0, op: "SCMP_CMP_MASKED_EQ" }],
        includes: { caps: ["CAP_SYS_ADMIN"], minKernel: "4.8" },
        excludes: { arches: ["s390x"] },
      },
    ],
  });
});

Deno.test("parseSeccompProfile() finds no filter in a profile that says nothing", () => {
  assert.equal(parseSeccompProfile("{}"), undefined);
  assert.equal(parseSeccompProfile('{"syscalls": []}'), undefined);
});

const ALLOW = { defaultAction: "SCMP_ACT_ALLOW" };
const rule = (changes: Record<string, unknown>) => ({
  ...ALLOW,
  syscalls: [{ names: ["read"], action: "SCMP_ACT_TRAP", ...changes }],
});
const argument = (changes: Record<string, unknown>) =>
  rule({ args: [{ index: 0, value: 1, op: "SCMP_CMP_EQ", ...changes }] });

const WRONG: [profile: unknown, cause: RegExp][] = [
  [[], /^the profile must be an object$/],
  [{ defaultAction: "ALLOW" }, /^defaultAction must be one of SCMP_ACT_KILL, /],
  [{ syscalls: [{}] }, /^defaultAction must be a string$/],
  [{ ...ALLOW, defaultErrnoRet: 5000 }, /^defaultErrnoRet must be at most 4095$/],
  [{ ...ALLOW, syscalls: {} }, /^syscalls must be a list$/],
  [rule({ action: "SCMP_ACT_NOTIFY" }), /^syscalls\[0\]\.action must be one of /],
  [rule({ name: "write" }), /^syscalls\[0\]: use either 'name' or 'names'/],
  [rule({ names: "read" }), /^syscalls\[0\]\.names must be a list$/],
  [
    rule({ includes: { minKernel: "new" } }),
    /^syscalls\[0\]\.includes\.minKernel must be a kernel/,
  ],
  [argument({ index: 6 }), /^syscalls\[0\]\.args\[0\]\.index must be from 0 to 5$/],
  [argument({ op: "EQ" }), /^syscalls\[0\]\.args\[0\]\.op must be one of SCMP_CMP_NE, /],
  [argument({ value: -1 }), /^syscalls\[0\]\.args\[0\]\.value must be a whole number/],
  [
    {
      ...ALLOW,
      architectures: ["SCMP_ARCH_X86"],
      archMap: [{ architecture: "SCMP_ARCH_X86_64" }],
    },
    /^use either 'architectures' or 'archMap'/,
  ],
];

for (const [profile, cause] of WRONG) {
  Deno.test(`parseSeccompProfile() refuses ${JSON.stringify(profile).slice(0, 90)}`, () => {
    assert.throws(() => parseSeccompProfile(JSON.stringify(profile)), (error: Error) => {
      assert.equal(error.message, "Cannot use the seccomp profile");
      assert.match((error.cause as Error).message, cause);
      return true;
    });
  });
}

Deno.test("parseSeccompProfile() names the line of a mistake in the JSON", () => {
  assert.throws(() => parseSeccompProfile('{\n  "defaultAction": ,\n}'), (error) => {
    assert.match(describeError(error), /: it is not JSON: mistake in line 2, column 20: /);
    return true;
  });
});
