import assert from "node:assert/strict";
import { makeContainerFilter } from "./container_filter.ts";
import { compileFilter } from "./compile.ts";
import { DEFAULT_FILTERS } from "./default_filters.ts";
import { DEFAULT_SECCOMP_PROFILE } from "./default_profile.ts";
import { resolveSeccompProfile } from "./resolve_profile.ts";

const DEFAULT = ["CAP_CHOWN", "CAP_SYS_CHROOT", "CAP_KILL"];

Deno.test("DEFAULT_FILTERS are what compiles today; else run scripts/seccomp_filters.ts", () => {
  for (const arch of ["x86_64", "aarch64"] as const) {
    const target = { arch, capabilities: DEFAULT, kernel: "6.18.0" };
    const filter = resolveSeccompProfile(DEFAULT_SECCOMP_PROFILE, target);
    const program = DEFAULT_FILTERS[arch].replaceAll("\n", "");
    assert.equal(compileFilter(filter, arch).toBase64(), program);
  }
});

Deno.test("makeContainerFilter() compiles what the default one does not fit", async () => {
  const usual = await makeContainerFilter(undefined, DEFAULT);
  assert.equal(usual?.program, DEFAULT_FILTERS[Deno.build.arch].replaceAll("\n", ""));
  const sets = [[], ["CAP_SYS_CHROOT", "CAP_SYS_ADMIN"], ["CAP_SYS_CHROOT", "CAP_BPF"]];
  for (const capabilities of sets) {
    const made = await makeContainerFilter(undefined, capabilities);
    assert.equal(made?.program, compileFilter(made!.spec).toBase64());
    assert.notEqual(made?.program, usual?.program);
  }
});

Deno.test("makeContainerFilter() takes a profile of the user's", async () => {
  const profile = JSON.stringify({
    defaultAction: "SCMP_ACT_ALLOW",
    syscalls: [{ names: ["reboot"], action: "SCMP_ACT_KILL_PROCESS" }],
  });
  const made = await makeContainerFilter(profile, DEFAULT);
  assert.deepEqual(made?.spec.syscalls, [{ names: ["reboot"], action: "SCMP_ACT_KILL_PROCESS" }]);
  assert.equal(await makeContainerFilter("{}", DEFAULT), undefined);
});
