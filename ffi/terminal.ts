/**
 * Terminals (termios(3), pty(7)).
 *
 * @module
 */

import { libc } from "./_libc.ts";
import { check } from "./error.ts";
import { open, OpenFlag } from "./fd.ts";

// asm-generic/ioctls.h; _IOR and _IOW of 'T'.
const Ioctl = {
  TIOCSCTTY: 0x540en,
  TIOCGWINSZ: 0x5413n,
  TIOCSWINSZ: 0x5414n,
  TIOCGPTN: 0x80045430n,
  TIOCSPTLCK: 0x40045431n,
  TIOCGPTPEER: 0x5441n,
};
const TCSADRAIN = 1;
// glibc's struct termios has 60 bytes.
const TERMIOS_SIZE = 64;

// int ioctl(int fd, unsigned long request, void *argp);                                 ioctl(2)
const ioctl_ = libc("ioctl", { parameters: ["i32", "usize", "buffer"], result: "i32" });
// int ioctl(int fd, unsigned long request, long arg);                                   ioctl(2)
const ioctlValue_ = libc("ioctl", { parameters: ["i32", "usize", "isize"], result: "i32" });
// int tcgetattr(int fd, struct termios *termios_p);                                   termios(3)
const tcgetattr_ = libc("tcgetattr", { parameters: ["i32", "buffer"], result: "i32" });
// int tcsetattr(int fd, int optional_actions, const struct termios *termios_p);       termios(3)
const tcsetattr_ = libc("tcsetattr", { parameters: ["i32", "i32", "buffer"], result: "i32" });
// void cfmakeraw(struct termios *termios_p);                                          termios(3)
const cfmakeraw_ = libc("cfmakeraw", { parameters: ["buffer"], result: "void" });

/** The size of a terminal, in characters. */
export interface TerminalSize {
  /** Lines. */
  rows: number;
  /** Characters in a line. */
  columns: number;
}

/** A terminal's settings, only to be given back. */
export type TerminalSettings = Uint8Array<ArrayBuffer>;

/**
 * Reads a terminal's settings (tcgetattr(3)).
 *
 * @param fd A descriptor of the terminal.
 * @returns The settings.
 * @throws {SyscallError} The call failed.
 */
export function terminalSettings(fd: number): TerminalSettings {
  const settings = new Uint8Array(TERMIOS_SIZE);
  check(tcgetattr_(fd, settings), "tcgetattr", `descriptor ${fd}`);
  return settings;
}

/**
 * Puts a terminal's settings in place once what was written has been sent (tcsetattr(3)).
 *
 * @param fd A descriptor of the terminal.
 * @param settings What {@linkcode terminalSettings} or {@linkcode rawSettings} returned.
 * @throws {SyscallError} The call failed.
 */
export function setTerminalSettings(fd: number, settings: TerminalSettings): void {
  check(tcsetattr_(fd, TCSADRAIN, settings), "tcsetattr", `descriptor ${fd}`);
}

/**
 * Derives settings that pass every byte through both ways (cfmakeraw(3)).
 *
 * @param settings A terminal's settings; not changed.
 * @returns The raw settings.
 */
export function rawSettings(settings: TerminalSettings): TerminalSettings {
  const raw = settings.slice();
  cfmakeraw_(raw);
  return raw;
}

// struct termios: four words of flags, the local ones last (asm-generic/termbits.h).
const C_LFLAG = 12;
const ECHO = 0o10;
const ECHONL = 0o100;

/**
 * Derives settings that do not show what is typed, but for the end of a line (termios(3)).
 *
 * @param settings A terminal's settings; not changed.
 * @returns The silent settings.
 */
export function silentSettings(settings: TerminalSettings): TerminalSettings {
  const silent = settings.slice();
  const view = new DataView(silent.buffer);
  const flags = view.getUint32(C_LFLAG, true);
  view.setUint32(C_LFLAG, (flags & ~ECHO) | ECHONL, true);
  return silent;
}

/**
 * Reads a terminal's size (TIOCGWINSZ of ioctl_tty(2)).
 *
 * @param fd A descriptor of the terminal.
 * @returns The size.
 * @throws {SyscallError} The call failed.
 */
export function terminalSize(fd: number): TerminalSize {
  const size = new Uint16Array(4);
  check(ioctl_(fd, Ioctl.TIOCGWINSZ, new Uint8Array(size.buffer)), "ioctl", "TIOCGWINSZ");
  return { rows: size[0]!, columns: size[1]! };
}

/**
 * Sets a terminal's size; its foreground processes get SIGWINCH (TIOCSWINSZ of ioctl_tty(2)).
 *
 * @param fd Either side of a pseudo-terminal.
 * @param size The size.
 * @throws {SyscallError} The call failed.
 */
export function setTerminalSize(fd: number, size: TerminalSize): void {
  const words = new Uint16Array([size.rows, size.columns, 0, 0]);
  check(ioctl_(fd, Ioctl.TIOCSWINSZ, new Uint8Array(words.buffer)), "ioctl", "TIOCSWINSZ");
}

/** A new pseudo-terminal. */
export interface PseudoTerminal {
  /** The side that stands for the screen and keyboard. */
  master: number;
  /** The side programs use. */
  slave: number;
  /** Its number: the slave is `N` below the devpts mount. */
  number: number;
}

/**
 * Creates a pseudo-terminal (pty(7)).
 *
 * @param ptmx The multiplexer of the devpts instance wanted, `/dev/pts/ptmx` as a rule.
 * @returns Both sides, closed on exec.
 * @throws {SyscallError} The call failed.
 */
export function openPseudoTerminal(ptmx: string): PseudoTerminal {
  const master = open(ptmx, OpenFlag.RDWR | OpenFlag.NOCTTY);
  const word = new Int32Array(1);
  const bytes = new Uint8Array(word.buffer);
  check(ioctl_(master, Ioctl.TIOCSPTLCK, bytes), "ioctl", "TIOCSPTLCK");
  check(ioctl_(master, Ioctl.TIOCGPTN, bytes), "ioctl", "TIOCGPTN");
  // By descriptor and not by path: nothing below /dev/pts has to be trusted (Linux 4.13).
  const flags = BigInt(OpenFlag.RDWR | OpenFlag.NOCTTY | OpenFlag.CLOEXEC);
  const slave = check(ioctlValue_(master, Ioctl.TIOCGPTPEER, flags), "ioctl", "TIOCGPTPEER");
  return { master, slave, number: word[0]! };
}

/**
 * Makes a terminal the controlling one of the calling process's session (TIOCSCTTY).
 *
 * @param fd A descriptor of the terminal; the caller leads a session without one.
 * @throws {SyscallError} The call failed.
 */
export function setControllingTerminal(fd: number): void {
  check(ioctlValue_(fd, Ioctl.TIOCSCTTY, 0n), "ioctl", "TIOCSCTTY");
}
