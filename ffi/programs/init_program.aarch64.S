// A container's PID 1 in place of its command (--init): ../init_program.ts tells what it does, and
// draws the memory. The bytes in ../_init_program_code.ts are these, assembled;
// init_program_test.ts compares them.
//
//   aarch64-linux-gnu-as init_program.aarch64.S -o /tmp/init_program.o
//   aarch64-linux-gnu-objcopy -O binary -j .text /tmp/init_program.o /tmp/init_program.bin

.set SYS_prctl,           167
.set SYS_rt_sigprocmask,  135
.set SYS_clone,           220
.set SYS_close,           57
.set SYS_rt_sigtimedwait, 137
.set SYS_kill,            129
.set SYS_wait4,           260
.set SYS_exit_group,      94
.set SYS_setpgid,         154
.set SYS_getpid,          172
.set SYS_ioctl,           29
.set SYS_fcntl,           25
.set SYS_execve,          221
.set SYS_write,           64

.text
  mov x19, sp
  movz w20, #0x60, lsl #16
  mov x8, #SYS_prctl
  mov x0, #15
  mov x1, x20
  svc #0
  mov x8, #SYS_prctl
  mov x0, #36
  mov x1, #1
  svc #0
  mov x8, #SYS_rt_sigprocmask
  mov x0, #0
  add x1, x20, #16
  mov x2, #0
  mov x3, #8
  svc #0
  mov x8, #SYS_clone
  mov x0, #17
  mov x1, #0
  mov x3, #0
  mov x4, #0
  svc #0
  tbnz x0, #63, fail
  cbz x0, child
  mov w21, w0
  mov x8, #SYS_close
  mov x0, #3
  svc #0

  // All signals are blocked, so each is taken here, and none ends this process.
wait:
  mov x8, #SYS_rt_sigtimedwait
  add x0, x20, #16
  mov x1, #0
  mov x2, #0
  mov x3, #8
  svc #0
  cmp w0, #17
  b.eq reap
  cmp w0, #0
  b.le wait
  mov w1, w0
  mov w0, w21
  mov x8, #SYS_kill
  svc #0
  b wait

  // SIGCHLD stands for one child or several: all that have ended are waited for.
reap:
  mov x8, #SYS_wait4
  mov x0, #-1
  add x1, x20, #36
  mov x2, #1
  mov x3, #0
  svc #0
  cmp w0, #0
  b.le wait
  cmp w0, w21
  b.ne reap
  ldr w1, [x20, #36]
  ubfx w0, w1, #8, #8
  ands w1, w1, #127
  b.eq exit
  add w0, w1, #128

exit:
  mov x8, #SYS_exit_group
  svc #0

  // A process group of its own, in the terminal's foreground: Ctrl-C reaches the command once.
child:
  mov x8, #SYS_setpgid
  mov x0, #0
  mov x1, #0
  svc #0
  mov x8, #SYS_getpid
  svc #0
  str w0, [x20, #32]
  mov x8, #SYS_ioctl
  mov x0, #0
  mov x1, #0x5410
  add x2, x20, #32
  svc #0
  mov x8, #SYS_fcntl
  mov x0, #3
  mov x1, #2
  mov x2, #1
  svc #0
  mov x8, #SYS_rt_sigprocmask
  mov x0, #2
  add x1, x20, #24
  mov x2, #0
  mov x3, #8
  svc #0
  mov x8, #SYS_execve
  ldr x0, [x20, #40]
  add x1, x19, #24
  ldr x2, [x19]
  add x2, x19, x2, lsl #3
  add x2, x2, #16
  svc #0

  // Looks the error number up in the table of reports; 0 ends it and stands for any.
fail:
  neg x0, x0
  add x4, x20, #48

lookup:
  ldr x5, [x4]
  cmp x5, x0
  b.eq found
  cbz x5, found
  add x4, x4, #24
  b lookup

  // Tells whoever started the container why there is no command.
found:
  ldp x1, x2, [x4, #8]
  mov x0, #3
  mov x8, #SYS_write
  svc #0
  mov x0, #1
  b exit
