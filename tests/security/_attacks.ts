/**
 * System calls that reach beyond a container.
 *
 * @module
 */

import type { Attack } from "./_attack_programs.ts";

/** An attack, and what it needs to be worth anything where nothing confines it. */
export interface KnownAttack extends Attack {
  /** The number of the capability it needs on the host as well. */
  capability?: number;
  /** Whether without a filter it fails in the same way, as far as can be shown safely. */
  isSilent?: boolean;
}

const CAP_SYS_MODULE = 16;
const CAP_SYS_RAWIO = 17;
const CAP_SYS_BOOT = 22;
const CAP_SYS_TIME = 25;
const CAP_SYSLOG = 34;
const CAP_PERFMON = 38;
const CAP_BPF = 39;

const SIGCHLD = 17;
const AT_FDCWD = -100;
// linux/sched.h
const NEW = {
  time: 0x80,
  mount: 0x00020000,
  cgroup: 0x02000000,
  uts: 0x04000000,
  ipc: 0x08000000,
  user: 0x10000000,
  pid: 0x20000000,
  network: 0x40000000,
};
// linux/socket.h
const AF_ALG = 38;
const AF_VSOCK = 40;
const SOCK_SEQPACKET = 5;
const SOCK_STREAM = 1;

const namespaces = Object.entries(NEW);

/** Attacks by name. Where they would succeed, they do no harm: arguments are wrong or change nothing. */
export const ATTACKS: Readonly<Record<string, KnownAttack>> = {
  ...Object.fromEntries(
    namespaces.map(([name, flag]) => [`unshare-${name}`, { call: "unshare", args: [flag] }]),
  ),
  ...Object.fromEntries(
    namespaces.filter(([name]) => name !== "time").map(([name, flag]) => [
      `clone-${name}`,
      { call: "clone", args: [flag | SIGCHLD] },
    ]),
  ),
  // Of a size that no version of it has.
  "clone3": { call: "clone3", args: [new Uint8Array(8), 8] },
  "setns": { call: "setns", args: [-1, 0] },
  "mount": { call: "mount", args: ["none", "/tmp", "tmpfs", 0, 0] },
  "umount2": { call: "umount2", args: ["/nosuch", 0] },
  "pivot-root": { call: "pivot_root", args: ["/nosuch", "/nosuch"] },
  "open-tree": { call: "open_tree", args: [AT_FDCWD, "/", 1] },
  "move-mount": { call: "move_mount", args: [-1, "", -1, "", 0] },
  "fsopen": { call: "fsopen", args: ["tmpfs", 0] },
  "mount-setattr": { call: "mount_setattr", args: [-1, "/nosuch", 0, new Uint8Array(32), 32] },
  "open-by-handle-at": { call: "open_by_handle_at", args: [-1, new Uint8Array(16), 0] },
  "quotactl": { call: "quotactl", args: [0x80000000, "/nosuch", 0, 0] },
  "swapon": { call: "swapon", args: ["/nosuch", 0] },
  "acct": { call: "acct", args: ["/nosuch"] },
  "bpf": { call: "bpf", args: [-1, new Uint8Array(8), 8], capability: CAP_BPF },
  "userfaultfd": { call: "userfaultfd", args: [0] },
  "perf-event-open": { call: "perf_event_open", args: [0, 0, -1, -1, 0], capability: CAP_PERFMON },
  "io-uring": { call: "io_uring_setup", args: [1, 0] },
  "add-key": { call: "add_key", args: ["user", "tsd-test", "x", 1, -3] },
  "request-key": { call: "request_key", args: ["user", "tsd-test-nosuch", 0, 0] },
  // KEYCTL_GET_KEYRING_ID of the session's.
  "keyctl": { call: "keyctl", args: [0, -3, 1] },
  "init-module": { call: "init_module", args: [0, 0, ""], capability: CAP_SYS_MODULE },
  "finit-module": { call: "finit_module", args: [-1, "", 0], capability: CAP_SYS_MODULE },
  "delete-module": { call: "delete_module", args: ["nosuch", 0], capability: CAP_SYS_MODULE },
  "kexec-load": { call: "kexec_load", args: [0, 1000, 0, 0], capability: CAP_SYS_BOOT },
  // With a wrong magic number.
  "reboot": { call: "reboot", args: [1, 2, 0, 0], capability: CAP_SYS_BOOT },
  // Nothing to set.
  "settimeofday": { call: "settimeofday", args: [0, 0], capability: CAP_SYS_TIME },
  "clock-settime": { call: "clock_settime", args: [0, 1], capability: CAP_SYS_TIME },
  "iopl": { call: "iopl", args: [3], capability: CAP_SYS_RAWIO },
  // SYSLOG_ACTION_SIZE_BUFFER
  "syslog": { call: "syslog", args: [10, 0, 0], capability: CAP_SYSLOG },
  // ADDR_NO_RANDOMIZE
  "personality": { call: "personality", args: [0x40000] },
  "socket-vsock": { call: "socket", args: [AF_VSOCK, SOCK_STREAM, 0] },
  "socket-alg": { call: "socket", args: [AF_ALG, SOCK_SEQPACKET, 0] },
  // The kernel takes an int; a filter that compares all 64 bits sees a number greater than 40.
  "socket-alg-disguised": { call: "socket", args: [2 ** 32 + AF_ALG, SOCK_SEQPACKET, 0] },
  "nfsservctl": { call: "nfsservctl", args: [0, 0, 0], isSilent: true },
};
