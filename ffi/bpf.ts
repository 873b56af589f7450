/**
 * BPF programs that decide about a cgroup's devices (bpf(2)).
 *
 * @module
 */

import { cString } from "./_cstring.ts";
import { libc } from "./_libc.ts";
import { check } from "./error.ts";
import { close } from "./fd.ts";
import { systemCallNumber } from "./system_call.ts";

/** Operations (linux/bpf.h, linux/bpf_common.h): class, source and operation in a byte. */
export const BpfOp = {
  /** `dst = *(u32 *)(src + offset)` */
  LDX_W: 0x61,
  /** `dst &= imm`, 32 bits */
  AND32_K: 0x54,
  /** `dst >>= imm`, 32 bits */
  RSH32_K: 0x74,
  /** `dst = imm`, 32 bits */
  MOV32_K: 0xb4,
  /** `dst = src`, 32 bits */
  MOV32_X: 0xbc,
  /** `if (dst == imm) goto offset`, 32 bits */
  JEQ32_K: 0x16,
  /** `if (dst != imm) goto offset`, 32 bits */
  JNE32_K: 0x56,
  /** `if (dst != src) goto offset`, 32 bits */
  JNE32_X: 0x5e,
  /** `return r0` */
  EXIT: 0x95,
} as const;

/** An instruction (struct bpf_insn); what is left out is 0. */
export interface BpfInstruction {
  /** A value of {@linkcode BpfOp}. */
  op: number;
  /** The register it changes or compares, 0 to 10. */
  dst?: number;
  /** The register it reads, 0 to 10. */
  src?: number;
  /** Instructions to skip, or bytes from an address. */
  offset?: number;
  /** A number. */
  imm?: number;
}

// linux/bpf.h: enum bpf_cmd, bpf_prog_type, bpf_attach_type; BPF_F_ALLOW_MULTI.
const Command = {
  PROG_LOAD: 5,
  PROG_ATTACH: 8,
  PROG_DETACH: 9,
  PROG_GET_FD_BY_ID: 13,
  PROG_QUERY: 16,
} as const;
const PROG_TYPE_CGROUP_DEVICE = 15;
const CGROUP_DEVICE = 6;
const ALLOW_MULTI = 2;
const INSTRUCTION_SIZE = 8;
/** union bpf_attr as far as Linux 5.8 knows it; what is beyond a command's own fields must be 0. */
const ATTRIBUTES_SIZE = 120;
/** More than this at one cgroup are not ours; the kernel's own limit is 64. */
const MOST_PROGRAMS = 64;

// long syscall(long number, int cmd, union bpf_attr *attr, unsigned int size);            bpf(2)
const bpf_ = libc("syscall", {
  parameters: ["isize", "isize", "buffer", "isize"],
  result: "isize",
});

/** Makes the call; what it returns is a descriptor where one was asked for. */
function bpf(
  command: number,
  name: string,
  fill: (attributes: DataView) => void,
): { attributes: DataView; result: number } {
  const attributes = new DataView(new ArrayBuffer(ATTRIBUTES_SIZE));
  fill(attributes);
  const number = BigInt(systemCallNumber("bpf"));
  const bytes = new Uint8Array(attributes.buffer);
  const result = bpf_(number, BigInt(command), bytes, BigInt(ATTRIBUTES_SIZE));
  return { attributes, result: check(Number(result), "bpf", name) };
}

function address(bytes: BufferSource): bigint {
  return BigInt(Deno.UnsafePointer.value(Deno.UnsafePointer.of(bytes)));
}

/**
 * Encodes a program as the kernel takes it.
 *
 * @param instructions The program.
 * @returns An array of `struct bpf_insn`.
 */
export function encodeBpf(instructions: readonly BpfInstruction[]): Uint8Array<ArrayBuffer> {
  const view = new DataView(new ArrayBuffer(INSTRUCTION_SIZE * instructions.length));
  instructions.forEach(({ dst = 0, imm = 0, offset = 0, op, src = 0 }, index) => {
    const at = index * INSTRUCTION_SIZE;
    view.setUint8(at, op);
    view.setUint8(at + 1, src << 4 | dst);
    view.setInt16(at + 2, offset, true);
    view.setInt32(at + 4, imm, true);
  });
  return new Uint8Array(view.buffer);
}

/**
 * Loads a program that decides about devices (bpf(2), BPF_PROG_LOAD).
 *
 * @param instructions The program.
 * @returns A descriptor of it.
 * @throws {SyscallError} `EINVAL`, `EPERM`, `ENOSYS`: the kernel knows no such programs, refuses this
 * one, or does not let us load any.
 */
export function loadDeviceFilter(instructions: readonly BpfInstruction[]): number {
  const code = encodeBpf(instructions);
  const license = cString("GPL");
  const { result } = bpf(Command.PROG_LOAD, "load", (attributes) => {
    attributes.setUint32(0, PROG_TYPE_CGROUP_DEVICE, true);
    attributes.setUint32(4, instructions.length, true);
    attributes.setBigUint64(8, address(code), true);
    attributes.setBigUint64(16, address(license), true);
  });
  return result;
}

/**
 * Attaches a program to a cgroup beside others (bpf(2), BPF_PROG_ATTACH); it stays until the cgroup
 * is removed.
 *
 * @param cgroup A descriptor of the cgroup's folder.
 * @param program The program.
 * @throws {SyscallError} The call failed.
 */
export function attachDeviceFilter(cgroup: number, program: number): void {
  bpf(Command.PROG_ATTACH, "attach", (attributes) => {
    attributes.setUint32(0, cgroup, true);
    attributes.setUint32(4, program, true);
    attributes.setUint32(8, CGROUP_DEVICE, true);
    attributes.setUint32(12, ALLOW_MULTI, true);
  });
}

/**
 * Detaches the programs that a cgroup had, after something in between (bpf(2), BPF_PROG_QUERY).
 *
 * @param cgroup A descriptor of the cgroup's folder.
 * @param meanwhile What happens before they go.
 * @throws {SyscallError} A call failed.
 */
export function replaceDeviceFilters(cgroup: number, meanwhile: () => void): void {
  const ids = attachedIds(cgroup);
  meanwhile();
  for (const id of ids) detach(cgroup, id);
}

function attachedIds(cgroup: number): number[] {
  const ids = new Uint32Array(MOST_PROGRAMS);
  const { attributes } = bpf(Command.PROG_QUERY, "query", (query) => {
    query.setUint32(0, cgroup, true);
    query.setUint32(4, CGROUP_DEVICE, true);
    query.setBigUint64(16, address(ids), true);
    query.setUint32(24, MOST_PROGRAMS, true);
  });
  return [...ids.subarray(0, attributes.getUint32(24, true))];
}

function detach(cgroup: number, id: number): void {
  const { result: program } = bpf(
    Command.PROG_GET_FD_BY_ID,
    "open",
    (attributes) => attributes.setUint32(0, id, true),
  );
  try {
    bpf(Command.PROG_DETACH, "detach", (attributes) => {
      attributes.setUint32(0, cgroup, true);
      attributes.setUint32(4, program, true);
      attributes.setUint32(8, CGROUP_DEVICE, true);
    });
  } finally {
    close(program);
  }
}
