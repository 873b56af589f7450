/**
 * Starting processes (posix_spawn(3)).
 *
 * `Deno.Command` cannot pass further descriptors, start a session or tell a child's exit from its
 * descriptors alone, so our own processes are started here. glibc's posix_spawn works like vfork:
 * its cost does not grow with the parent.
 *
 * @module
 */

import { libc } from "./_libc.ts";
import { cString, cStringArray } from "./_cstring.ts";
import { check, SyscallError } from "./error.ts";
import { close, duplicateAbove } from "./fd.ts";

// int posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *file_actions,
//                 const posix_spawnattr_t *attrp, char *const argv[], char *const envp[]);
//                                                                                posix_spawn(3)
const posixSpawn = libc("posix_spawn", {
  parameters: ["buffer", "buffer", "buffer", "buffer", "buffer", "buffer"],
  result: "i32",
});
// int posix_spawn_file_actions_init(posix_spawn_file_actions_t *file_actions);
const actionsInit = libc("posix_spawn_file_actions_init", {
  parameters: ["buffer"],
  result: "i32",
});
// int posix_spawn_file_actions_adddup2(posix_spawn_file_actions_t *, int fildes, int newfildes);
const actionsDup2 = libc("posix_spawn_file_actions_adddup2", {
  parameters: ["buffer", "i32", "i32"],
  result: "i32",
});
// int posix_spawn_file_actions_destroy(posix_spawn_file_actions_t *file_actions);
const actionsDestroy = libc("posix_spawn_file_actions_destroy", {
  parameters: ["buffer"],
  result: "i32",
});
// int posix_spawnattr_init(posix_spawnattr_t *attr);
const attrInit = libc("posix_spawnattr_init", { parameters: ["buffer"], result: "i32" });
// int posix_spawnattr_setflags(posix_spawnattr_t *attr, short flags);
const attrSetFlags = libc("posix_spawnattr_setflags", {
  parameters: ["buffer", "i16"],
  result: "i32",
});
// int posix_spawnattr_setsigdefault(posix_spawnattr_t *attr, const sigset_t *sigdefault);
const attrSetSigdefault = libc("posix_spawnattr_setsigdefault", {
  parameters: ["buffer", "buffer"],
  result: "i32",
});
// int posix_spawnattr_setsigmask(posix_spawnattr_t *attr, const sigset_t *sigmask);
const attrSetSigmask = libc("posix_spawnattr_setsigmask", {
  parameters: ["buffer", "buffer"],
  result: "i32",
});

// glibc's spawn.h: sizes of the opaque types (80 and 336 on 64-bit), with room to spare.
const FILE_ACTIONS_SIZE = 128;
const ATTRIBUTES_SIZE = 512;
const SIGSET_SIZE = 128;
const SpawnFlag = { SETSIGDEF: 0x04, SETSIGMASK: 0x08, SETSID: 0x80 };
// Above every number a child asks for, so that one dup2 never overwrites the source of another.
const HIGH = 64;

/** How to start a process. */
export interface SpawnOptions {
  /** The executable's path; it is not searched for. */
  path: string;
  /** `argv`, the name included. */
  args: readonly string[];
  /** The whole environment. */
  env: Readonly<Record<string, string>>;
  /** The child's descriptors by number, each a descriptor of ours; all others are closed on exec. */
  fds: Readonly<Record<number, number>>;
  /** Whether it starts a session of its own (setsid(2)). */
  newSession?: boolean;
  /** The numbers of signals that it blocks; none where absent. */
  blockedSignals?: readonly number[];
}

/**
 * Starts a process with default signal dispositions and a signal mask that owes nothing to ours.
 *
 * Runs on the calling thread from start to end, so the child is in the namespaces that this thread
 * has set for its children.
 *
 * @param options What to start, and with which descriptors.
 * @returns The child's pid, as this process sees it.
 * @throws {SyscallError} It could not be started.
 */
export function spawn(options: SpawnOptions): number {
  const actions = new Uint8Array(FILE_ACTIONS_SIZE);
  const high: number[] = [];
  actionsInit(actions);
  try {
    for (const [target, fd] of Object.entries(options.fds)) {
      const copy = duplicateAbove(fd, HIGH);
      high.push(copy);
      actionsDup2(actions, copy, Number(target));
    }
    const pid = new Int32Array(1);
    const argv = cStringArray(options.args);
    const envp = cStringArray(Object.entries(options.env).map(([key, value]) => `${key}=${value}`));
    const result = posixSpawn(
      pid,
      cString(options.path),
      actions,
      attributes(options),
      argv,
      envp,
    );
    // It returns the error number and leaves errno alone.
    if (result !== 0) throw new SyscallError("posix_spawn", options.path, result);
    return pid[0]!;
  } finally {
    actionsDestroy(actions);
    high.forEach(close);
  }
}

function attributes(
  { blockedSignals = [], newSession = false }: SpawnOptions,
): Uint8Array<ArrayBuffer> {
  const attr = new Uint8Array(ATTRIBUTES_SIZE);
  check(attrInit(attr), "posix_spawnattr_init", "");
  attrSetSigdefault(attr, new Uint8Array(SIGSET_SIZE).fill(0xff));
  const mask = new Uint8Array(SIGSET_SIZE);
  for (const signal of blockedSignals) mask[(signal - 1) >> 3]! |= 1 << ((signal - 1) & 7);
  attrSetSigmask(attr, mask);
  attrSetFlags(
    attr,
    SpawnFlag.SETSIGDEF | SpawnFlag.SETSIGMASK | (newSession ? SpawnFlag.SETSID : 0),
  );
  return attr;
}
