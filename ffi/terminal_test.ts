import assert from "node:assert/strict";
import { Errno } from "./error.ts";
import { close, pipe, read, writeAll } from "./fd.ts";
import {
  openPseudoTerminal,
  rawSettings,
  setTerminalSettings,
  setTerminalSize,
  silentSettings,
  terminalSettings,
  terminalSize,
} from "./terminal.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

function readText(fd: number): string {
  const buffer = new Uint8Array(1000);
  return new TextDecoder().decode(buffer.subarray(0, read(fd, buffer)));
}

Deno.test("openPseudoTerminal() gives both sides of a terminal and its number", () => {
  const { master, number, slave } = openPseudoTerminal("/dev/pts/ptmx");
  assert.equal(Deno.readLinkSync(`/proc/self/fd/${slave}`), `/dev/pts/${number}`);
  // As the terminal is set at first: a line comes back as an echo, and line ends are changed.
  writeAll(master, bytes("typed\n"));
  assert.equal(readText(slave), "typed\n");
  assert.equal(readText(master), "typed\r\n");
  close(slave);
  assert.throws(() => readText(master), { errno: Errno.EIO });
  close(master);
});

Deno.test("rawSettings() lets every byte through, and the settings can be put back", () => {
  const { master, slave } = openPseudoTerminal("/dev/pts/ptmx");
  const settings = terminalSettings(slave);
  const copy = settings.slice();
  setTerminalSettings(slave, rawSettings(settings));
  assert.deepEqual(settings, copy);
  writeAll(master, bytes("\x03\r\x04"));
  assert.equal(readText(slave), "\x03\r\x04");
  writeAll(slave, bytes("\n"));
  assert.equal(readText(master), "\n");
  setTerminalSettings(slave, settings);
  assert.deepEqual(terminalSettings(slave), settings);
  writeAll(slave, bytes("\n"));
  assert.equal(readText(master), "\r\n");
  [master, slave].forEach(close);
});

Deno.test("silentSettings() shows the end of a line only", () => {
  const { master, slave } = openPseudoTerminal("/dev/pts/ptmx");
  setTerminalSettings(slave, silentSettings(terminalSettings(slave)));
  writeAll(master, bytes("secret\n"));
  assert.equal(readText(slave), "secret\n");
  assert.equal(readText(master), "\r\n");
  [master, slave].forEach(close);
});

Deno.test("setTerminalSize() sets rows and columns on either side", () => {
  const { master, slave } = openPseudoTerminal("/dev/pts/ptmx");
  setTerminalSize(master, { rows: 24, columns: 80 });
  assert.deepEqual(terminalSize(slave), { rows: 24, columns: 80 });
  setTerminalSize(slave, { rows: 60_000, columns: 300 });
  assert.deepEqual(terminalSize(master), { rows: 60_000, columns: 300 });
  [master, slave].forEach(close);
});

Deno.test("terminalSettings() and terminalSize() fail on what is no terminal", () => {
  const ends = pipe();
  assert.throws(() => terminalSettings(ends.read), { syscall: "tcgetattr", errno: 25 });
  assert.throws(() => terminalSize(ends.read), { syscall: "ioctl", errno: 25 });
  assert.throws(() => openPseudoTerminal("/dev/null"), { syscall: "ioctl", errno: 25 });
  [ends.read, ends.write].forEach(close);
});
