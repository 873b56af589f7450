import assert from "node:assert/strict";
import { Errno, SyscallError } from "./error.ts";
import { lgetxattr } from "./getxattr.ts";
import { lsetxattr } from "./xattr.ts";

Deno.test("lgetxattr() reads what was set, and nothing where nothing was", async () => {
  const file = await Deno.makeTempFile({ dir: "/var/tmp" });
  try {
    assert.equal(lgetxattr(file, "user.one"), undefined);
    lsetxattr(file, "user.one", new Uint8Array([1, 0, 255]));
    lsetxattr(file, "user.empty", new Uint8Array());
    assert.deepEqual(lgetxattr(file, "user.one"), new Uint8Array([1, 0, 255]));
    assert.deepEqual(lgetxattr(file, "user.empty"), new Uint8Array());
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("lgetxattr() fails where there is no file", () => {
  assert.throws(
    () => lgetxattr(`/proc/${Deno.pid}/nothing`, "user.one"),
    (error) => error instanceof SyscallError && error.errno === Errno.ENOENT,
  );
});
