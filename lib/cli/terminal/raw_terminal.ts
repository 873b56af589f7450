/**
 * The user's terminal while it belongs to a container.
 *
 * @module
 */

import {
  rawSettings,
  setTerminalSettings,
  terminalSettings,
  terminalSize,
} from "../../../ffi/mod.ts";

const STDIN = 0;

/**
 * Lets every key reach the container: `^C` and its like are bytes and no signals from now on.
 *
 * @returns Puts the terminal back as it was; also called when the process ends in another way than
 * by SIGKILL.
 */
export function enterRawMode(): Disposable {
  const before = terminalSettings(STDIN);
  setTerminalSettings(STDIN, rawSettings(before));
  const restore = () => setTerminalSettings(STDIN, before);
  globalThis.addEventListener("unload", restore);
  return {
    [Symbol.dispose]: () => {
      globalThis.removeEventListener("unload", restore);
      restore();
    },
  };
}

/**
 * Measures the user's terminal.
 *
 * @returns Its size in characters.
 */
export function currentTerminalSize(): { rows: number; columns: number } {
  return terminalSize(STDIN);
}
