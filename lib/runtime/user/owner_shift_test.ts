import assert from "node:assert/strict";
import { type OwnerMappings, shiftToContainer, shiftToHost } from "./owner_shift.ts";

const mappings: OwnerMappings = {
  users: [
    { containerID: 0, hostID: 100_000, size: 1_000 },
    { containerID: 1_000, hostID: 500_000, size: 10 },
  ],
  groups: [{ containerID: 0, hostID: 200_000, size: 100 }],
};
const owned = (uid: number, gid: number) => ({ uid, gid, attributes: [] });

/** As setcap writes it: CAP_NET_RAW, effective. */
const CAPABILITY = Uint8Array.from([1, 0, 0, 2, 0, 0x20, ...new Uint8Array(14)]);

function withCapability(value: Uint8Array<ArrayBuffer>) {
  return { ...owned(0, 0), attributes: [{ name: "security.capability", value }] };
}

Deno.test("shiftToHost() takes users and groups by their own mappings", () => {
  const shift = shiftToHost(mappings);
  assert.deepEqual(shift(owned(0, 0)), owned(100_000, 200_000));
  assert.deepEqual(shift(owned(1_009, 99)), owned(500_009, 200_099));
});

Deno.test("shiftToHost() refuses owners that are not mapped", () => {
  const shift = shiftToHost(mappings);
  assert.throws(() => shift(owned(1_010, 0)), { kind: "invalid", message: /number 1010 is not/ });
  assert.throws(() => shift(owned(0, 100)), { kind: "invalid", message: /number 100 is not/ });
});

Deno.test("shiftToContainer() undoes shiftToHost(), and shows strangers as nobody", () => {
  const [toHost, toContainer] = [shiftToHost(mappings), shiftToContainer(mappings)];
  for (const owner of [owned(0, 0), owned(999, 99), owned(1_000, 5)]) {
    assert.deepEqual(toContainer(toHost(owner)), owner);
  }
  assert.deepEqual(toContainer(owned(0, 0)), owned(65_534, 65_534));
  assert.deepEqual(toContainer(owned(101_000, 200_100)), owned(65_534, 65_534));
});

Deno.test("shiftToHost() has capabilities of a file count in the namespace only, and back", () => {
  const shifted = shiftToHost(mappings)(withCapability(CAPABILITY));
  const value = shifted.attributes[0]!.value;
  // VFS_CAP_REVISION_3, and the namespace's root, 100000.
  const root = [0xa0, 0x86, 1, 0];
  assert.deepEqual([...value], [1, 0, 0, 3, 0, 0x20, ...new Uint8Array(14), ...root]);
  assert.deepEqual(shiftToContainer(mappings)(shifted), withCapability(CAPABILITY));
});

Deno.test("shiftToHost() leaves other attributes as they are", () => {
  const attributes = [{ name: "user.note", value: CAPABILITY }];
  assert.deepEqual(shiftToHost(mappings)({ ...owned(0, 0), attributes }).attributes, attributes);
});
