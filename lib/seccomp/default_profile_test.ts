import assert from "node:assert/strict";
import { AuditArch, runFilter } from "./_bpf_fixture.ts";
import { compileFilter } from "./compile.ts";
import { DEFAULT_SECCOMP_PROFILE } from "./default_profile.ts";
import { parseSeccompProfile } from "./profile.ts";
import { resolveSeccompProfile } from "./resolve_profile.ts";
import { ARCHITECTURES, SYSTEM_CALLS } from "./system_calls.ts";

const REFERENCE = new URL("../../../shared/reference/seccomp-default.json", import.meta.url);
const KERNEL = "6.18.0";
// Of the default ones, those that rules depend on, and some that they do not.
const DEFAULT_CAPABILITIES = ["CAP_CHOWN", "CAP_MKNOD", "CAP_SYS_CHROOT", "CAP_AUDIT_WRITE"];
const ALLOW = 0x7fff0000;
const ERRNO = 0x00050000;

/** A rule of the reference, as far as it is looked at here. */
interface ReferenceRule {
  names: string[];
  action: string;
  errnoRet?: number;
  args?: { index: number; value: number; valueTwo?: number; op: string }[];
  includes?: { caps?: string[]; arches?: string[] };
  excludes?: { caps?: string[]; arches?: string[] };
}

async function reference(): Promise<ReferenceRule[] | undefined> {
  try {
    return JSON.parse(await Deno.readTextFile(REFERENCE)).syscalls;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

const rules = await reference();

const COMPARE: Record<string, (argument: number, value: number, two: number) => boolean> = {
  SCMP_CMP_LT: (argument, value) => argument < value,
  SCMP_CMP_EQ: (argument, value) => argument === value,
  SCMP_CMP_GT: (argument, value) => argument > value,
  SCMP_CMP_MASKED_EQ: (argument, mask, two) => ((argument & mask) >>> 0) === two,
};

/** What the reference says becomes of a call, told without any of the code under test. */
function expected(
  name: string,
  args: readonly number[],
  capabilities: readonly string[],
  arch: "amd64" | "arm64",
): number {
  let value = ERRNO | 1;
  for (const { action, errnoRet, names, ...rule } of rules!) {
    const { excludes = {}, includes = {} } = rule;
    const matches = names.includes(name) &&
      (includes.caps ?? []).every((capability) => capabilities.includes(capability)) &&
      (!includes.arches || includes.arches.includes(arch)) &&
      !(excludes.caps ?? []).some((capability) => capabilities.includes(capability)) &&
      !(excludes.arches ?? []).includes(arch) &&
      (rule.args ?? []).every(({ index, op, value, valueTwo = 0 }) =>
        COMPARE[op]!(args[index] ?? 0, value, valueTwo)
      );
    if (!matches) continue;
    if (action === "SCMP_ACT_ALLOW") return ALLOW;
    value = ERRNO | errnoRet!;
  }
  return value;
}

const ABIS = [
  { abi: "x86_64", native: "x86_64", go: "amd64", arch: AuditArch.X86_64, offset: 0 },
  { abi: "x86", native: "x86_64", go: "amd64", arch: AuditArch.I386, offset: 0 },
  { abi: "x32", native: "x86_64", go: "amd64", arch: AuditArch.X86_64, offset: 0x40000000 },
  { abi: "aarch64", native: "aarch64", go: "arm64", arch: AuditArch.AARCH64, offset: 0 },
  { abi: "arm", native: "aarch64", go: "arm64", arch: AuditArch.ARM, offset: 0 },
] as const;

const CAPABILITY_SETS: readonly (readonly string[])[] = [
  DEFAULT_CAPABILITIES,
  [],
  ...[
    "CAP_SYS_ADMIN",
    "CAP_DAC_READ_SEARCH",
    "CAP_SYS_BOOT",
    "CAP_SYS_MODULE",
    "CAP_SYS_PACCT",
    "CAP_SYS_PTRACE",
    "CAP_SYS_RAWIO",
    "CAP_SYS_TIME",
    "CAP_SYS_TTY_CONFIG",
    "CAP_SYS_NICE",
    "CAP_SYSLOG",
    "CAP_BPF",
    "CAP_PERFMON",
  ].map((capability) => [...DEFAULT_CAPABILITIES, capability]),
];

// Where arguments decide: socket families, personalities, flags of clone.
const ARGUMENTS = [
  ...[0, 1, 2, 8, 16, 17, 37, 38, 39, 40, 41, 0x20000, 0x20008, 0xffffffff],
  ...[0x00020000, 0x02000000, 0x04000000, 0x08000000, 0x10000000, 0x20000000, 0x40000000],
  0x003d0f00,
];

for (const { abi, arch, go, native, offset } of ABIS) {
  Deno.test({
    name: `the default profile decides as Docker's on each system call of ${abi}`,
    ignore: rules === undefined,
    fn: () => {
      const column = ARCHITECTURES.indexOf(abi);
      for (const capabilities of CAPABILITY_SETS) {
        const target = { capabilities, arch: native, kernel: KERNEL };
        const filter = resolveSeccompProfile(DEFAULT_SECCOMP_PROFILE, target);
        const program = compileFilter(filter, native);
        for (const [name, numbers] of Object.entries(SYSTEM_CALLS)) {
          const number = numbers[column]!;
          // Behind the newest call of the profile, all are unknown to it.
          if (number < 0 || (number > 466 && number < 0xf0000) || number > 0xf0005) continue;
          for (const argument of ARGUMENTS) {
            const { steps, value } = runFilter(program, {
              arch,
              number: number + offset,
              args: [argument, 0x7e020000],
            });
            const wanted = expected(name, [argument, 0x7e020000], capabilities, go);
            assert.equal(value, wanted, `${name}(${argument}) with ${capabilities.at(-1)}`);
            assert.ok(steps < 30, `${name} takes ${steps} steps`);
          }
        }
      }
    },
  });
}

Deno.test({
  name: "Docker's own profile, read as a file, compiles to the same decisions",
  ignore: rules === undefined,
  fn: async () => {
    const text = await Deno.readTextFile(REFERENCE);
    const profile = parseSeccompProfile(text)!;
    const target = {
      capabilities: DEFAULT_CAPABILITIES,
      arch: "x86_64" as const,
      kernel: KERNEL,
    };
    const theirs = compileFilter(resolveSeccompProfile(profile, target), "x86_64");
    const ours = compileFilter(resolveSeccompProfile(DEFAULT_SECCOMP_PROFILE, target), "x86_64");
    assert.deepEqual(theirs, ours);
  },
});

Deno.test("the default profile names only system calls there are", () => {
  const names = DEFAULT_SECCOMP_PROFILE.syscalls.flatMap((rule) => rule.names);
  const unknown = names.filter((name) => !(name in SYSTEM_CALLS));
  // Of an architecture this program does not run on.
  assert.deepEqual(unknown, ["riscv_hwprobe"]);
});
