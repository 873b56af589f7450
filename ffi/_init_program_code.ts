/**
 * The machine code of init_program.ts, where what it does is explained.
 *
 * @module
 */

/** The same program for both, from programs/init_program.*.S; the addresses of the data are in it. */
export const INIT_PROGRAM_CODE = {
  "x86_64": new Uint8Array([
    ...[0x49, 0x89, 0xe4], //          mov  r12, rsp
    ...[0xbb, 0x00, 0x00, 0x60, 0x00], //          mov  ebx, 0x600000
    ...[0xb8, 0x9d, 0x00, 0x00, 0x00], //          mov  eax, 157 = prctl
    ...[0xbf, 0x0f, 0x00, 0x00, 0x00], //          mov  edi, 15
    ...[0x89, 0xde], //          mov  esi, ebx
    ...[0x0f, 0x05], //          syscall
    ...[0xb8, 0x9d, 0x00, 0x00, 0x00], //          mov  eax, 157 = prctl
    ...[0xbf, 0x24, 0x00, 0x00, 0x00], //          mov  edi, 36
    ...[0xbe, 0x01, 0x00, 0x00, 0x00], //          mov  esi, 1
    ...[0x0f, 0x05], //          syscall
    ...[0xb8, 0x0e, 0x00, 0x00, 0x00], //          mov  eax, 14 = rt_sigprocmask
    ...[0x31, 0xff], //          xor  edi, edi
    ...[0x8d, 0x73, 0x10], //          lea  esi, [rbx+16]
    ...[0x31, 0xd2], //          xor  edx, edx
    ...[0x41, 0xba, 0x08, 0x00, 0x00, 0x00], //          mov  r10d, 8
    ...[0x0f, 0x05], //          syscall
    ...[0xb8, 0x38, 0x00, 0x00, 0x00], //          mov  eax, 56 = clone
    ...[0xbf, 0x11, 0x00, 0x00, 0x00], //          mov  edi, 17
    ...[0x31, 0xf6], //          xor  esi, esi
    ...[0x45, 0x31, 0xd2], //          xor  r10d, r10d
    ...[0x45, 0x31, 0xc0], //          xor  r8d, r8d
    ...[0x0f, 0x05], //          syscall
    ...[0x48, 0x85, 0xc0], //          test rax, rax
    ...[0x0f, 0x88, 0xea, 0x00, 0x00, 0x00], //          js   fail
    ...[0x74, 0x7c], //          jz   child
    ...[0x41, 0x89, 0xc5], //          mov  r13d, eax
    ...[0xb8, 0x03, 0x00, 0x00, 0x00], //          mov  eax, 3 = close
    ...[0xbf, 0x03, 0x00, 0x00, 0x00], //          mov  edi, 3
    ...[0x0f, 0x05], //          syscall
    ...[0xb8, 0x80, 0x00, 0x00, 0x00], //    wait: mov  eax, 128 = rt_sigtimedwait
    ...[0x8d, 0x7b, 0x10], //          lea  edi, [rbx+16]
    ...[0x31, 0xf6], //          xor  esi, esi
    ...[0x31, 0xd2], //          xor  edx, edx
    ...[0x41, 0xba, 0x08, 0x00, 0x00, 0x00], //          mov  r10d, 8
    ...[0x0f, 0x05], //          syscall
    ...[0x83, 0xf8, 0x11], //          cmp  eax, 17
    ...[0x74, 0x12], //          je   reap
    ...[0x85, 0xc0], //          test eax, eax
    ...[0x7e, 0xe3], //          jle  wait
    ...[0x89, 0xc6], //          mov  esi, eax
    ...[0x44, 0x89, 0xef], //          mov  edi, r13d
    ...[0xb8, 0x3e, 0x00, 0x00, 0x00], //          mov  eax, 62 = kill
    ...[0x0f, 0x05], //          syscall
    ...[0xeb, 0xd5], //          jmp  wait
    ...[0xb8, 0x3d, 0x00, 0x00, 0x00], //    reap: mov  eax, 61 = wait4
    ...[0x48, 0xc7, 0xc7, 0xff, 0xff, 0xff, 0xff], //          mov  rdi, -1
    ...[0x8d, 0x73, 0x24], //          lea  esi, [rbx+36]
    ...[0xba, 0x01, 0x00, 0x00, 0x00], //          mov  edx, 1
    ...[0x45, 0x31, 0xd2], //          xor  r10d, r10d
    ...[0x0f, 0x05], //          syscall
    ...[0x85, 0xc0], //          test eax, eax
    ...[0x7e, 0xb8], //          jle  wait
    ...[0x44, 0x39, 0xe8], //          cmp  eax, r13d
    ...[0x75, 0xde], //          jne  reap
    ...[0x8b, 0x7b, 0x24], //          mov  edi, [rbx+36]
    ...[0x89, 0xf8], //          mov  eax, edi
    ...[0x83, 0xe0, 0x7f], //          and  eax, 127
    ...[0x75, 0x09], //          jnz  signaled
    ...[0xc1, 0xef, 0x08], //          shr  edi, 8
    ...[0x40, 0x0f, 0xb6, 0xff], //          movzx edi, dil
    ...[0xeb, 0x06], //          jmp  exit
    ...[0x8d, 0xb8, 0x80, 0x00, 0x00, 0x00], //signaled: lea  edi, [rax+128]
    ...[0xb8, 0xe7, 0x00, 0x00, 0x00], //    exit: mov  eax, 231 = exit_group
    ...[0x0f, 0x05], //          syscall
    ...[0xb8, 0x6d, 0x00, 0x00, 0x00], //   child: mov  eax, 109 = setpgid
    ...[0x31, 0xff], //          xor  edi, edi
    ...[0x31, 0xf6], //          xor  esi, esi
    ...[0x0f, 0x05], //          syscall
    ...[0xb8, 0x27, 0x00, 0x00, 0x00], //          mov  eax, 39 = getpid
    ...[0x0f, 0x05], //          syscall
    ...[0x89, 0x43, 0x20], //          mov  [rbx+32], eax
    ...[0xb8, 0x10, 0x00, 0x00, 0x00], //          mov  eax, 16 = ioctl
    ...[0x31, 0xff], //          xor  edi, edi
    ...[0xbe, 0x10, 0x54, 0x00, 0x00], //          mov  esi, 0x5410
    ...[0x8d, 0x53, 0x20], //          lea  edx, [rbx+32]
    ...[0x0f, 0x05], //          syscall
    ...[0xb8, 0x48, 0x00, 0x00, 0x00], //          mov  eax, 72 = fcntl
    ...[0xbf, 0x03, 0x00, 0x00, 0x00], //          mov  edi, 3
    ...[0xbe, 0x02, 0x00, 0x00, 0x00], //          mov  esi, 2
    ...[0xba, 0x01, 0x00, 0x00, 0x00], //          mov  edx, 1
    ...[0x0f, 0x05], //          syscall
    ...[0xb8, 0x0e, 0x00, 0x00, 0x00], //          mov  eax, 14 = rt_sigprocmask
    ...[0xbf, 0x02, 0x00, 0x00, 0x00], //          mov  edi, 2
    ...[0x8d, 0x73, 0x18], //          lea  esi, [rbx+24]
    ...[0x31, 0xd2], //          xor  edx, edx
    ...[0x41, 0xba, 0x08, 0x00, 0x00, 0x00], //          mov  r10d, 8
    ...[0x0f, 0x05], //          syscall
    ...[0xb8, 0x3b, 0x00, 0x00, 0x00], //          mov  eax, 59 = execve
    ...[0x48, 0x8b, 0x7b, 0x28], //          mov  rdi, [rbx+40]
    ...[0x49, 0x8d, 0x74, 0x24, 0x18], //          lea  rsi, [r12+24]
    ...[0x49, 0x8b, 0x14, 0x24], //          mov  rdx, [r12]
    ...[0x49, 0x8d, 0x54, 0xd4, 0x10], //          lea  rdx, [r12+rdx*8+16]
    ...[0x0f, 0x05], //          syscall
    ...[0x48, 0xf7, 0xd8], //    fail: neg  rax
    ...[0x8d, 0x4b, 0x30], //          lea  ecx, [rbx+48]
    ...[0x48, 0x8b, 0x11], //  lookup: mov  rdx, [rcx]
    ...[0x48, 0x39, 0xc2], //          cmp  rdx, rax
    ...[0x74, 0x0b], //          je   found
    ...[0x48, 0x85, 0xd2], //          test rdx, rdx
    ...[0x74, 0x06], //          jz   found
    ...[0x48, 0x83, 0xc1, 0x18], //          add  rcx, 24
    ...[0xeb, 0xed], //          jmp  lookup
    ...[0x48, 0x8b, 0x71, 0x08], //   found: mov  rsi, [rcx+8]
    ...[0x48, 0x8b, 0x51, 0x10], //          mov  rdx, [rcx+16]
    ...[0xbf, 0x03, 0x00, 0x00, 0x00], //          mov  edi, 3
    ...[0xb8, 0x01, 0x00, 0x00, 0x00], //          mov  eax, 1 = write
    ...[0x0f, 0x05], //          syscall
    ...[0xbf, 0x01, 0x00, 0x00, 0x00], //          mov  edi, 1
    ...[0xe9, 0x56, 0xff, 0xff, 0xff], //          jmp  exit
  ]),
  "aarch64": new Uint8Array(
    Uint32Array.of(
      0x910003f3, //          mov  x19, sp
      0x52a00c14, //          movz w20, #0x60, lsl #16
      0xd28014e8, //          mov  x8, #167 = prctl
      0xd28001e0, //          mov  x0, #15
      0xaa1403e1, //          mov  x1, x20
      0xd4000001, //          svc  #0
      0xd28014e8, //          mov  x8, #167 = prctl
      0xd2800480, //          mov  x0, #36
      0xd2800021, //          mov  x1, #1
      0xd4000001, //          svc  #0
      0xd28010e8, //          mov  x8, #135 = rt_sigprocmask
      0xd2800000, //          mov  x0, #0
      0x91004281, //          add  x1, x20, #16
      0xd2800002, //          mov  x2, #0
      0xd2800103, //          mov  x3, #8
      0xd4000001, //          svc  #0
      0xd2801b88, //          mov  x8, #220 = clone
      0xd2800220, //          mov  x0, #17
      0xd2800001, //          mov  x1, #0
      0xd2800003, //          mov  x3, #0
      0xd2800004, //          mov  x4, #0
      0xd4000001, //          svc  #0
      0xb7f80880, //          tbnz x0, #63, fail
      0xb40004a0, //          cbz  x0, child
      0x2a0003f5, //          mov  w21, w0
      0xd2800728, //          mov  x8, #57 = close
      0xd2800060, //          mov  x0, #3
      0xd4000001, //          svc  #0
      0xd2801128, //    wait: mov  x8, #137 = rt_sigtimedwait
      0x91004280, //          add  x0, x20, #16
      0xd2800001, //          mov  x1, #0
      0xd2800002, //          mov  x2, #0
      0xd2800103, //          mov  x3, #8
      0xd4000001, //          svc  #0
      0x7100441f, //          cmp  w0, #17
      0x54000100, //          b.eq reap
      0x7100001f, //          cmp  w0, #0
      0x54fffeed, //          b.le wait
      0x2a0003e1, //          mov  w1, w0
      0x2a1503e0, //          mov  w0, w21
      0xd2801028, //          mov  x8, #129 = kill
      0xd4000001, //          svc  #0
      0x17fffff2, //          b    wait
      0xd2802088, //    reap: mov  x8, #260 = wait4
      0x92800000, //          mov  x0, #-1
      0x91009281, //          add  x1, x20, #36
      0xd2800022, //          mov  x2, #1
      0xd2800003, //          mov  x3, #0
      0xd4000001, //          svc  #0
      0x7100001f, //          cmp  w0, #0
      0x54fffd4d, //          b.le wait
      0x6b15001f, //          cmp  w0, w21
      0x54fffee1, //          b.ne reap
      0xb9402681, //          ldr  w1, [x20, #36]
      0x53083c20, //          ubfx w0, w1, #8, #8
      0x72001821, //          ands w1, w1, #127
      0x54000040, //          b.eq exit
      0x11020020, //          add  w0, w1, #128
      0xd2800bc8, //    exit: mov  x8, #94 = exit_group
      0xd4000001, //          svc  #0
      0xd2801348, //   child: mov  x8, #154 = setpgid
      0xd2800000, //          mov  x0, #0
      0xd2800001, //          mov  x1, #0
      0xd4000001, //          svc  #0
      0xd2801588, //          mov  x8, #172 = getpid
      0xd4000001, //          svc  #0
      0xb9002280, //          str  w0, [x20, #32]
      0xd28003a8, //          mov  x8, #29 = ioctl
      0xd2800000, //          mov  x0, #0
      0xd28a8201, //          mov  x1, #0x5410
      0x91008282, //          add  x2, x20, #32
      0xd4000001, //          svc  #0
      0xd2800328, //          mov  x8, #25 = fcntl
      0xd2800060, //          mov  x0, #3
      0xd2800041, //          mov  x1, #2
      0xd2800022, //          mov  x2, #1
      0xd4000001, //          svc  #0
      0xd28010e8, //          mov  x8, #135 = rt_sigprocmask
      0xd2800040, //          mov  x0, #2
      0x91006281, //          add  x1, x20, #24
      0xd2800002, //          mov  x2, #0
      0xd2800103, //          mov  x3, #8
      0xd4000001, //          svc  #0
      0xd2801ba8, //          mov  x8, #221 = execve
      0xf9401680, //          ldr  x0, [x20, #40]
      0x91006261, //          add  x1, x19, #24
      0xf9400262, //          ldr  x2, [x19]
      0x8b020e62, //          add  x2, x19, x2, lsl #3
      0x91004042, //          add  x2, x2, #16
      0xd4000001, //          svc  #0
      0xcb0003e0, //    fail: neg  x0, x0
      0x9100c284, //          add  x4, x20, #48
      0xf9400085, //  lookup: ldr  x5, [x4]
      0xeb0000bf, //          cmp  x5, x0
      0x54000080, //          b.eq found
      0xb4000065, //          cbz  x5, found
      0x91006084, //          add  x4, x4, #24
      0x17fffffb, //          b    lookup
      0xa9408881, //   found: ldp  x1, x2, [x4, #8]
      0xd2800060, //          mov  x0, #3
      0xd2800808, //          mov  x8, #64 = write
      0xd4000001, //          svc  #0
      0xd2800020, //          mov  x0, #1
      0x17ffffd3, //          b    exit
    ).buffer,
  ),
};
