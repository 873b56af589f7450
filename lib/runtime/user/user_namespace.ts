/**
 * User namespaces: making one that nobody is in, mapping its users, and becoming its root.
 *
 * @module
 */

import {
  type CallReport,
  CloneFlag,
  close,
  createSealedExecutable,
  encodeProgram,
  errnoText,
  makeSystemCall,
  pipe,
  reachedCall,
  read,
  REPORT_SIZE,
  spawn,
  type SystemCall,
  waitFor,
} from "../../../ffi/mod.ts";
import { EngineError } from "../../errors.ts";
import { openChild, type ProcessHandle } from "../../process/mod.ts";
import type { UserNamespace } from "./id_mappings.ts";
import type { SpecIdMapping } from "../spec/spec.ts";

// Where the program reports, and where it waits for its parent.
const HolderFd = { REPORT: 3, GO: 4 } as const;
const NAME = "tsd-start";

/**
 * Makes a user namespace that nobody is in.
 *
 * @param user Whom its users are.
 * @returns A descriptor of it; it goes with the last one.
 * @throws {EngineError} `unavailable`: the kernel gives no user namespace.
 * @throws {SyscallError} No process can be started.
 */
export function openUserNamespace(user: UserNamespace): number {
  const report = pipe();
  const go = pipe();
  const before: SystemCall[] = [
    { name: "unshare", args: [CloneFlag.NEWUSER] },
    reachedCall(HolderFd.REPORT),
    { name: "read", args: [HolderFd.GO, new Uint8Array(8), 1] },
  ];
  // It ends where others go on in two.
  const program = { before, fork: { name: "exit_group", args: [0] } as const, child: [] };
  const { bytes, readReport } = encodeProgram(program, HolderFd.REPORT);
  const executable = createSealedExecutable(NAME, bytes);
  let holder: number | undefined;
  try {
    holder = spawn({
      path: `/proc/self/fd/${executable}`,
      args: [NAME],
      env: {},
      fds: { [HolderFd.REPORT]: report.write, [HolderFd.GO]: go.read },
    });
    const first = takeReport(report.read, readReport);
    if (first?.kind !== "reached") throw startError(first);
    using process = openChild(holder);
    writeMappings(process, user);
    return process.open("ns/user");
  } finally {
    // It finds the pipe closed, and ends.
    [executable, report.read, report.write, go.read, go.write].forEach(close);
    if (holder !== undefined) waitFor(holder);
  }
}

/** Reads what a program reports. */
export type ReportReader = (report: DataView) => CallReport;

/**
 * Waits for what a program reports next.
 *
 * @param fd Our end of its pipe.
 * @param readReport Reads a report.
 * @returns The report; nothing at the end.
 */
export function takeReport(fd: number, readReport: ReportReader): CallReport | undefined {
  const buffer = new Uint8Array(REPORT_SIZE);
  return read(fd, buffer) === REPORT_SIZE ? readReport(new DataView(buffer.buffer)) : undefined;
}

/**
 * Says why a program has come to its end too early.
 *
 * @param report What it has reported, if anything.
 * @returns The error.
 */
export function startError(report: CallReport | undefined): EngineError {
  if (report?.kind !== "failed") {
    return new EngineError("the process that enters the user namespace was killed", {
      kind: "system",
    });
  }
  const { call, errno } = report;
  if (call.name === "unshare") {
    return new EngineError(
      `the kernel gives no user namespace (${errnoText(errno)}): raise ` +
        `/proc/sys/user/max_user_namespaces, or run with --userns host`,
      { kind: "unavailable" },
    );
  }
  return new EngineError(`${call.purpose ?? call.name}: ${errnoText(errno)}`, { kind: "system" });
}

/**
 * Maps the users of a namespace, with one write each (user_namespaces(7)).
 *
 * @param process A process in it.
 * @param namespace Whom its users are.
 * @throws {ProcessGoneError} It has ended.
 */
export function writeMappings(
  process: ProcessHandle,
  { gidMappings, uidMappings }: UserNamespace,
): void {
  const text = (mappings: readonly SpecIdMapping[]) =>
    mappings.map(({ containerID, hostID, size }) => `${containerID} ${hostID} ${size}\n`).join("");
  process.writeText("gid_map", text(gidMappings));
  process.writeText("uid_map", text(uidMappings));
}

/**
 * Makes the calling thread the root of its user namespace, whose capabilities it has already.
 *
 * @throws {SyscallError} The kernel refused.
 */
export function becomeNamespaceRoot(): void {
  // By system call: libc's functions would have the other threads follow.
  makeSystemCall({ name: "setgroups", args: [0, new Uint32Array(1)] });
  makeSystemCall({ name: "setresgid", args: [0, 0, 0] });
  makeSystemCall({ name: "setresuid", args: [0, 0, 0] });
}
