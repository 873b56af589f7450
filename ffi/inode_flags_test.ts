import assert from "node:assert/strict";
import { close, open, OpenFlag } from "./fd.ts";
import { InodeFlag, inodeFlags, setInodeFlags } from "./inode_flags.ts";

// asm-generic/errno.h
const ENOTTY = 25;

Deno.test("inodeFlags(), setInodeFlags() report file systems that have none", () => {
  const fd = open("/proc/self", OpenFlag.RDONLY | OpenFlag.DIRECTORY);
  try {
    assert.throws(() => inodeFlags(fd), { name: "SyscallError", errno: ENOTTY });
    assert.throws(() => setInodeFlags(fd, InodeFlag.TOPDIR), { errno: ENOTTY });
  } finally {
    close(fd);
  }
});
