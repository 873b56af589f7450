import assert from "node:assert/strict";
import { close, open, OpenFlag } from "../../../ffi/fd.ts";
import { fileSystemType } from "../../../ffi/file_system.ts";
import { InodeFlag, inodeFlags } from "../../../ffi/inode_flags.ts";
import { spreadApart } from "./spread_apart.ts";

// linux/magic.h
const EXT4_SUPER_MAGIC = 0xef53;

Deno.test("spreadApart() tells ext4 so, and leaves the other flags", async () => {
  const folder = await Deno.makeTempDir({ dir: "/var/tmp" });
  const fd = open(folder, OpenFlag.RDONLY | OpenFlag.DIRECTORY);
  try {
    if (fileSystemType(fd) !== EXT4_SUPER_MAGIC) return spreadApart(folder);
    const before = inodeFlags(fd);
    assert.equal(before & InodeFlag.TOPDIR, 0);
    spreadApart(folder);
    spreadApart(folder);
    assert.equal(inodeFlags(fd), before | InodeFlag.TOPDIR);
  } finally {
    close(fd);
    await Deno.remove(folder);
  }
});

Deno.test("spreadApart() does without where a file system knows of no such thing", () => {
  spreadApart("/proc/self");
  spreadApart("/dev/shm");
});

Deno.test("spreadApart() reports a folder that is not there", () => {
  assert.throws(() => spreadApart("/proc/self/none"), { name: "SyscallError" });
});
