import assert from "node:assert/strict";
import { runAlone } from "../tests/harness/run_alone.ts";
import { Errno } from "./error.ts";
import type * as Fd from "./fd.ts";
import {
  close,
  dup2,
  duplicateAbove,
  mkfifo,
  open,
  OpenFlag,
  pipe,
  read,
  setCloseOnExec,
  setNonBlocking,
  setPipeCapacity,
  write,
  writeAll,
} from "./fd.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

/** The flags of an open descriptor as the kernel shows them (proc_pid_fdinfo(5)). */
function flagsOf(fd: number): number {
  const text = Deno.readTextFileSync(`/proc/self/fdinfo/${fd}`);
  return Number.parseInt(/^flags:\s+(\d+)$/m.exec(text)![1]!, 8);
}

function readText(fd: number): string | undefined {
  const buffer = new Uint8Array(1000);
  const count = read(fd, buffer);
  return count === undefined ? undefined : new TextDecoder().decode(buffer.subarray(0, count));
}

Deno.test("open() creates a file with its mode, closed on exec", () => {
  const folder = Deno.makeTempDirSync();
  try {
    const path = `${folder}/café`;
    const fd = open(path, OpenFlag.RDWR | OpenFlag.CREAT | OpenFlag.EXCL, 0o640);
    assert.equal(Deno.statSync(path).mode! & 0o7777, 0o640);
    assert.equal(flagsOf(fd) & OpenFlag.CLOEXEC, OpenFlag.CLOEXEC);
    close(fd);
    assert.throws(() => open(path, OpenFlag.RDWR | OpenFlag.CREAT | OpenFlag.EXCL), {
      name: "SyscallError",
      message: `open ${path}: file exists`,
      errno: Errno.EEXIST,
      syscall: "open",
    });
    assert.throws(() => open(path, OpenFlag.DIRECTORY), { errno: Errno.ENOTDIR });
    Deno.symlinkSync(path, `${folder}/link`);
    assert.throws(() => open(`${folder}/link`, OpenFlag.NOFOLLOW), { errno: Errno.ELOOP });
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("open() refuses a path with NUL", () => {
  assert.throws(() => open("/etc\0/passwd", OpenFlag.RDONLY), TypeError);
});

Deno.test("pipe() carries bytes and ends when its writing end is closed", () => {
  const ends = pipe();
  assert.equal(write(ends.write, bytes("hello")), 5);
  assert.equal(readText(ends.read), "hello");
  close(ends.write);
  assert.equal(readText(ends.read), "");
  close(ends.read);
});

Deno.test("write() fails with EPIPE when nobody reads", async () => {
  // Alone: a process that another test is starting holds every descriptor for a moment.
  const error = await runAlone(({ close, pipe, write }: typeof Fd) => {
    const ends = pipe();
    close(ends.read);
    try {
      write(ends.write, new Uint8Array(1));
    } catch (error) {
      return (error as Error).message.replace(`${ends.write}`, "N");
    }
  }, { module: new URL("./fd.ts", import.meta.url).href });
  assert.equal(error, "write descriptor N: broken pipe");
});

Deno.test("setNonBlocking() makes read() and write() return undefined in place of waiting", () => {
  const ends = pipe();
  setNonBlocking(ends.read);
  setNonBlocking(ends.write);
  assert.equal(readText(ends.read), undefined);
  assert.equal(setPipeCapacity(ends.write, 4096), true);
  assert.equal(write(ends.write, new Uint8Array(10_000)), 4096);
  assert.equal(write(ends.write, new Uint8Array(1)), undefined);
  assert.throws(() => writeAll(ends.write, new Uint8Array(1)), { errno: Errno.EAGAIN });
  close(ends.read);
  close(ends.write);
});

Deno.test("setPipeCapacity() tells whether it was granted", () => {
  const ends = pipe();
  assert.equal(setPipeCapacity(ends.read, 1 << 20), true);
  assert.equal(setPipeCapacity(ends.read, 2 ** 31), false);
  close(ends.read);
  close(ends.write);
});

Deno.test("writeAll() writes empty and large buffers", () => {
  const path = Deno.makeTempFileSync();
  const fd = open(path, OpenFlag.WRONLY);
  writeAll(fd, new Uint8Array());
  writeAll(fd, new Uint8Array(3 << 20).fill(7));
  close(fd);
  assert.equal(Deno.statSync(path).size, 3 << 20);
  Deno.removeSync(path);
});

Deno.test("read() and write() fail on a descriptor that is not open", () => {
  const unused = 1_000_000;
  assert.throws(() => read(unused, new Uint8Array(1)), { errno: Errno.EBADF, syscall: "read" });
  assert.throws(() => write(unused, new Uint8Array(1)), { errno: Errno.EBADF, syscall: "write" });
  close(unused);
});

Deno.test("duplicateAbove() and dup2() name the same open file", () => {
  const ends = pipe();
  const high = duplicateAbove(ends.write, 500);
  assert(high >= 500);
  assert.equal(flagsOf(high) & OpenFlag.CLOEXEC, OpenFlag.CLOEXEC);
  const other = pipe();
  dup2(high, other.write);
  assert.equal(flagsOf(other.write) & OpenFlag.CLOEXEC, 0);
  write(other.write, bytes("there"));
  assert.equal(readText(ends.read), "there");
  assert.throws(() => dup2(1_000_000, 1_000_001), { errno: Errno.EBADF });
  [ends.read, ends.write, high, other.read, other.write].forEach(close);
});

Deno.test("setCloseOnExec() switches it off and on", () => {
  const ends = pipe();
  setCloseOnExec(ends.read, false);
  assert.equal(flagsOf(ends.read) & OpenFlag.CLOEXEC, 0);
  setCloseOnExec(ends.read, true);
  assert.equal(flagsOf(ends.read) & OpenFlag.CLOEXEC, OpenFlag.CLOEXEC);
  close(ends.read);
  close(ends.write);
});

Deno.test("mkfifo() creates a FIFO that passes bytes on", () => {
  const folder = Deno.makeTempDirSync();
  const path = `${folder}/fifo`;
  mkfifo(path, 0o600);
  assert.equal(Deno.lstatSync(path).isFifo, true);
  assert.throws(() => mkfifo(path, 0o600), { errno: Errno.EEXIST });
  const both = open(path, OpenFlag.RDWR);
  const reader = open(path, OpenFlag.RDONLY | OpenFlag.NONBLOCK);
  writeAll(both, bytes("kept"));
  assert.equal(readText(reader), "kept");
  [both, reader].forEach(close);
  Deno.removeSync(folder, { recursive: true });
});
