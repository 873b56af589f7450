import assert from "node:assert/strict";
import { Errno } from "./error.ts";
import { close, open, OpenFlag } from "./fd.ts";
import { flock, FlockOperation, tryFlock } from "./flock.ts";

const { EXCLUSIVE, SHARED } = FlockOperation;

Deno.test("tryFlock() lets one exclusive or many shared holders have a file", () => {
  const path = Deno.makeTempFileSync();
  const [one, two, three] = [1, 2, 3].map(() => open(path, OpenFlag.RDWR));
  assert.equal(tryFlock(one!, SHARED), true);
  assert.equal(tryFlock(two!, SHARED), true);
  assert.equal(tryFlock(three!, EXCLUSIVE), false);
  close(one!);
  close(two!);
  assert.equal(tryFlock(three!, EXCLUSIVE), true);
  close(three!);
  assert.throws(() => tryFlock(1_000_000, EXCLUSIVE), { errno: Errno.EBADF, syscall: "flock" });
  Deno.removeSync(path);
});

Deno.test("flock() waits for the holder without holding up the event loop", async () => {
  const path = await Deno.makeTempFile();
  const [one, two] = [1, 2].map(() => open(path, OpenFlag.RDWR));
  await flock(one!, EXCLUSIVE);
  let released = false;
  setTimeout(() => {
    released = true;
    close(one!);
  });
  await flock(two!, EXCLUSIVE);
  assert(released);
  close(two!);
  await Deno.remove(path);
});
