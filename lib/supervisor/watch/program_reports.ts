/**
 * Following what a program of system calls reports.
 *
 * @module
 */

import { type CallReport, read, REPORT_SIZE } from "../../../ffi/mod.ts";
import type { LaunchedProgram } from "../../runtime/init/program_launch.ts";
import type { EventLoop } from "./event_loop.ts";

const REPORTS_AT_ONCE = 8;

/**
 * Follows the reports until the pipe is closed: by the command's execve, or by the end of all that
 * might get to it.
 *
 * @param loop Tells when something comes; the descriptor is watched until then.
 * @param launched The process.
 * @param handle Takes a report; what it throws ends this.
 */
export function followReports(
  loop: EventLoop,
  { readReport, report }: Pick<LaunchedProgram, "readReport" | "report">,
  handle: (report: CallReport) => void,
): Promise<void> {
  const buffer = new Uint8Array(REPORT_SIZE * REPORTS_AT_ONCE);
  const readToEnd = (): boolean => {
    for (let count; (count = read(report, buffer)) !== undefined;) {
      if (count === 0) return true;
      // Each is written at once, and so comes in one piece (pipe(7)).
      for (let at = 0; at < count; at += REPORT_SIZE) {
        handle(readReport(new DataView(buffer.buffer, at, REPORT_SIZE)));
      }
    }
    return false;
  };
  return new Promise((resolve, reject) => {
    const turn = () => {
      try {
        if (!readToEnd()) return;
        resolve();
      } catch (error) {
        reject(error);
      }
      loop.unwatch(report);
    };
    loop.watch(report, { readable: turn });
  });
}
