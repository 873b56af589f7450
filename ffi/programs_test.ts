import assert from "node:assert/strict";
import { type Architecture, assemble } from "../tests/harness/assembler.ts";
import { INIT_PROGRAM_CODE } from "./_init_program_code.ts";
import { encodeProgram } from "./call_program.ts";

/** Where code lies in a file of _executable.ts: behind the ELF header and three program headers. */
const CODE_OFFSET = 64 + 3 * 56;

/** The code of call_program.ts, cut out of a program that makes a single call. */
function callProgramCode(arch: Architecture, length: number): Uint8Array {
  const call = { name: "exit_group", args: [0] } as const;
  const { bytes } = encodeProgram({ before: [], fork: call, child: [] }, 1, arch);
  return bytes.subarray(CODE_OFFSET, CODE_OFFSET + length);
}

for (const arch of ["x86_64", "aarch64"] as const) {
  for (const name of ["call_program", "init_program"] as const) {
    const code = await assemble(name, arch);
    Deno.test({
      name: code
        ? `the machine code of ${name} is its source's (${arch})`
        : `the machine code of ${name} is its source's (${arch}): no assembler here, see binutils`,
      ignore: code === undefined,
      fn: () => {
        const inUse = name === "init_program"
          ? INIT_PROGRAM_CODE[arch]
          : callProgramCode(arch, code!.length);
        assert.deepEqual(Array.from(inUse), Array.from(code!));
      },
    });
  }
}
