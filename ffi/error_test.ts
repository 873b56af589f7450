import assert from "node:assert/strict";
import { open, OpenFlag } from "./fd.ts";
import { check, Errno, errnoText, isErrno, SyscallError } from "./error.ts";

Deno.test("errnoText() has words for every number of Errno, as the C library does", async () => {
  const numbers = Object.values(Errno);
  const { stdout, success } = await new Deno.Command("perl", {
    args: ["-e", '$! = $_, print "$!\\n" for @ARGV', ...numbers.map(String)],
    env: { LC_ALL: "C" },
  }).output();
  assert(success);
  const texts = new TextDecoder().decode(stdout).trim().split("\n");
  assert.deepEqual(numbers.map(errnoText), texts.map((text) => text.toLowerCase()));
  assert.equal(errnoText(133), "errno 133");
});

Deno.test("check() passes a result on and turns -1 into the error errno tells", () => {
  assert.equal(check(0, "call", "object"), 0);
  assert.equal(check(7, "call", "object"), 7);
  assert.throws(() => open("/does/not/exist", OpenFlag.RDONLY), (error) => {
    assert(error instanceof SyscallError);
    assert.equal(error.message, "open /does/not/exist: no such file or directory");
    return error.errno === Errno.ENOENT && error.syscall === "open";
  });
});

Deno.test("isErrno() tells errors apart", () => {
  const error = new SyscallError("open", "x", Errno.ENOENT);
  const cases: [error: unknown, numbers: number[], expected: boolean][] = [
    [error, [Errno.ENOENT], true],
    [error, [Errno.EIO, Errno.ENOENT], true],
    [error, [Errno.EIO], false],
    [error, [], false],
    [Object.assign(new Error(), { errno: Errno.ENOENT }), [Errno.ENOENT], false],
    [undefined, [Errno.ENOENT], false],
  ];
  for (const [thrown, numbers, expected] of cases) {
    assert.equal(isErrno(thrown, ...numbers), expected);
  }
});
