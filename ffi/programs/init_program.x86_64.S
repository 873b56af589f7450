// A container's PID 1 in place of its command (--init): ../init_program.ts tells what it does, and
// draws the memory. The bytes in ../_init_program_code.ts are these, assembled;
// init_program_test.ts compares them.
//
//   as init_program.x86_64.S -o /tmp/init_program.o
//   objcopy -O binary -j .text /tmp/init_program.o /tmp/init_program.bin

.set SYS_prctl,           157
.set SYS_rt_sigprocmask,  14
.set SYS_clone,           56
.set SYS_close,           3
.set SYS_rt_sigtimedwait, 128
.set SYS_kill,            62
.set SYS_wait4,           61
.set SYS_exit_group,      231
.set SYS_setpgid,         109
.set SYS_getpid,          39
.set SYS_ioctl,           16
.set SYS_fcntl,           72
.set SYS_execve,          59
.set SYS_write,           1

.intel_syntax noprefix
.text
  mov r12, rsp
  mov ebx, 0x600000
  mov eax, SYS_prctl
  mov edi, 15
  mov esi, ebx
  syscall
  mov eax, SYS_prctl
  mov edi, 36
  mov esi, 1
  syscall
  mov eax, SYS_rt_sigprocmask
  xor edi, edi
  lea esi, [rbx+16]
  xor edx, edx
  mov r10d, 8
  syscall
  mov eax, SYS_clone
  mov edi, 17
  xor esi, esi
  xor r10d, r10d
  xor r8d, r8d
  syscall
  test rax, rax
  js fail
  jz child
  mov r13d, eax
  mov eax, SYS_close
  mov edi, 3
  syscall

  // All signals are blocked, so each is taken here, and none ends this process.
wait:
  mov eax, SYS_rt_sigtimedwait
  lea edi, [rbx+16]
  xor esi, esi
  xor edx, edx
  mov r10d, 8
  syscall
  cmp eax, 17
  je reap
  test eax, eax
  jle wait
  mov esi, eax
  mov edi, r13d
  mov eax, SYS_kill
  syscall
  jmp wait

  // SIGCHLD stands for one child or several: all that have ended are waited for.
reap:
  mov eax, SYS_wait4
  mov rdi, -1
  lea esi, [rbx+36]
  mov edx, 1
  xor r10d, r10d
  syscall
  test eax, eax
  jle wait
  cmp eax, r13d
  jne reap
  mov edi, [rbx+36]
  mov eax, edi
  and eax, 127
  jnz signaled
  shr edi, 8
  movzx edi, dil
  jmp exit

signaled:
  lea edi, [rax+128]

exit:
  mov eax, SYS_exit_group
  syscall

  // A process group of its own, in the terminal's foreground: Ctrl-C reaches the command once.
child:
  mov eax, SYS_setpgid
  xor edi, edi
  xor esi, esi
  syscall
  mov eax, SYS_getpid
  syscall
  mov [rbx+32], eax
  mov eax, SYS_ioctl
  xor edi, edi
  mov esi, 0x5410
  lea edx, [rbx+32]
  syscall
  mov eax, SYS_fcntl
  mov edi, 3
  mov esi, 2
  mov edx, 1
  syscall
  mov eax, SYS_rt_sigprocmask
  mov edi, 2
  lea esi, [rbx+24]
  xor edx, edx
  mov r10d, 8
  syscall
  mov eax, SYS_execve
  mov rdi, [rbx+40]
  lea rsi, [r12+24]
  mov rdx, [r12]
  lea rdx, [r12+rdx*8+16]
  syscall

  // Looks the error number up in the table of reports; 0 ends it and stands for any.
fail:
  neg rax
  lea ecx, [rbx+48]

lookup:
  mov rdx, [rcx]
  cmp rdx, rax
  je found
  test rdx, rdx
  jz found
  add rcx, 24
  jmp lookup

  // Tells whoever started the container why there is no command.
found:
  mov rsi, [rcx+8]
  mov rdx, [rcx+16]
  mov edi, 3
  mov eax, SYS_write
  syscall
  mov edi, 1
  jmp exit
