import assert from "node:assert/strict";
import { close, epollAdd, epollCreate, EpollEvent, epollWait } from "../../ffi/mod.ts";
import { kill, pidfdOpen, reap, spawn } from "../../ffi/mod.ts";
import { currentBootId, identifyProcess, isAlive, readProcessStat } from "./identity.ts";

// Beyond the largest pid there can be.
const NO_PID = 0x7fffffff;

Deno.test("readProcessStat() reads what the kernel says of this process", () => {
  const stat = readProcessStat(Deno.pid)!;
  assert.match(stat.state, /^[RS]$/);
  const up = Number(Deno.readTextFileSync("/proc/uptime").split(" ")[0]) * 100;
  assert(stat.start > 0 && stat.start <= up);
  assert.equal(readProcessStat(NO_PID), undefined);
});

Deno.test("readProcessStat() is not misled by a process's name", async () => {
  const folder = await Deno.makeTempDir();
  for (const name of ["a) R 1 (b", "x) Z 1 1 (", ") (", "sp ace\n"]) {
    const path = `${folder}/${name}`;
    await Deno.copyFile("/bin/sleep", path);
    const pid = spawn({ path, args: ["sleep", "60"], env: {}, fds: {} });
    const stat = readProcessStat(pid)!;
    const fields = (await Deno.readTextFile(`/proc/${pid}/stat`)).split(") ").at(-1)!.split(" ");
    assert.match(stat.state, /^[RSD]$/);
    assert.equal(stat.start, Number(fields[19]));
    kill(pid, 9);
    while (reap(pid) === undefined);
  }
  await Deno.remove(folder, { recursive: true });
});

Deno.test("isAlive() tells a process from a zombie and from one that is gone", async () => {
  const pid = spawn({ path: "/bin/sleep", args: ["sleep", "60"], env: {}, fds: {} });
  const identity = identifyProcess(pid)!;
  assert.deepEqual(identity, {
    pid,
    start: readProcessStat(pid)!.start,
    bootId: currentBootId(),
  });
  assert.equal(isAlive(identity), true);
  const pidfd = pidfdOpen(pid);
  const epoll = epollCreate();
  epollAdd(epoll, pidfd, EpollEvent.IN);
  kill(pid, 9);
  await epollWait(epoll, 1);
  assert.equal(readProcessStat(pid)?.state, "Z");
  assert.equal(readProcessStat(pid)?.exitStatus, 9);
  assert.equal(isAlive(identity), false);
  reap(pid);
  assert.equal(isAlive(identity), false);
  assert.equal(identifyProcess(pid), undefined);
  [pidfd, epoll].forEach(close);
});

Deno.test("isAlive() tells a process from another that got its pid later, or in another boot", () => {
  const identity = identifyProcess(Deno.pid)!;
  assert.equal(isAlive(identity), true);
  assert.equal(isAlive({ ...identity, start: identity.start - 1 }), false);
  assert.equal(isAlive({ ...identity, bootId: crypto.randomUUID() }), false);
  assert.equal(isAlive({ ...identity, pid: NO_PID }), false);
});
