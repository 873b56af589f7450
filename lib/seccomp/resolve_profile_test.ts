import assert from "node:assert/strict";
import type { ProfileRule, RuleConditions } from "./profile.ts";
import { type FilterTarget, resolveSeccompProfile } from "./resolve_profile.ts";

const TARGET: FilterTarget = {
  capabilities: ["CAP_CHOWN", "CAP_KILL"],
  arch: "x86_64",
  kernel: "6.1.0-13-amd64",
};

/** Whether a rule holds for the target. */
function holds(
  conditions: { includes?: RuleConditions; excludes?: RuleConditions },
  target = TARGET,
): boolean {
  const syscalls: ProfileRule[] = [{ names: ["read"], action: "SCMP_ACT_ALLOW", ...conditions }];
  const filter = resolveSeccompProfile({ defaultAction: "SCMP_ACT_ERRNO", syscalls }, target);
  return filter.syscalls!.length === 1;
}

Deno.test("resolveSeccompProfile() keeps rules whose conditions are all met", () => {
  assert.ok(holds({}));
  assert.ok(holds({ includes: { caps: ["CAP_CHOWN", "CAP_KILL"], arches: ["arm64", "amd64"] } }));
  assert.ok(!holds({ includes: { caps: ["CAP_CHOWN", "CAP_BPF"] } }));
  assert.ok(!holds({ includes: { arches: ["arm64"] } }));
  assert.ok(holds({ includes: { arches: ["arm64"] } }, { ...TARGET, arch: "aarch64" }));
  assert.ok(holds({ includes: { minKernel: "6.1" } }));
  assert.ok(holds({ includes: { minKernel: "5.12" } }));
  assert.ok(!holds({ includes: { minKernel: "6.2" } }));
  assert.ok(!holds({ includes: { minKernel: "10.0" } }));
});

Deno.test("resolveSeccompProfile() drops rules that anything excludes", () => {
  assert.ok(holds({ excludes: { caps: ["CAP_BPF"], arches: ["arm64"] } }));
  assert.ok(!holds({ excludes: { caps: ["CAP_BPF", "CAP_KILL"] } }));
  assert.ok(!holds({ excludes: { arches: ["amd64"] } }));
  assert.ok(!holds({ excludes: { minKernel: "4.8" } }));
});

Deno.test("resolveSeccompProfile() names the machine's architectures", () => {
  const archMap = [{ architecture: "SCMP_ARCH_X86_64", subArchitectures: ["SCMP_ARCH_X86"] }];
  const architectures = (profile: object, target = TARGET) =>
    resolveSeccompProfile({ defaultAction: "SCMP_ACT_LOG", syscalls: [], ...profile }, target)
      .architectures;
  assert.deepEqual(architectures({ archMap }), ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"]);
  assert.deepEqual(architectures({ archMap }, { ...TARGET, arch: "aarch64" }), [
    "SCMP_ARCH_AARCH64",
  ]);
  assert.deepEqual(architectures({ architectures: ["SCMP_ARCH_ARM"] }), ["SCMP_ARCH_ARM"]);
});
