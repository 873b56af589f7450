/**
 * Runs a filter's program as the kernel would, for tests.
 *
 * @module
 */

import assert from "node:assert/strict";

/** A system call as a filter sees it. */
export interface FilteredCall {
  /** `AUDIT_ARCH_*`. */
  arch: number;
  /** Its number. */
  number: number;
  /** Its arguments. */
  args?: readonly (number | bigint)[];
}

/** `AUDIT_ARCH_*` of linux/audit.h. */
export const AuditArch = {
  X86_64: 0xc000003e,
  I386: 0x40000003,
  AARCH64: 0xc00000b7,
  ARM: 0x40000028,
} as const;

/**
 * Runs a program.
 *
 * @param program The program, 8 bytes an instruction.
 * @param call The call.
 * @returns What the program returns, and how many instructions that took.
 */
export function runFilter(
  program: Uint8Array,
  call: FilteredCall,
): { value: number; steps: number } {
  const data = new DataView(new ArrayBuffer(64));
  data.setUint32(0, call.number, true);
  data.setUint32(4, call.arch, true);
  call.args?.forEach((arg, index) => data.setBigUint64(16 + 8 * index, BigInt(arg), true));
  const view = new DataView(program.buffer, program.byteOffset, program.byteLength);
  let word = 0;
  let at = 0;
  for (let steps = 1;; steps++, at++) {
    assert.ok(at * 8 < program.length, "the program runs past its end");
    const code = view.getUint16(at * 8, true);
    const [ifTrue, ifFalse] = [view.getUint8(at * 8 + 2), view.getUint8(at * 8 + 3)];
    const operand = view.getUint32(at * 8 + 4, true);
    const jump = (holds: boolean) => at += holds ? ifTrue : ifFalse;
    switch (code) {
      case 0x20:
        word = data.getUint32(operand, true);
        break;
      case 0x54:
        word = (word & operand) >>> 0;
        break;
      case 0x05:
        at += operand;
        break;
      case 0x15:
        jump(word === operand);
        break;
      case 0x25:
        jump(word > operand);
        break;
      case 0x35:
        jump(word >= operand);
        break;
      case 0x06:
        return { value: operand, steps };
      default:
        assert.fail(`no such instruction: ${code.toString(16)}`);
    }
  }
}
