import assert from "node:assert/strict";
import { close, open, OpenFlag } from "./fd.ts";
import { FileSystemType, fileSystemType } from "./file_system.ts";

Deno.test("fileSystemType() tells the kernel's /proc from all else", () => {
  const typeOf = (path: string) => {
    const fd = open(path, OpenFlag.PATH);
    try {
      return fileSystemType(fd);
    } finally {
      close(fd);
    }
  };
  assert.equal(typeOf("/proc/self/status"), FileSystemType.PROC);
  assert.notEqual(typeOf("/"), FileSystemType.PROC);
  assert.throws(() => fileSystemType(123456), { name: "SyscallError" });
});
