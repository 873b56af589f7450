import assert from "node:assert/strict";
import { runAlone } from "../tests/harness/run_alone.ts";
import { Errno } from "./error.ts";
import { close, pipe, read, write } from "./fd.ts";
import { epollAdd, epollCreate, EpollEvent, epollWait } from "./epoll.ts";
import type * as Process from "./process.ts";
import {
  type ExitStatus,
  exitStatus,
  getpid,
  kill,
  pidfdExitStatus,
  pidfdGetfd,
  pidfdOpen,
  pidfdSendSignal,
  reap,
} from "./process.ts";
import { Signal } from "./signals.ts";
import { spawn } from "./spawn.ts";

const MODULE = new URL("./process.ts", import.meta.url).href;

/** Starts a shell script with a pipe as its standard input. */
function start(script: string): { pid: number; input: number } {
  const input = pipe();
  const args = ["sh", "-c", script];
  const pid = spawn({ path: "/bin/sh", args, env: {}, fds: { 0: input.read } });
  close(input.read);
  return { pid, input: input.write };
}

/** Waits until a process has ended, without taking its status. */
async function ended(pidfd: number): Promise<void> {
  const epoll = epollCreate();
  epollAdd(epoll, pidfd, EpollEvent.IN);
  await epollWait(epoll, 1);
  close(epoll);
}

const STATUS: [word: number, status: ExitStatus][] = [
  [0x0000, { kind: "exited", code: 0 }],
  [0x0100, { kind: "exited", code: 1 }],
  [0xff00, { kind: "exited", code: 255 }],
  [0x0009, { kind: "signaled", signal: 9 }],
  // With the bit that says that a core was dumped.
  [0x008b, { kind: "signaled", signal: 11 }],
  [0x0040, { kind: "signaled", signal: 64 }],
];

Deno.test("exitStatus() takes a status word apart", () => {
  for (const [word, status] of STATUS) assert.deepEqual(exitStatus(word), status);
});

Deno.test("getpid() agrees with the runtime", () => {
  assert.equal(getpid(), Deno.pid);
});

Deno.test("reap() gives nothing while a child runs, then its status, once", async () => {
  const { input, pid } = start("read line; exit 42");
  assert.equal(reap(pid), undefined);
  const pidfd = pidfdOpen(pid);
  close(input);
  await ended(pidfd);
  assert.deepEqual(reap(pid), { kind: "exited", code: 42 });
  assert.throws(() => reap(pid), { message: `waitpid ${pid}: no child processes` });
  close(pidfd);
});

for (const name of ["pidfdSendSignal", "kill"]) {
  Deno.test(`${name}() signals a child`, async () => {
    const { input, pid } = start("read line");
    const pidfd = pidfdOpen(pid);
    const send = (signal: number) =>
      name === "kill" ? kill(pid, signal) : pidfdSendSignal(pidfd, signal);
    send(0);
    send(Signal.SIGKILL);
    await ended(pidfd);
    assert.deepEqual(reap(pid), { kind: "signaled", signal: Signal.SIGKILL });
    assert.throws(() => send(0), { errno: Errno.ESRCH });
    [input, pidfd].forEach(close);
  });
}

Deno.test("pidfdOpen() fails for a pid without a process", () => {
  assert.throws(() => pidfdOpen(0x3fffff), { errno: Errno.ESRCH, syscall: "pidfd_open" });
});

Deno.test("pidfdGetfd() duplicates another process's descriptor", () => {
  const data = pipe();
  const pid = spawn({
    path: "/bin/sleep",
    args: ["sleep", "60"],
    env: {},
    fds: { 0: data.read },
  });
  close(data.read);
  const pidfd = pidfdOpen(pid);
  const taken = pidfdGetfd(pidfd, 0);
  write(data.write, new TextEncoder().encode("for the child"));
  const buffer = new Uint8Array(100);
  assert.equal(new TextDecoder().decode(buffer.subarray(0, read(taken, buffer))), "for the child");
  assert.throws(() => pidfdGetfd(pidfd, 999), { errno: Errno.EBADF });
  kill(pid, Signal.SIGKILL);
  while (reap(pid) === undefined);
  [data.write, pidfd, taken].forEach(close);
});

Deno.test("pidfdExitStatus() knows nothing before a child was waited for", async () => {
  const { input, pid } = start("exit 7");
  const pidfd = pidfdOpen(pid);
  await ended(pidfd);
  assert.equal(pidfdExitStatus(pidfd), undefined);
  while (reap(pid) === undefined);
  const status = pidfdExitStatus(pidfd);
  // Linux before 6.15 never says.
  if (status !== undefined) assert.deepEqual(status, { kind: "exited", code: 7 });
  [input, pidfd].forEach(close);
});

Deno.test("execve() becomes another program with its arguments and environment", async () => {
  const result = await runAlone(({ execve }: typeof Process) => {
    execve("/bin/sh", ["sh", "-c", 'printf "\\"%s|%s|%s\\"" "$0" "$1" "$X"', "a", "b c"], ["X=ü"]);
  }, { module: MODULE });
  assert.equal(result, "a|b c|ü");
});

Deno.test("execve() says why it failed", async () => {
  const messages = await runAlone(({ execve }: typeof Process) => {
    const messageOf = (path: string) => {
      try {
        execve(path, [path], []);
      } catch (error) {
        return (error as Error).message;
      }
    };
    return ["/does/not/exist", "/etc", "/etc/passwd"].map(messageOf);
  }, { module: MODULE });
  assert.deepEqual(messages, [
    "execve /does/not/exist: no such file or directory",
    "execve /etc: permission denied",
    "execve /etc/passwd: permission denied",
  ]);
});

Deno.test("umask() sets the mask and gives the one before", async () => {
  const masks = await runAlone(({ umask }: typeof Process) => {
    umask(0o027);
    return [umask(0), umask(0o022)];
  }, { module: MODULE });
  assert.deepEqual(masks, [0o027, 0]);
});

Deno.test("setsid() starts a session, unless the process leads one", async () => {
  const { again, session } = await runAlone(({ setsid }: typeof Process) => {
    const attempt = () => {
      try {
        setsid();
      } catch (error) {
        return (error as Error).message;
      }
    };
    const first = attempt();
    const session = Deno.readTextFileSync("/proc/self/stat").split(") ")[1]!.split(" ")[3];
    return { first, again: attempt(), session: Number(session) === Deno.pid };
  }, { module: MODULE, command: ["env"] });
  assert.equal(session, true);
  assert.equal(again, "setsid : operation not permitted");
});
