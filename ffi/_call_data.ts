/**
 * Lists of system calls as the program of call_program.ts reads them, in its memory.
 *
 * @module
 */

import { cString } from "./_cstring.ts";
import { type SystemCall, type SystemCallArgument, systemCallNumber } from "./system_call.ts";

/** Bytes of an entry: number (then the result), 6 arguments, what to do with the result. */
export const ENTRY_SIZE = 64;
/** In place of what to do with the result: the call may fail. */
const RESULT_MAY_FAIL = 1n;
const RESULT_OFFSET = 56;

/** A piece of the program's memory that is made here: lists, and what their arguments point to. */
export class CallData {
  readonly #words: [address: number, value: bigint][] = [];
  readonly #blocks: [address: number, bytes: Uint8Array][] = [];
  readonly #start: number;
  readonly #arch: typeof Deno.build.arch;
  #end: number;

  /**
   * Makes an empty piece.
   *
   * @param start Its address.
   * @param end Where what arguments point to may go: behind all lists.
   * @param arch The architecture.
   */
  constructor(start: number, end: number, arch: typeof Deno.build.arch) {
    this.#start = start;
    this.#end = end;
    this.#arch = arch;
  }

  /**
   * Places a list.
   *
   * @param at Its address.
   * @param calls The calls.
   */
  list(at: number, calls: readonly SystemCall[]): void {
    calls.forEach(({ args, mayFail, name }, index) => {
      const entry = at + index * ENTRY_SIZE;
      this.#word(entry, BigInt(systemCallNumber(name, this.#arch)));
      args.forEach((arg, position) => this.#word(entry + 8 * (position + 1), this.#value(arg)));
      if (mayFail) this.#word(entry + RESULT_OFFSET, RESULT_MAY_FAIL);
    });
  }

  /**
   * Has the program go on elsewhere after a call whose result is 0.
   *
   * @param entry The call's address.
   * @param target The address of the next call then.
   */
  jump(entry: number, target: number): void {
    this.#word(entry + RESULT_OFFSET, BigInt(target));
  }

  /** @returns What is to be in memory from the start address on. */
  bytes(): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(this.#end - this.#start);
    const view = new DataView(bytes.buffer);
    for (const [address, value] of this.#words) {
      view.setBigUint64(address - this.#start, BigInt.asUintN(64, value), true);
    }
    for (const [address, block] of this.#blocks) bytes.set(block, address - this.#start);
    return bytes;
  }

  #word(address: number, value: bigint): void {
    this.#words.push([address, value]);
  }

  #value(arg: SystemCallArgument): bigint {
    if (typeof arg === "number" || typeof arg === "bigint") return BigInt(arg);
    if (typeof arg === "string") return BigInt(this.#place(cString(arg)));
    if (ArrayBuffer.isView(arg)) {
      return BigInt(this.#place(new Uint8Array(arg.buffer, arg.byteOffset, arg.byteLength)));
    }
    if ("words" in arg) {
      const words = arg.words.map((word) => BigInt.asUintN(64, this.#value(word)));
      return BigInt(this.#place(new Uint8Array(BigUint64Array.from(words).buffer)));
    }
    const pointers = arg.map((text) => BigInt(this.#place(cString(text))));
    return BigInt(this.#place(new Uint8Array(BigUint64Array.of(...pointers, 0n).buffer)));
  }

  #place(block: Uint8Array): number {
    const address = this.#end;
    this.#blocks.push([address, block]);
    this.#end += Math.ceil(block.length / 8) * 8;
    return address;
  }
}
