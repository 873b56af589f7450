import assert from "node:assert/strict";
import type { SecuritySettings } from "../../container/record/security_settings.ts";
import { securityLabels, type SecurityModules, securityModules } from "./security_labels.ts";

const BOTH: SecurityModules = { apparmor: true, selinux: true };
const NONE: SecurityModules = { apparmor: false, selinux: false };

Deno.test("securityLabels() puts labels together where the host has the module", () => {
  const cases: [security: SecuritySettings, labels: unknown][] = [
    [{}, undefined],
    [{ apparmor: "web" }, { apparmor: "web" }],
    [{ apparmor: "unconfined" }, { apparmor: "unconfined" }],
    [{ label: ["disable"] }, undefined],
    [{ label: ["type:web_t"] }, {
      selinux: "system_u:system_r:web_t:s0",
      mount: "system_u:object_r:container_file_t:s0",
    }],
    [{ label: ["level:s0:c1,c2", "user:staff_u", "role:staff_r", "filetype:web_file_t"] }, {
      selinux: "staff_u:staff_r:container_t:s0:c1,c2",
      mount: "staff_u:object_r:web_file_t:s0:c1,c2",
    }],
    [{ label: ["type:web_t"], privileged: true }, undefined],
  ];
  for (const [security, labels] of cases) {
    assert.deepEqual(securityLabels(security, BOTH), labels, JSON.stringify(security));
  }
});

Deno.test("securityLabels() warns where the host lacks the module", () => {
  const warnings: string[] = [];
  const security = { apparmor: "web", label: ["type:web_t"] };
  assert.equal(securityLabels(security, NONE, (text) => warnings.push(text)), undefined);
  assert.deepEqual(warnings, [
    'This host has no AppArmor. The profile "web" is discarded.',
    "This host has no SELinux. The label is discarded.",
  ]);
  const silent = { apparmor: "unconfined", label: ["disable"] };
  assert.equal(securityLabels(silent, NONE, assert.fail), undefined);
});

Deno.test("securityLabels() refuses parts there are not", () => {
  for (const part of ["moon:x", "type", ":x", "toString:x"]) {
    assert.throws(() => securityLabels({ label: [part] }, BOTH), {
      kind: "invalid",
      message: /bad label option ".*", valid options 'disable' or 'user, role, level, type/,
    });
  }
});

Deno.test("securityModules() looks at this host", async () => {
  const { success } = await new Deno.Command("grep", {
    args: ["-qs", "^Y", "/sys/module/apparmor/parameters/enabled"],
  }).output();
  assert.equal(securityModules().apparmor, success);
});
