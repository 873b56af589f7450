/**
 * Following what a process that joins a container reports.
 *
 * @module
 */

import { read } from "../../ffi/mod.ts";
import type { ExecReport } from "../runtime/exec_messages.ts";
import { parseMessages } from "../runtime/messages.ts";
import type { EventLoop } from "../supervisor/event_loop.ts";

const BUFFER_SIZE = 4096;

/**
 * Follows the reports until the pipe is closed: by the process's execve, or its end.
 *
 * @param loop Tells when something comes; the descriptor is watched until then.
 * @param fd Our end of the pipe, non-blocking.
 * @param handle Takes a report; what it throws ends this.
 */
export function followReports(
  loop: EventLoop,
  fd: number,
  handle: (report: ExecReport) => void,
): Promise<void> {
  const buffer = new Uint8Array(BUFFER_SIZE);
  const decoder = new TextDecoder();
  let text = "";
  const readToEnd = (): boolean => {
    for (let count; (count = read(fd, buffer)) !== undefined;) {
      if (count === 0) return true;
      text += decoder.decode(buffer.subarray(0, count), { stream: true });
      const { messages, rest } = parseMessages<ExecReport>(text);
      text = rest;
      messages.forEach(handle);
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
      loop.unwatch(fd);
    };
    loop.watch(fd, { readable: turn });
  });
}
