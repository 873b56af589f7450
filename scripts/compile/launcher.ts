/**
 * The program that starts the runtime in the portable form.
 *
 * A shell cannot block a signal, which has to be done before the runtime starts (ffi/user_signal.ts), nor
 * drop variables of which it knows only how their names begin (lib/caller_environment.ts). So it executes
 * this program of some 60 instructions, which takes a tenth of a millisecond.
 *
 * ```text
 *   0x400000  headers and code, which is always the same
 *   0x600000  the signals to block
 *   0x600008  address and length of what it says where the runtime cannot be executed
 *   0x600018  the names to hide, entries of 2 words: a mask, and the name's first eight bytes with it
 *             a mask of 0 ends the list
 *   behind it what it says
 *
 *   argv: its name, NAME=VALUE four times, the runtime's path and arguments
 *
 *   block the signals
 *   for each variable: if its name is in the list, its first letter becomes "_"
 *   move the runtime's path and arguments to the front, and the four to the front of the environment
 *   execve
 * ```
 *
 * @module
 */

import { DATA_ADDRESS, executableFile } from "../../ffi/_executable.ts";
import { Signal } from "../../ffi/signals.ts";
import { HIDDEN_LETTER, HIDDEN_PREFIXES } from "../../lib/caller_environment.ts";

const MESSAGE = "tsd: Cannot execute the unpacked runtime, which needs a system with glibc\n";
const LIST_OFFSET = 0x18;
const ENTRY_SIZE = 16;

// The same program for both, from "as"; the addresses of the data, the letter and the number of
// variables are in it.
const CODE = {
  "x86_64": new Uint8Array([
    ...[0x49, 0x89, 0xe4], //           mov  r12, rsp
    ...[0xbb, 0x00, 0x00, 0x60, 0x00], //           mov  ebx, 0x600000
    ...[0xb8, 0x0e, 0x00, 0x00, 0x00], //           mov  eax, 14 = rt_sigprocmask
    ...[0x31, 0xff], //           xor  edi, edi
    ...[0x89, 0xde], //           mov  esi, ebx
    ...[0x31, 0xd2], //           xor  edx, edx
    ...[0x41, 0xba, 0x08, 0x00, 0x00, 0x00], //           mov  r10d, 8
    ...[0x0f, 0x05], //           syscall
    ...[0x49, 0x8b, 0x04, 0x24], //           mov  rax, [r12]
    ...[0x49, 0x8d, 0x74, 0xc4, 0x10], //           lea  rsi, [r12+rax*8+16]
    ...[0x48, 0x8b, 0x3e], // variable: mov  rdi, [rsi]
    ...[0x48, 0x85, 0xff], //           test rdi, rdi
    ...[0x74, 0x25], //           jz   set
    ...[0x48, 0x83, 0xc6, 0x08], //           add  rsi, 8
    ...[0x48, 0x8b, 0x07], //           mov  rax, [rdi]
    ...[0x8d, 0x4b, 0x18], //           lea  ecx, [rbx+24]
    ...[0x48, 0x8b, 0x11], //     name: mov  rdx, [rcx]
    ...[0x48, 0x85, 0xd2], //           test rdx, rdx
    ...[0x74, 0xe6], //           jz   variable
    ...[0x48, 0x21, 0xc2], //           and  rdx, rax
    ...[0x48, 0x3b, 0x51, 0x08], //           cmp  rdx, [rcx+8]
    ...[0x74, 0x05], //           je   hide
    ...[0x83, 0xc1, 0x10], //           add  ecx, 16
    ...[0xeb, 0xea], //           jmp  name
    ...[0xc6, 0x07, 0x5f], //     hide: mov  byte ptr [rdi], 0x5f
    ...[0xeb, 0xd3], //           jmp  variable
    ...[0x4d, 0x8b, 0x44, 0x24, 0x10], //      set: mov  r8, [r12+16]
    ...[0x4d, 0x8b, 0x4c, 0x24, 0x18], //           mov  r9, [r12+24]
    ...[0x4d, 0x8b, 0x54, 0x24, 0x20], //           mov  r10, [r12+32]
    ...[0x4d, 0x8b, 0x5c, 0x24, 0x28], //           mov  r11, [r12+40]
    ...[0x49, 0x8d, 0x54, 0x24, 0x10], //           lea  rdx, [r12+16]
    ...[0x49, 0x8d, 0x74, 0x24, 0x30], //           lea  rsi, [r12+48]
    ...[0x48, 0x8b, 0x06], //     move: mov  rax, [rsi]
    ...[0x48, 0x89, 0x02], //           mov  [rdx], rax
    ...[0x48, 0x83, 0xc6, 0x08], //           add  rsi, 8
    ...[0x48, 0x83, 0xc2, 0x08], //           add  rdx, 8
    ...[0x48, 0x85, 0xc0], //           test rax, rax
    ...[0x75, 0xed], //           jnz  move
    ...[0x4c, 0x89, 0x02], //           mov  [rdx], r8
    ...[0x4c, 0x89, 0x4a, 0x08], //           mov  [rdx+8], r9
    ...[0x4c, 0x89, 0x52, 0x10], //           mov  [rdx+16], r10
    ...[0x4c, 0x89, 0x5a, 0x18], //           mov  [rdx+24], r11
    ...[0xb8, 0x3b, 0x00, 0x00, 0x00], //           mov  eax, 59 = execve
    ...[0x49, 0x8d, 0x74, 0x24, 0x10], //           lea  rsi, [r12+16]
    ...[0x48, 0x8b, 0x3e], //           mov  rdi, [rsi]
    ...[0x0f, 0x05], //           syscall
    ...[0xb8, 0x01, 0x00, 0x00, 0x00], //           mov  eax, 1 = write
    ...[0xbf, 0x02, 0x00, 0x00, 0x00], //           mov  edi, 2
    ...[0x48, 0x8b, 0x73, 0x08], //           mov  rsi, [rbx+8]
    ...[0x48, 0x8b, 0x53, 0x10], //           mov  rdx, [rbx+16]
    ...[0x0f, 0x05], //           syscall
    ...[0xb8, 0xe7, 0x00, 0x00, 0x00], //           mov  eax, 231 = exit_group
    ...[0xbf, 0x7d, 0x00, 0x00, 0x00], //           mov  edi, 125
    ...[0x0f, 0x05], //           syscall
  ]),
  "aarch64": new Uint8Array(
    Uint32Array.of(
      0x910003f3, //           mov  x19, sp
      0x52a00c14, //           movz w20, #0x60, lsl #16
      0xd28010e8, //           mov  x8, #135 = rt_sigprocmask
      0xd2800000, //           mov  x0, #0
      0xaa1403e1, //           mov  x1, x20
      0xd2800002, //           mov  x2, #0
      0xd2800103, //           mov  x3, #8
      0xd4000001, //           svc  #0
      0xf9400269, //           ldr  x9, [x19]
      0x8b090e6a, //           add  x10, x19, x9, lsl #3
      0x9100414a, //           add  x10, x10, #16
      0xf840854b, // variable: ldr  x11, [x10], #8
      0xb400016b, //           cbz  x11, set
      0xf940016c, //           ldr  x12, [x11]
      0x9100628d, //           add  x13, x20, #24
      0xa8c13dae, //     name: ldp  x14, x15, [x13], #16
      0xb4ffff6e, //           cbz  x14, variable
      0x8a0c01ce, //           and  x14, x14, x12
      0xeb0f01df, //           cmp  x14, x15
      0x54ffff81, //           b.ne name
      0x52800bee, //           mov  w14, #0x5f
      0x3900016e, //           strb w14, [x11]
      0x17fffff5, //           b    variable
      0xa9411664, //      set: ldp  x4, x5, [x19, #16]
      0xa9421e66, //           ldp  x6, x7, [x19, #32]
      0x91004262, //           add  x2, x19, #16
      0x9100c26a, //           add  x10, x19, #48
      0xf840854b, //     move: ldr  x11, [x10], #8
      0xf800844b, //           str  x11, [x2], #8
      0xb5ffffcb, //           cbnz x11, move
      0xa9001444, //           stp  x4, x5, [x2]
      0xa9011c46, //           stp  x6, x7, [x2, #16]
      0xd2801ba8, //           mov  x8, #221 = execve
      0x91004261, //           add  x1, x19, #16
      0xf9400020, //           ldr  x0, [x1]
      0xd4000001, //           svc  #0
      0xd2800808, //           mov  x8, #64 = write
      0xd2800040, //           mov  x0, #2
      0xa9408a81, //           ldp  x1, x2, [x20, #8]
      0xd4000001, //           svc  #0
      0xd2800bc8, //           mov  x8, #94 = exit_group
      0xd2800fa0, //           mov  x0, #125
      0xd4000001, //           svc  #0
    ).buffer,
  ),
};

/**
 * Makes the program.
 *
 * @param arch The architecture.
 * @returns An executable file.
 */
export function encodeLauncher(
  arch: typeof Deno.build.arch = Deno.build.arch,
): Uint8Array<ArrayBuffer> {
  if (HIDDEN_LETTER !== "_") throw new TypeError("the code has another letter");
  const message = new TextEncoder().encode(MESSAGE);
  const messageAt = LIST_OFFSET + (HIDDEN_PREFIXES.length + 1) * ENTRY_SIZE;
  const data = new Uint8Array(messageAt + message.length);
  const view = new DataView(data.buffer);
  const words = [1n << BigInt(Signal.SIGUSR1 - 1), BigInt(DATA_ADDRESS + messageAt)];
  [...words, BigInt(message.length)].forEach((word, at) => view.setBigUint64(at * 8, word, true));
  HIDDEN_PREFIXES.forEach((prefix, index) => {
    const at = LIST_OFFSET + index * ENTRY_SIZE;
    const name = new TextEncoder().encode(prefix);
    data.fill(0xff, at, at + name.length);
    data.set(name, at + ENTRY_SIZE / 2);
  });
  data.set(message, messageAt);
  return executableFile(CODE[arch], data, arch);
}
