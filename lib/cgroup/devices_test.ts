import assert from "node:assert/strict";
import { type BpfInstruction, BpfOp, encodeBpf, loadDeviceFilter } from "../../ffi/bpf.ts";
import { close, Errno, isErrno } from "../../ffi/mod.ts";
import { deviceProgram } from "./device_program.ts";
import { asksForMore, rulesOf, ruleTexts } from "./devices.ts";
import type { DeviceRule } from "./resources.ts";

const NOTHING: DeviceRule = { allow: false, access: "rwm" };

/** What somebody wants of a device, as `c 1:3 rw`. */
function isAllowed(program: readonly BpfInstruction[], wanted: string): boolean {
  const [, type, major, minor, access] = /^([cb]) (\d+):(\d+) ([rwm]+)$/.exec(wanted)!;
  const bits = [...access!].reduce((sum, one) => sum | { m: 1, r: 2, w: 4 }[one]!, 0);
  const context = [bits << 16 | { b: 1, c: 2 }[type!]!, Number(major), Number(minor)];
  return run(program, context) === 1;
}

/** Executes a program as the kernel would, for the operations there are. */
function run(program: readonly BpfInstruction[], context: readonly number[]): number {
  const registers = new Uint32Array(11);
  for (let at = 0; at < program.length; at++) {
    const { dst = 0, imm = 0, offset = 0, op, src = 0 } = program[at]!;
    const [value, other] = [registers[dst]!, registers[src]!];
    const jump = (isTaken: boolean) => at += isTaken ? offset : 0;
    if (op === BpfOp.LDX_W) registers[dst] = context[offset / 4]!;
    else if (op === BpfOp.AND32_K) registers[dst] = value & imm;
    else if (op === BpfOp.RSH32_K) registers[dst] = value >>> imm;
    else if (op === BpfOp.MOV32_K) registers[dst] = imm;
    else if (op === BpfOp.MOV32_X) registers[dst] = other;
    else if (op === BpfOp.JNE32_K) jump(value !== imm);
    else if (op === BpfOp.JEQ32_K) jump(value === imm);
    else if (op === BpfOp.JNE32_X) jump(value !== other);
    else if (op === BpfOp.EXIT) return registers[0]!;
    else assert.fail(`no operation ${op}`);
  }
  assert.fail("the program does not end");
}

const CASES: [rules: DeviceRule[], allowed: string[], forbidden: string[]][] = [
  [[], [], ["c 1:3 r", "b 8:0 m"]],
  [[NOTHING], [], ["c 1:3 r"]],
  [[{ allow: true }], ["c 1:3 rwm", "b 8:0 rwm"], []],
  [
    rulesOf([NOTHING]),
    ["c 1:3 rwm", "c 1:5 r", "c 5:2 rw", "c 136:7 rw", "b 8:0 m", "c 10:200 rw"],
    ["b 8:0 r", "b 8:0 rm", "c 1:1 r", "c 10:201 w", "c 1:4 rw"],
  ],
  [
    rulesOf([NOTHING, { allow: true, type: "b", major: 8, minor: 0, access: "r" }]),
    ["b 8:0 r", "c 1:3 rw"],
    ["b 8:0 w", "b 8:0 rw", "b 8:1 r", "c 8:0 r"],
  ],
  [[{ allow: true }, { allow: false, type: "c", major: 10, access: "w" }], [
    "c 10:1 r",
    "b 10:1 rw",
    "c 11:0 w",
  ], ["c 10:1 w", "c 10:1 rw"]],
  [[NOTHING, { allow: true, type: "a", major: 4 }], ["c 4:1 rwm", "b 4:2 w"], ["c 5:1 r"]],
];

Deno.test("deviceProgram() decides by the last rule that fits", () => {
  for (const [rules, allowed, forbidden] of CASES) {
    const program = deviceProgram(rules);
    for (const wanted of allowed) assert.ok(isAllowed(program, wanted), wanted);
    for (const wanted of forbidden) assert.ok(!isAllowed(program, wanted), wanted);
  }
});

Deno.test("deviceProgram() makes programs that the kernel takes", () => {
  for (const [rules] of CASES) {
    try {
      close(loadDeviceFilter(deviceProgram(rules)));
    } catch (error) {
      // Neither a container without the permission nor an old kernel says anything of the program.
      if (!isErrno(error, Errno.EPERM, Errno.ENOSYS)) throw error;
    }
  }
});

Deno.test("encodeBpf() lays instructions out as the kernel has them", () => {
  const bytes = encodeBpf([
    { op: BpfOp.LDX_W, dst: 2, src: 1, offset: 4 },
    { op: BpfOp.JNE32_K, dst: 2, offset: -1, imm: 0x01020304 },
  ]);
  assert.deepEqual([...bytes], [0x61, 0x12, 4, 0, 0, 0, 0, 0, 0x56, 2, 255, 255, 4, 3, 2, 1]);
});

Deno.test("rulesOf() keeps what every container has, unless all is allowed anyway", () => {
  assert.deepEqual(rulesOf([{ allow: true, access: "rwm" }]), [{ allow: true, access: "rwm" }]);
  const [first, second] = rulesOf([NOTHING, { allow: true, major: 1 }]);
  assert.deepEqual([first, second], [NOTHING, { allow: true, type: "c", access: "m" }]);
});

Deno.test("ruleTexts() writes rules as v1 takes them", () => {
  const cases: [DeviceRule, string[]][] = [
    [{ allow: true }, ["a"]],
    [NOTHING, ["a"]],
    [{ allow: true, type: "c", major: 1, minor: 3 }, ["c 1:3 rwm"]],
    [{ allow: true, type: "b", major: 8, access: "r" }, ["b 8:* r"]],
    [{ allow: true, type: "a", access: "m" }, ["b *:* m", "c *:* m"]],
  ];
  for (const [rule, texts] of cases) assert.deepEqual(ruleTexts(rule), texts);
});

Deno.test("asksForMore() sees rules beyond those of every container", () => {
  assert.equal(asksForMore([]), false);
  assert.equal(asksForMore([NOTHING]), false);
  assert.equal(asksForMore([{ allow: true }]), true);
  assert.equal(asksForMore([NOTHING, { allow: true, type: "c", major: 1 }]), true);
});
