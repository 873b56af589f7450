import assert from "node:assert/strict";
import {
  continuationReport,
  encodeContinuation,
  type EncodedContinuation,
  sendContinuation,
} from "./call_continuation.ts";
import { type CallReport, encodeProgram, reachedCall, REPORT_SIZE } from "./call_program.ts";
import { socketPair } from "./descriptor_passing.ts";
import { Errno } from "./error.ts";
import { close, pipe, read } from "./fd.ts";
import { waitFor } from "./process.ts";
import { spawn } from "./spawn.ts";
import type { SystemCall } from "./system_call.ts";

const SIGCHLD = 17;
const REPORT_FD = 3;
const SOCKET_FD = 4;
const FREE = 5;

type Architecture = typeof Deno.build.arch;

/** Executes programs of the other architecture, where it is installed. */
const EMULATOR = Deno.build.arch === "x86_64" ? "qemu-aarch64" : "qemu-x86_64";
const emulator = ["/usr/bin", "/usr/local/bin"].map((folder) => `${folder}/${EMULATOR}`).find(
  exists,
);

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** Runs a program that waits, and gives what it and its continuation report. */
function run(
  send: (socket: number) => EncodedContinuation | undefined,
  arch: Architecture = Deno.build.arch,
): CallReport[] {
  const child = [reachedCall(REPORT_FD)];
  const fork: SystemCall = { name: "clone", args: [SIGCHLD] };
  const continuation = { socket: SOCKET_FD, free: FREE };
  const { bytes, readReport } = encodeProgram(
    { before: [], fork, child, continuation },
    REPORT_FD,
    arch,
  );
  const executable = Deno.makeTempFileSync();
  Deno.writeFileSync(executable, bytes);
  Deno.chmodSync(executable, 0o755);
  const isOwn = arch === Deno.build.arch;
  const report = pipe();
  const [ours, theirs] = socketPair();
  const pid = spawn({
    path: isOwn ? executable : emulator!,
    args: isOwn ? ["test"] : [EMULATOR, executable],
    env: {},
    fds: { [REPORT_FD]: report.write, [SOCKET_FD]: theirs },
  });
  [report.write, theirs].forEach(close);
  const sent = send(ours);
  close(ours);
  const reports: CallReport[] = [];
  const buffer = new Uint8Array(REPORT_SIZE);
  while (read(report.read, buffer) === REPORT_SIZE) {
    reports.push(readReport(new DataView(buffer.buffer), sent));
  }
  close(report.read);
  waitFor(pid);
  Deno.removeSync(executable);
  return reports;
}

/** What was written to a pipe, which is closed. */
function textOf(output: ReturnType<typeof pipe>): string {
  close(output.write);
  const buffer = new Uint8Array(64);
  const length = read(output.read, buffer);
  close(output.read);
  return new TextDecoder().decode(buffer.subarray(0, length));
}

function kinds(reports: readonly CallReport[]): string[] {
  return reports.map(({ kind }) => kind).sort();
}

for (const arch of ["x86_64", "aarch64"] as const) {
  const ignore = arch !== Deno.build.arch && emulator === undefined;

  Deno.test({
    name: `sendContinuation() has a program go on, with the descriptors it is sent (${arch})`,
    ignore,
    fn: () => {
      const output = pipe();
      const reports = run((socket) => {
        const calls: SystemCall[] = [
          // The file its calls came in was the first one.
          { name: "dup3", args: [FREE + 1, 1, 0] },
          { name: "execve", args: ["/bin/sh", ["sh", "-c", "echo $A"], ["A=gone on"]] },
        ];
        const encoded = encodeContinuation(calls, arch);
        sendContinuation(socket, encoded, [output.write]);
        return encoded;
      }, arch);
      assert.equal(textOf(output), "gone on\n");
      assert.deepEqual(kinds(reports), ["forked", "reached"]);
    },
  });
}

Deno.test("sendContinuation() has as many arguments pass as execve takes", () => {
  const output = pipe();
  const args = Array.from({ length: 5_000 }, () => "x".repeat(100));
  run((socket) => {
    const encoded = encodeContinuation([
      { name: "dup3", args: [FREE + 1, 1, 0] },
      { name: "execve", args: ["/bin/sh", ["sh", "-c", "echo $#", "sh", ...args], []] },
    ]);
    sendContinuation(socket, encoded, [output.write]);
    return encoded;
  });
  assert.equal(textOf(output), "5000\n");
});

Deno.test("a continuation says which call failed", () => {
  const failing: SystemCall = { name: "execve", args: ["/dev/null/nosuch", ["nosuch"], []] };
  const reports = run((socket) => {
    const encoded = encodeContinuation([{ name: "umask", args: [0] }, failing]);
    sendContinuation(socket, encoded, []);
    return encoded;
  });
  const failed = reports.find(({ kind }) => kind === "failed");
  assert.deepEqual(failed, { kind: "failed", call: failing, errno: Errno.ENOTDIR });
});

Deno.test("continuationReport() says the same in the program's stead", () => {
  const failing: SystemCall = { name: "execve", args: ["/nosuch", ["nosuch"], []] };
  const continuation = encodeContinuation([{ name: "umask", args: [0] }, failing]);
  const { readReport } = encodeProgram(
    { before: [], fork: { name: "clone", args: [SIGCHLD] }, child: [] },
    REPORT_FD,
  );
  const report = new DataView(continuationReport(1, Errno.ENOENT).buffer);
  const expected = { kind: "failed", call: failing, errno: Errno.ENOENT };
  assert.deepEqual(readReport(report, continuation), expected);
});

Deno.test("a program whose socket is closed ends", () => {
  const reports = run(() => undefined);
  assert.deepEqual(kinds(reports), ["failed", "forked", "reached"]);
});
