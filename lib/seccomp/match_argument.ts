/**
 * Comparing an argument of a system call.
 *
 * @module
 */

import { Bpf, CallData, type Instruction } from "./bpf.ts";
import type { SeccompArgument, SeccompOperator } from "./spec_seccomp.ts";

/** Where a comparison goes on: behind itself, or as many instructions further as a piece is long. */
const YES = 0;

/**
 * Compares an argument: goes on behind where it matches, and otherwise jumps.
 *
 * @param argument What it must be like.
 * @param isNarrow Whether only its lower 32 bits count.
 * @param skip How many instructions behind it to jump over where it does not match.
 * @returns The instructions.
 */
export function matchArgument(
  argument: SeccompArgument,
  isNarrow: boolean,
  skip: number,
): Instruction[] {
  const { index, op, value, valueTwo = 0 } = argument;
  const low = CallData.ARGUMENTS + 8 * index;
  if (op === "SCMP_CMP_MASKED_EQ") {
    const lower = maskedWord(low, lowWord(value), lowWord(valueTwo), skip);
    if (isNarrow) return lower;
    const upper = maskedWord(low + 4, highWord(value), highWord(valueTwo), skip + lower.length);
    return [...upper, ...lower];
  }
  const [code, isNegated] = LOWER[op];
  const lower: Instruction[] = [
    [Bpf.LOAD, 0, 0, low],
    [code, isNegated ? skip : YES, isNegated ? YES : skip, lowWord(value)],
  ];
  return isNarrow ? lower : [...upperWord(op, low + 4, highWord(value), skip), ...lower];
}

/** What the lower words decide where the upper ones are equal. */
const LOWER: Readonly<
  Record<Exclude<SeccompOperator, "SCMP_CMP_MASKED_EQ">, readonly [number, isNegated: boolean]>
> = {
  SCMP_CMP_EQ: [Bpf.EQUAL, false],
  SCMP_CMP_NE: [Bpf.EQUAL, true],
  SCMP_CMP_GT: [Bpf.GREATER, false],
  SCMP_CMP_LE: [Bpf.GREATER, true],
  SCMP_CMP_GE: [Bpf.AT_LEAST, false],
  SCMP_CMP_LT: [Bpf.AT_LEAST, true],
};

const LOWER_LENGTH = 2;

/** Decides by the upper word, or where it is equal goes on to the lower one. */
function upperWord(
  op: SeccompOperator,
  offset: number,
  word: number,
  skip: number,
): Instruction[] {
  const matched = LOWER_LENGTH;
  const failed = LOWER_LENGTH + skip;
  const load: Instruction = [Bpf.LOAD, 0, 0, offset];
  if (op === "SCMP_CMP_EQ") return [load, [Bpf.EQUAL, YES, failed, word]];
  if (op === "SCMP_CMP_NE") return [load, [Bpf.EQUAL, YES, matched, word]];
  const isGreater = op === "SCMP_CMP_GT" || op === "SCMP_CMP_GE";
  const [ifGreater, ifLess] = isGreater ? [matched, failed] : [failed, matched];
  return [load, [Bpf.GREATER, ifGreater + 1, 0, word], [Bpf.EQUAL, YES, ifLess, word]];
}

function maskedWord(offset: number, mask: number, word: number, skip: number): Instruction[] {
  if (mask === 0 && word === 0) return [];
  return [[Bpf.LOAD, 0, 0, offset], [Bpf.AND, 0, 0, mask], [Bpf.EQUAL, YES, skip, word]];
}

function lowWord(value: number): number {
  return value % 2 ** 32;
}

function highWord(value: number): number {
  return Math.floor(value / 2 ** 32);
}
