import assert from "node:assert/strict";
import { WriteBack } from "./write_back.ts";

const SHARE = 32 * 1024 * 1024;

Deno.test("WriteBack writes share by share, one at a time, and the rest in the end", async () => {
  const calls: PromiseWithResolvers<void>[] = [];
  await using writeBack = new WriteBack("/var/tmp", () => {
    calls.push(Promise.withResolvers());
    return calls.at(-1)!.promise;
  });
  writeBack.add(SHARE - 1);
  assert.equal(calls.length, 0);
  writeBack.add(1);
  writeBack.add(SHARE);
  assert.equal(calls.length, 1);
  calls[0]!.resolve();
  await new Promise((resolve) => setTimeout(resolve));
  writeBack.add(1);
  assert.equal(calls.length, 2);
  const finishing = writeBack.finish();
  await new Promise((resolve) => setTimeout(resolve));
  assert.equal(calls.length, 2);
  calls[1]!.resolve();
  await new Promise((resolve) => setTimeout(resolve));
  assert.equal(calls.length, 3);
  calls[2]!.resolve();
  await finishing;
});

Deno.test("WriteBack.finish() reports what went wrong on the way", async () => {
  const failure = new Error("syncfs /var/tmp: the device reports an error");
  let calls = 0;
  await using writeBack = new WriteBack("/var/tmp", () => {
    return ++calls === 1 ? Promise.reject(failure) : Promise.resolve();
  });
  writeBack.add(SHARE);
  await assert.rejects(writeBack.finish(), failure);
});

Deno.test("WriteBack reaches the disk, and reports a folder that is not there", async () => {
  await using writeBack = new WriteBack("/var/tmp");
  writeBack.add(SHARE);
  await writeBack.finish();
  assert.throws(() => new WriteBack("/var/tmp/tsd-none"), { name: "SyscallError" });
});
