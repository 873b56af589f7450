import assert from "node:assert/strict";
import { CAPABILITIES, capabilityMask, DEFAULT_CAPABILITIES } from "./capabilities.ts";

Deno.test("capabilityMask() is Docker's for the default capabilities", () => {
  assert.equal(capabilityMask(DEFAULT_CAPABILITIES).toString(16), "a80425fb");
  assert.equal(DEFAULT_CAPABILITIES.length, 14);
});

Deno.test("capabilityMask() numbers capabilities as the kernel does", () => {
  const cases: [name: string, number: number][] = [
    ["CAP_CHOWN", 0],
    ["CAP_KILL", 5],
    ["CAP_NET_ADMIN", 12],
    ["CAP_SYS_ADMIN", 21],
    ["CAP_SETFCAP", 31],
    ["CAP_MAC_OVERRIDE", 32],
    ["CAP_BPF", 39],
    ["CAP_CHECKPOINT_RESTORE", 40],
  ];
  for (const [name, number] of cases) assert.equal(capabilityMask([name]), 1n << BigInt(number));
  assert.equal(capabilityMask(CAPABILITIES), (1n << 41n) - 1n);
  assert.equal(capabilityMask([]), 0n);
  assert.equal(capabilityMask(["CAP_CHOWN", "CAP_CHOWN"]), 1n);
});

Deno.test("capabilityMask() refuses names it does not know", () => {
  for (const name of ["CAP_NONE", "cap_chown", "CHOWN", ""]) {
    assert.throws(() => capabilityMask(["CAP_KILL", name]), {
      name: "EngineError",
      kind: "invalid",
      message: `Cannot grant the capability "${name}": it is unknown`,
    });
  }
});
