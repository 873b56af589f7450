// Goes through a list of system calls, and nothing else: ../call_program.ts tells why, and draws the
// memory. The bytes in that file are these, assembled; call_program_test.ts compares them.
//
//   as call_program.x86_64.S -o /tmp/call_program.o
//   objcopy -O binary -j .text /tmp/call_program.o /tmp/call_program.bin

// A failure is recorded as entry and result.
.set DATA_ADDRESS, 0x600000
.set FAILURE_LIST, 0x600040
.set LIST,         0x6000c0

.intel_syntax noprefix
.text
  mov ebx, LIST

  // The kernel takes arguments where entries have them: number, then six words.
next:
  mov rax, [rbx]
  mov rdi, [rbx+8]
  mov rsi, [rbx+16]
  mov rdx, [rbx+24]
  mov r10, [rbx+32]
  mov r8, [rbx+40]
  mov r9, [rbx+48]
  syscall

  // The result replaces the number: later entries may point to it.
  mov [rbx], rax

  // 1: the call may fail.
  mov rcx, [rbx+56]
  cmp rcx, 1
  je advance

  // Results from -4095 to -1 are error numbers (syscall(2)).
  cmp rax, -4095
  jae fail

  // Another list follows if there is one, and the result is 0: the child's side of a fork.
  test rcx, rcx
  jz advance
  test rax, rax
  jnz advance
  mov rbx, rcx
  jmp next

advance:
  add rbx, 64
  jmp next

  // Leaves entry and result where the failure's list reports them from.
fail:
  mov edx, DATA_ADDRESS
  mov [rdx], rbx
  mov [rdx+8], rax
  mov ebx, FAILURE_LIST
  jmp next
