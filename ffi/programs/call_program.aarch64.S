// Goes through a list of system calls, and nothing else: ../call_program.ts tells why, and draws the
// memory. The bytes in that file are these, assembled; call_program_test.ts compares them.
//
//   aarch64-linux-gnu-as call_program.aarch64.S -o /tmp/call_program.o
//   aarch64-linux-gnu-objcopy -O binary -j .text /tmp/call_program.o /tmp/call_program.bin

// A failure is recorded as entry and result.
.set DATA_ADDRESS, 0x600000
.set FAILURE_LIST, 0x600040
.set LIST,         0x6000c0

.text
  movz w19, #0x00c0
  movk w19, #0x0060, lsl #16

  // The kernel takes arguments where entries have them: number, then six words.
next:
  ldp x8, x0, [x19]
  ldp x1, x2, [x19, #16]
  ldp x3, x4, [x19, #32]
  ldr x5, [x19, #48]
  svc #0

  // The result replaces the number: later entries may point to it.
  str x0, [x19]

  // 1: the call may fail.
  ldr x9, [x19, #56]
  cmp x9, #1
  b.eq advance

  // Results from -4095 to -1 are error numbers (syscall(2)).
  cmn x0, #4095
  b.hs fail

  // Another list follows if there is one, and the result is 0: the child's side of a fork.
  cbz x9, advance
  cbnz x0, advance
  mov x19, x9
  b next

advance:
  add x19, x19, #64
  b next

  // Leaves entry and result where the failure's list reports them from.
fail:
  movz w10, #0x0000
  movk w10, #0x0060, lsl #16
  stp x19, x0, [x10]
  movz w19, #0x0040
  movk w19, #0x0060, lsl #16
  b next
