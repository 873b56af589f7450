import assert from "node:assert/strict";
import {
  epollAdd,
  epollCreate,
  EpollEvent,
  epollModify,
  epollRemove,
  epollWait,
  type ReadyDescriptor,
} from "./epoll.ts";
import { Errno } from "./error.ts";
import { close, pipe, read, writeAll } from "./fd.ts";

function ready(fd: number, events: number, registration = 0): ReadyDescriptor {
  return { fd, events, registration };
}

Deno.test("epollWait() tells of readable, writable and ended descriptors", async () => {
  const epoll = epollCreate();
  const [one, other] = [pipe(), pipe()];
  epollAdd(epoll, one.read, EpollEvent.IN);
  epollAdd(epoll, other.write, EpollEvent.OUT);
  assert.deepEqual(await epollWait(epoll, 8), [ready(other.write, EpollEvent.OUT)]);
  epollModify(epoll, other.write, 0);
  writeAll(one.write, new Uint8Array(1));
  assert.deepEqual(await epollWait(epoll, 8), [ready(one.read, EpollEvent.IN)]);
  assert.equal(read(one.read, new Uint8Array(8)), 1);
  close(one.write);
  assert.deepEqual(await epollWait(epoll, 8), [ready(one.read, EpollEvent.HUP)]);
  epollRemove(epoll, one.read);
  // Nobody reads what it writes: told although nothing was asked for.
  close(other.read);
  assert.deepEqual(await epollWait(epoll, 8), [ready(other.write, EpollEvent.ERR)]);
  [epoll, one.read, other.write].forEach(close);
});

Deno.test("epollWait() tells of which registration a descriptor is", async () => {
  const epoll = epollCreate();
  const ends = pipe();
  const most = 2 ** 32 - 1;
  epollAdd(epoll, ends.write, EpollEvent.OUT, most);
  assert.deepEqual(await epollWait(epoll, 8), [ready(ends.write, EpollEvent.OUT, most)]);
  epollModify(epoll, ends.write, EpollEvent.OUT, 7);
  assert.deepEqual(await epollWait(epoll, 8), [ready(ends.write, EpollEvent.OUT, 7)]);
  [epoll, ends.read, ends.write].forEach(close);
});

Deno.test("epollWait() lets the event loop go on while it waits", async () => {
  const epoll = epollCreate();
  const ends = pipe();
  epollAdd(epoll, ends.read, EpollEvent.IN);
  const waited = epollWait(epoll, 1);
  let turned = false;
  setTimeout(() => {
    turned = true;
    writeAll(ends.write, new Uint8Array(1));
  });
  assert.deepEqual(await waited, [ready(ends.read, EpollEvent.IN)]);
  assert(turned);
  [epoll, ends.read, ends.write].forEach(close);
});

Deno.test("epollWait() tells of each of many, at most as many as asked for", async () => {
  const epoll = epollCreate();
  const pipes = Array.from({ length: 20 }, pipe);
  for (const { read, write } of pipes) {
    epollAdd(epoll, read, EpollEvent.IN);
    writeAll(write, new Uint8Array(1));
  }
  const all = await epollWait(epoll, 64);
  assert.deepEqual(
    all.map(({ fd }) => fd).toSorted((a, b) => a - b),
    pipes.map(({ read }) => read).toSorted((a, b) => a - b),
  );
  assert(all.every(({ events }) => events === EpollEvent.IN));
  assert.equal((await epollWait(epoll, 3)).length, 3);
  pipes.forEach(({ read, write }) => [read, write].forEach(close));
  close(epoll);
});

Deno.test("epollAdd(), epollModify(), epollRemove() and epollWait() say why they failed", async () => {
  const epoll = epollCreate();
  const ends = pipe();
  epollAdd(epoll, ends.read, EpollEvent.IN);
  const cases: [call: () => void, message: string][] = [
    [() => epollAdd(epoll, ends.read, EpollEvent.IN), `epoll_ctl add ${ends.read}: file exists`],
    [
      () => epollModify(epoll, ends.write, EpollEvent.OUT),
      `epoll_ctl modify ${ends.write}: no such file or directory`,
    ],
    [
      () => epollRemove(epoll, ends.write),
      `epoll_ctl remove ${ends.write}: no such file or directory`,
    ],
    [() => epollAdd(epoll, 1_000_000, EpollEvent.IN), "epoll_ctl add 1000000: bad file descriptor"],
  ];
  for (const [call, message] of cases) assert.throws(call, { name: "SyscallError", message });
  await assert.rejects(epollWait(ends.read, 1), { syscall: "epoll_wait", errno: Errno.EINVAL });
  [epoll, ends.read, ends.write].forEach(close);
});
