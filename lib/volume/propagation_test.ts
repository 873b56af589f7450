import assert from "node:assert/strict";
import { checkPropagation } from "./propagation.ts";

const MOUNTS = [
  "21 1 254:1 / / rw,relatime - ext4 /dev/root rw",
  "30 21 0:25 / /mnt/shared rw shared:1 - tmpfs tmpfs rw",
  "31 21 0:26 / /mnt/slave rw master:1 - tmpfs tmpfs rw",
  "32 21 0:27 / /mnt/a\\040b rw shared:2 master:3 - tmpfs tmpfs rw",
  "33 30 0:28 / /mnt/shared/private rw - tmpfs tmpfs rw",
].join("\n");

const RIGHT: [path: string, propagation: string][] = [
  ["/etc", "rprivate"],
  ["/etc", "private"],
  ["/mnt/shared", "rshared"],
  ["/mnt/shared/x/y", "shared"],
  ["/mnt/shared/x", "rslave"],
  ["/mnt/slave", "slave"],
  ["/mnt/a b/c", "rshared"],
];

Deno.test("checkPropagation() lets pass what the mount of a path can do", () => {
  for (const [path, propagation] of RIGHT) checkPropagation(path, propagation, MOUNTS);
});

const WRONG: [path: string, propagation: string, mount: string, kind: string][] = [
  ["/etc", "rshared", "/", "shared"],
  ["/etc", "rslave", "/", "shared or slave"],
  ["/mnt/slave/x", "shared", "/mnt/slave", "shared"],
  ["/mnt/shared/private/x", "slave", "/mnt/shared/private", "shared or slave"],
  ["/mnt/sharedX", "rshared", "/", "shared"],
];

Deno.test("checkPropagation() says what mount shares nothing", () => {
  for (const [path, propagation, mount, kind] of WRONG) {
    assert.throws(() => checkPropagation(path, propagation, MOUNTS), {
      kind: "invalid",
      message:
        `Cannot mount "${path}" as ${propagation}: path ${path} is mounted on ${mount} but ` +
        `it is not a ${kind} mount`,
    });
  }
});
