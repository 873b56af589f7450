/**
 * The container's terminal.
 *
 * @module
 */

import {
  attachMount,
  cloneOpenMount,
  close,
  closing,
  dup2,
  openPseudoTerminal,
  type PseudoTerminal,
  setControllingTerminal,
  setTerminalSize,
} from "../../../ffi/mod.ts";
import { openInContainer } from "./container_path.ts";
import { createConsoleFile } from "./devices.ts";
import type { SpecProcess } from "../spec/spec.ts";

/**
 * Creates the container's terminal in its own devpts instance and mounts it on `/dev/console`, so
 * that its path means the same inside as the kernel says it is.
 *
 * @param process The process's configuration.
 * @returns The terminal.
 * @throws {SyscallError} The kernel refused.
 */
export function createConsole(process: SpecProcess): PseudoTerminal {
  const terminal = openPseudoTerminal("/dev/pts/ptmx");
  try {
    mountConsole(terminal, process);
    return terminal;
  } catch (error) {
    [terminal.master, terminal.slave].forEach(close);
    throw error;
  }
}

function mountConsole(terminal: PseudoTerminal, process: SpecProcess): void {
  const { height = 0, width = 0 } = process.consoleSize ?? {};
  if (height > 0 && width > 0) {
    setTerminalSize(terminal.master, { rows: height, columns: width });
  }
  createConsoleFile();
  closing(openInContainer("/dev/console", { noSymlinks: true }), (target) => {
    // By descriptor: whatever lies at its path may have been put there (CVE-2025-52565).
    closing(cloneOpenMount(terminal.slave, false), (source) => {
      attachMount(source, target, "/dev/console");
    });
  });
}

/**
 * Makes the terminal the process's standard streams and its session's controlling terminal.
 *
 * @param terminal The terminal; its master side is closed.
 * @throws {SyscallError} The kernel refused.
 */
export function useConsole(terminal: PseudoTerminal): void {
  for (const fd of [0, 1, 2]) dup2(terminal.slave, fd);
  setControllingTerminal(0);
  close(terminal.slave);
  close(terminal.master);
}
