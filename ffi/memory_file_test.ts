import assert from "node:assert/strict";
import { Errno, isErrno } from "./error.ts";
import { close, open, OpenFlag, write } from "./fd.ts";
import { createSealedExecutable, createUnnamedExecutable } from "./memory_file.ts";

Deno.test("createSealedExecutable() makes a file that can be executed and not changed", async () => {
  const script = new TextEncoder().encode('#!/bin/sh\necho "$1"\n');
  const fd = createSealedExecutable("tsd-test", script);
  const path = `/proc/${Deno.pid}/fd/${fd}`;
  try {
    assert.match(await Deno.readLink(path), /^\/memfd:tsd-test/);
    const { stdout } = await new Deno.Command(path, { args: ["works"] }).output();
    assert.equal(new TextDecoder().decode(stdout), "works\n");
    // Whoever opens it for writing cannot write.
    const writable = open(path, OpenFlag.WRONLY);
    assert.throws(() => write(writable, script), (error) => isErrno(error, Errno.EPERM));
    close(writable);
  } finally {
    close(fd);
  }
});

Deno.test("createUnnamedExecutable() makes a file that is executed by descriptor only", async () => {
  const folder = await Deno.makeTempDir({ dir: "/var/tmp" });
  const missing = `${folder}/missing`;
  const fd = createUnnamedExecutable(await Deno.readFile("/bin/true"), [missing, folder]);
  const path = `/proc/${Deno.pid}/fd/${fd}`;
  try {
    assert.ok((await new Deno.Command(path).output()).success);
    assert.deepEqual(await Array.fromAsync(Deno.readDir(folder)), []);
    assert.throws(() => createUnnamedExecutable(new Uint8Array(1), [missing]), {
      name: "SyscallError",
      message: /^open .*missing: no such file or directory$/,
    });
  } finally {
    close(fd);
    await Deno.remove(folder);
  }
});
