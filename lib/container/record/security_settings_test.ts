import assert from "node:assert/strict";
import { CAPABILITIES, DEFAULT_CAPABILITIES } from "../../runtime/user/capabilities.ts";
import {
  capabilityLists,
  containerCapabilities,
  seccompChoice,
  type SecuritySettings,
} from "./security_settings.ts";

Deno.test("capabilityLists() brings names into one form", () => {
  assert.deepEqual(capabilityLists(["net_admin", "CAP_CHOWN", "Cap_Net_Admin"], ["kill"]), {
    capAdd: ["CAP_CHOWN", "CAP_NET_ADMIN"],
    capDrop: ["CAP_KILL"],
  });
  assert.deepEqual(capabilityLists(["all", "chown"], ["all", "kill"]), {
    capAdd: ["ALL"],
    capDrop: [],
  });
  assert.deepEqual(capabilityLists(["kill"], ["kill", "chown"]), {
    capAdd: ["CAP_KILL"],
    capDrop: ["CAP_CHOWN"],
  });
});

Deno.test("capabilityLists() refuses what is no capability", () => {
  const cases: [add: string[], drop: string[], message: string][] = [
    [["foo"], [], 'invalid CapAdd: unknown capability: "CAP_FOO"'],
    [[], ["CAP_BAR"], 'invalid CapDrop: unknown capability: "CAP_BAR"'],
    [[""], [], 'invalid CapAdd: unknown capability: "CAP_"'],
  ];
  for (const [add, drop, message] of cases) {
    assert.throws(() => capabilityLists(add, drop), {
      kind: "invalid",
      message: `Cannot create the container: ${message}`,
    });
  }
});

const SETS: [security: SecuritySettings, expected: readonly string[]][] = [
  [{}, DEFAULT_CAPABILITIES],
  [{ privileged: true, capDrop: ["ALL"] }, CAPABILITIES],
  [{ capAdd: ["ALL"] }, CAPABILITIES],
  [{ capAdd: ["ALL"], capDrop: ["CAP_KILL"] }, CAPABILITIES.filter((name) => name !== "CAP_KILL")],
  [{ capDrop: ["ALL"] }, []],
  [{ capDrop: ["ALL"], capAdd: ["CAP_BPF"] }, ["CAP_BPF"]],
  [{ capAdd: ["CAP_BPF", "CAP_KILL"], capDrop: ["CAP_CHOWN"] }, [
    ...DEFAULT_CAPABILITIES.filter((name) => name !== "CAP_CHOWN"),
    "CAP_BPF",
  ]],
];

for (const [security, expected] of SETS) {
  Deno.test(`containerCapabilities() of ${JSON.stringify(security)}`, () => {
    assert.deepEqual(containerCapabilities(security).sort(), [...expected].sort());
  });
}

Deno.test("seccompChoice() filters all but what is privileged or asks for none", () => {
  assert.deepEqual(seccompChoice({}), { filtered: true });
  assert.deepEqual(seccompChoice({ privileged: true }), { filtered: false });
  assert.deepEqual(seccompChoice({ seccomp: "unconfined" }), { filtered: false });
  assert.deepEqual(seccompChoice({ privileged: true, seccomp: "{}" }), {
    filtered: true,
    profile: "{}",
  });
});
