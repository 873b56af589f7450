/**
 * Instructions of the kernel's classic packet filters, as seccomp(2) uses them (linux/filter.h).
 *
 * @module
 */

/** An instruction: what to do, how far to jump where a condition holds and where not, an operand. */
export type Instruction = readonly [code: number, ifTrue: number, ifFalse: number, operand: number];

/** Codes of instructions (linux/bpf_common.h). */
export const Bpf = {
  /** Loads the word at an offset of what is known of the call. */
  LOAD: 0x20,
  /** Clears the bits that are not in the operand. */
  AND: 0x54,
  /** Jumps as far as the operand says. */
  JUMP: 0x05,
  /** Is the word the operand? */
  EQUAL: 0x15,
  /** Is it greater, unsigned? */
  GREATER: 0x25,
  /** Is it greater or equal, unsigned? */
  AT_LEAST: 0x35,
  /** Ends with the operand. */
  RETURN: 0x06,
} as const;

/** What is known of a call: offsets in bytes (`struct seccomp_data` of linux/seccomp.h). */
export const CallData = {
  /** Its number. */
  NUMBER: 0,
  /** `AUDIT_ARCH_*` of how it was made. */
  ARCH: 4,
  /** The first of six arguments of 64 bits. */
  ARGUMENTS: 16,
} as const;

/** The most the kernel takes (`BPF_MAXINSNS`). */
const MOST_INSTRUCTIONS = 4096;
const INSTRUCTION_SIZE = 8;
/** How far a conditional jump reaches. */
const FARTHEST = 255;

/**
 * Chooses between two pieces of program by the word that was loaded.
 *
 * @param code `EQUAL`, `GREATER` or `AT_LEAST`.
 * @param operand What it is compared with.
 * @param ifTrue Goes on here where the comparison holds.
 * @param ifFalse Goes on here otherwise; must not run on into what follows.
 * @returns Both, with a jump before them.
 */
export function choose(
  code: number,
  operand: number,
  ifTrue: readonly Instruction[],
  ifFalse: readonly Instruction[],
): Instruction[] {
  const { length } = ifFalse;
  const jump: Instruction[] = length <= FARTHEST
    ? [[code, length, 0, operand]]
    : [[code, 0, 1, operand], [Bpf.JUMP, 0, 0, length]];
  return [...jump, ...ifFalse, ...ifTrue];
}

/**
 * Puts a program into the bytes that the kernel takes (`struct sock_filter`).
 *
 * @param program The program.
 * @returns 8 bytes an instruction.
 * @throws {RangeError} It is longer than the kernel takes.
 */
export function encodeProgram(program: readonly Instruction[]): Uint8Array<ArrayBuffer> {
  if (program.length > MOST_INSTRUCTIONS) {
    throw new RangeError(
      `the filter needs ${program.length} instructions, and the kernel takes ${MOST_INSTRUCTIONS}`,
    );
  }
  const view = new DataView(new ArrayBuffer(program.length * INSTRUCTION_SIZE));
  program.forEach(([code, ifTrue, ifFalse, operand], index) => {
    const at = index * INSTRUCTION_SIZE;
    // Both architectures are little-endian.
    view.setUint16(at, code, true);
    view.setUint8(at + 2, ifTrue);
    view.setUint8(at + 3, ifFalse);
    view.setUint32(at + 4, operand, true);
  });
  return new Uint8Array(view.buffer);
}
