/**
 * Executable files made of a few bytes of machine code (elf(5)).
 *
 * @module
 */

// Where the file begins in memory: its headers, then the code.
const CODE_ADDRESS = 0x400000;

/** Where the data begins in memory. */
export const DATA_ADDRESS = 0x600000;

// Of a page: those of arm64 may have 64 KiB.
const PAGE_SIZE = { "x86_64": 0x1000, "aarch64": 0x10000 };
// elf(5), for 64 bits.
const ELF_HEADER_SIZE = 64;
const PROGRAM_HEADER_SIZE = 56;
const MACHINE = { "x86_64": 62, "aarch64": 183 };
const PT_LOAD = 1;
const PT_GNU_STACK = 0x6474e551;
const PF_X = 1;
const PF_W = 2;
const PF_R = 4;

/**
 * Builds an executable file of machine code that calls nothing but the kernel.
 *
 * @param code Is started at its first byte; it is placed behind the headers, so it
 * must not depend on where it lies.
 * @param data Is placed at {@linkcode DATA_ADDRESS}, and may be written to.
 * @param arch The architecture.
 * @returns The file.
 */
export function executableFile(
  code: Uint8Array,
  data: Uint8Array,
  arch: typeof Deno.build.arch,
): Uint8Array<ArrayBuffer> {
  // Both lie in the file as they do in memory, modulo pages.
  const pageSize = PAGE_SIZE[arch];
  const file = new Uint8Array(pageSize + data.length);
  const view = new DataView(file.buffer);
  const codeOffset = ELF_HEADER_SIZE + 3 * PROGRAM_HEADER_SIZE;
  // The magic number, 64 bits, little endian, version 1; an executable file, version 1.
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setUint16(16, 2, true);
  view.setUint16(18, MACHINE[arch], true);
  view.setUint32(20, 1, true);
  view.setBigUint64(24, BigInt(CODE_ADDRESS + codeOffset), true);
  view.setBigUint64(32, BigInt(ELF_HEADER_SIZE), true);
  view.setUint16(52, ELF_HEADER_SIZE, true);
  view.setUint16(54, PROGRAM_HEADER_SIZE, true);
  view.setUint16(56, 3, true);
  const segment = (index: number, words: readonly [type: number, flags: number, ...number[]]) => {
    const [type, flags, ...rest] = words;
    const at = ELF_HEADER_SIZE + index * PROGRAM_HEADER_SIZE;
    view.setUint32(at, type, true);
    view.setUint32(at + 4, flags, true);
    rest.forEach((word, position) => view.setBigUint64(at + 8 + 8 * position, BigInt(word), true));
  };
  // Offset, virtual and physical address, size in the file and in memory, alignment.
  const codeSize = codeOffset + code.length;
  segment(0, [
    ...[PT_LOAD, PF_R | PF_X] as const,
    ...[0, CODE_ADDRESS, CODE_ADDRESS, codeSize, codeSize, pageSize],
  ]);
  const { length } = data;
  segment(1, [
    ...[PT_LOAD, PF_R | PF_W] as const,
    ...[pageSize, DATA_ADDRESS, DATA_ADDRESS, length, length, pageSize],
  ]);
  segment(2, [PT_GNU_STACK, PF_R | PF_W, 0, 0, 0, 0, 0, 16]);
  file.set(code, codeOffset);
  file.set(data, pageSize);
  return file;
}
