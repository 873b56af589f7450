/**
 * Tracing a process, as gdb and strace do, which are not on every machine.
 *
 * @module
 */

import {
  close,
  createSealedExecutable,
  encodeProgram,
  pipe,
  reachedCall,
  read,
  REPORT_SIZE,
  spawn,
  type SystemCall,
  waitFor,
  writeAll,
} from "../../ffi/mod.ts";

const REPORT = 3;
const GO = 4;
// linux/ptrace.h; attaches without stopping, and lets go with the tracer's end.
const PTRACE_SEIZE = 0x4206;
// ptrace(2), wait4(2) of asm/unistd_64.h and asm-generic/unistd.h
const PTRACE = Deno.build.arch === "x86_64" ? "#101" : "#117";
const WAIT4 = Deno.build.arch === "x86_64" ? "#61" : "#260";

/** A tracer that does not look at what it traces. */
export interface Tracer {
  /** Has it wait for the process, which has ended; it stays. */
  look(): void;
  /** Ends it, which lets the process go. */
  end(): void;
}

/**
 * Traces a process.
 *
 * @param pid The process.
 * @returns Its tracer, a child of this process; it has attached.
 */
export function trace(pid: number): Tracer {
  const [report, go] = [pipe(), pipe()];
  const pause: SystemCall = { name: "read", args: [GO, new Uint8Array(8), 1] };
  const { bytes, readReport } = encodeProgram({
    before: [
      { name: PTRACE, args: [PTRACE_SEIZE, pid, 0, 0], purpose: "attaching" },
      reachedCall(REPORT),
      pause,
      { name: WAIT4, args: [pid, 0, 0, 0], mayFail: true },
      reachedCall(REPORT),
      pause,
    ],
    fork: { name: "exit_group", args: [0] },
    child: [],
  }, REPORT);
  const executable = createSealedExecutable("tracer", bytes);
  const tracer = spawn({
    path: `/proc/self/fd/${executable}`,
    args: ["tracer"],
    env: {},
    fds: { [REPORT]: report.write, [GO]: go.read },
  });
  [executable, report.write, go.read].forEach(close);
  const reached = () => {
    const buffer = new Uint8Array(REPORT_SIZE);
    if (read(report.read, buffer) !== REPORT_SIZE) throw new Error("the tracer has ended");
    const said = readReport(new DataView(buffer.buffer));
    if (said.kind !== "reached") throw new Error(`Cannot trace ${pid}: ${JSON.stringify(said)}`);
  };
  reached();
  return {
    look: () => {
      writeAll(go.write, new Uint8Array(1));
      reached();
    },
    end: () => {
      // Where it waits for the process, it does not wait long: that one is dead.
      close(go.write);
      waitFor(tracer);
      close(report.read);
    },
  };
}
