/**
 * The filter a container has unless told otherwise: what Docker allows, in our own words.
 *
 * Programs can do what programs do; what reaches beyond the container, or is young and large, needs a
 * capability (or is refused).
 *
 * @module
 */

import type { ProfileRule, SeccompProfile } from "./profile.ts";

/** Calls that every container may make. */
const ALLOWED: Readonly<Record<string, string>> = {
  "files and folders": `
    _llseek access cachestat chdir chmod chown chown32 close close_range copy_file_range creat dup
    dup2 dup3 faccessat faccessat2 fadvise64 fadvise64_64 fallocate fanotify_mark fchdir fchmod
    fchmodat fchmodat2 fchown fchown32 fchownat fcntl fcntl64 fdatasync flock fstat fstat64
    fstatat64 fstatfs fstatfs64 fsync ftruncate ftruncate64 futimesat getcwd getdents getdents64
    inotify_add_watch inotify_init inotify_init1 inotify_rm_watch ioctl lchown lchown32 link
    linkat listmount lseek lstat lstat64 mkdir mkdirat mknod mknodat name_to_handle_at newfstatat
    open openat openat2 pread64 preadv preadv2 pwrite64 pwritev pwritev2 read readahead readlink
    readlinkat readv rename renameat renameat2 rmdir sendfile sendfile64 splice stat stat64 statfs
    statfs64 statmount statx symlink symlinkat sync sync_file_range syncfs tee truncate truncate64
    umask unlink unlinkat utime utimensat utimensat_time64 utimes vmsplice write writev
  `,
  "extended attributes": `
    fgetxattr flistxattr fremovexattr fsetxattr getxattr getxattrat lgetxattr listxattr
    listxattrat llistxattr lremovexattr lsetxattr removexattr removexattrat setxattr setxattrat
  `,
  "waiting for descriptors, asynchronous input and output": `
    _newselect epoll_create epoll_create1 epoll_ctl epoll_ctl_old epoll_pwait epoll_pwait2
    epoll_wait epoll_wait_old eventfd eventfd2 io_cancel io_destroy io_getevents io_pgetevents
    io_pgetevents_time64 io_setup io_submit pipe pipe2 poll ppoll ppoll_time64 pselect6
    pselect6_time64 select signalfd signalfd4 timerfd_create timerfd_gettime timerfd_gettime64
    timerfd_settime timerfd_settime64
  `,
  "memory": `
    brk madvise map_shadow_stack membarrier memfd_create memfd_secret mincore mlock mlock2
    mlockall mmap mmap2 mprotect mremap mseal msync munlock munlockall munmap pkey_alloc pkey_free
    pkey_mprotect process_mrelease remap_file_pages
  `,
  "sockets": `
    accept accept4 bind connect getpeername getsockname getsockopt listen recv recvfrom recvmmsg
    recvmmsg_time64 recvmsg send sendmmsg sendmsg sendto setsockopt shutdown socketcall socketpair
  `,
  "system v ipc and message queues": `
    ipc mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedreceive_time64 mq_timedsend
    mq_timedsend_time64 mq_unlink msgctl msgget msgrcv msgsnd semctl semget semop semtimedop
    semtimedop_time64 shmat shmctl shmdt shmget
  `,
  "signals": `
    kill pause pidfd_send_signal rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo
    rt_sigreturn rt_sigsuspend rt_sigtimedwait rt_sigtimedwait_time64 rt_tgsigqueueinfo
    sigaltstack sigprocmask sigreturn tgkill tkill
  `,
  "time": `
    adjtimex alarm clock_adjtime clock_adjtime64 clock_getres clock_getres_time64 clock_gettime
    clock_gettime64 clock_nanosleep clock_nanosleep_time64 getitimer gettimeofday nanosleep
    setitimer time timer_create timer_delete timer_getoverrun timer_gettime timer_gettime64
    timer_settime timer_settime64 times
  `,
  "scheduling": `
    getcpu getpriority ioprio_get ioprio_set sched_get_priority_max sched_get_priority_min
    sched_getaffinity sched_getattr sched_getparam sched_getscheduler sched_rr_get_interval
    sched_rr_get_interval_time64 sched_setaffinity sched_setattr sched_setparam sched_setscheduler
    sched_yield setpriority
  `,
  "users, groups and capabilities": `
    capget capset getegid getegid32 geteuid geteuid32 getgid getgid32 getgroups getgroups32
    getresgid getresgid32 getresuid getresuid32 getuid getuid32 setfsgid setfsgid32 setfsuid
    setfsuid32 setgid setgid32 setgroups setgroups32 setregid setregid32 setresgid setresgid32
    setresuid setresuid32 setreuid setreuid32 setuid setuid32
  `,
  "threads and their synchronisation": `
    futex futex_requeue futex_time64 futex_wait futex_waitv futex_wake get_robust_list
    get_thread_area gettid restart_syscall rseq set_robust_list set_thread_area set_tid_address
  `,
  "processes and what is known of them": `
    execve execveat exit exit_group fork getpgid getpgrp getpid getppid getrandom getrlimit
    getrusage getsid pidfd_open prlimit64 riscv_hwprobe setpgid setrlimit setsid sysinfo
    ugetrlimit uname uretprobe vfork wait4 waitid waitpid
  `,
  "confining oneself further": `
    landlock_add_rule landlock_create_ruleset landlock_restrict_self prctl seccomp
  `,
};

/** Calls that a capability opens: who has it could do the same in other ways. */
const ALLOWED_WITH: Readonly<Record<string, string>> = {
  CAP_BPF: "bpf",
  CAP_DAC_READ_SEARCH: "open_by_handle_at",
  CAP_PERFMON: "perf_event_open",
  CAP_SYSLOG: "syslog",
  CAP_SYS_ADMIN: `
    bpf clone clone3 fanotify_init fsconfig fsmount fsopen fspick lookup_dcookie lsm_get_self_attr
    lsm_list_modules lsm_set_self_attr mount mount_setattr move_mount open_tree perf_event_open
    quotactl quotactl_fd setdomainname sethostname setns syslog umount umount2 unshare
  `,
  CAP_SYS_BOOT: "reboot",
  CAP_SYS_CHROOT: "chroot",
  CAP_SYS_MODULE: "delete_module finit_module init_module",
  CAP_SYS_NICE: "get_mempolicy mbind set_mempolicy set_mempolicy_home_node",
  CAP_SYS_PACCT: "acct",
  CAP_SYS_PTRACE: "kcmp pidfd_getfd process_madvise process_vm_readv process_vm_writev ptrace",
  CAP_SYS_RAWIO: "ioperm iopl",
  CAP_SYS_TIME: "clock_settime clock_settime64 settimeofday stime",
  CAP_SYS_TTY_CONFIG: "vhangup",
};

const ENOSYS = 38;
// linux/socket.h: AF_ALG reaches the kernel's cryptography, AF_VSOCK the hypervisor.
const AF_ALG = 38;
const AF_VSOCK = 40;
// sys/personality.h: Linux, with UNAME26, with 32 bits, with both; and a question for what it is.
const PERSONALITIES = [0x0, 0x0008, 0x20000, 0x20008, 0xffffffff];
// linux/sched.h: CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET.
const NEW_NAMESPACES = 0x7e020000;

/** The profile. */
export const DEFAULT_SECCOMP_PROFILE: SeccompProfile = {
  defaultAction: "SCMP_ACT_ERRNO",
  defaultErrnoRet: 1,
  archMap: [
    { architecture: "SCMP_ARCH_X86_64", subArchitectures: ["SCMP_ARCH_X86", "SCMP_ARCH_X32"] },
    { architecture: "SCMP_ARCH_AARCH64", subArchitectures: ["SCMP_ARCH_ARM"] },
  ],
  syscalls: [
    allow(Object.values(ALLOWED).join(" ")),
    // Before it, a tracer could get around the filter.
    allow("process_vm_readv process_vm_writev ptrace", { includes: { minKernel: "4.8" } }),
    allow("socket", { args: [{ index: 0, value: AF_ALG, op: "SCMP_CMP_LT" }] }),
    allow("socket", { args: [{ index: 0, value: AF_ALG + 1, op: "SCMP_CMP_EQ" }] }),
    allow("socket", { args: [{ index: 0, value: AF_VSOCK, op: "SCMP_CMP_GT" }] }),
    ...PERSONALITIES.map((value) =>
      allow("personality", { args: [{ index: 0, value, op: "SCMP_CMP_EQ" }] })
    ),
    allow(
      "arm_fadvise64_64 arm_sync_file_range breakpoint cacheflush set_tls sync_file_range2",
      { includes: { arches: ["arm", "arm64"] } },
    ),
    allow("arch_prctl", { includes: { arches: ["amd64", "x32"] } }),
    allow("modify_ldt", { includes: { arches: ["amd64", "x32", "x86"] } }),
    ...Object.entries(ALLOWED_WITH).map(([capability, names]) =>
      allow(names, { includes: { caps: [capability] } })
    ),
    allow("clone", {
      args: [{ index: 0, value: NEW_NAMESPACES, valueTwo: 0, op: "SCMP_CMP_MASKED_EQ" }],
      excludes: { caps: ["CAP_SYS_ADMIN"] },
    }),
    // Its flags are out of a filter's sight; with this error, programs fall back to clone.
    {
      names: ["clone3"],
      action: "SCMP_ACT_ERRNO",
      errnoRet: ENOSYS,
      excludes: { caps: ["CAP_SYS_ADMIN"] },
    },
  ],
};

function allow(names: string, rest: Partial<ProfileRule> = {}): ProfileRule {
  return { names: names.trim().split(/\s+/), action: "SCMP_ACT_ALLOW", ...rest };
}
