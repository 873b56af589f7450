/**
 * Programs that attack from inside a container: each makes one system call and reports what came of it.
 *
 * They are static executables of some hundred bytes, so they need nothing of an image.
 *
 * @module
 */

import { encodeProgram, reachedCall, REPORT_SIZE, type SystemCall } from "../../ffi/mod.ts";
import type { SystemCallArgument } from "../../ffi/system_call.ts";
import { ARCHITECTURES, SYSTEM_CALLS } from "../../lib/seccomp/system_calls.ts";

/** What came of a call: what it returned, or minus the error number. */
export type AttackResult = number;

/** The numbers of errors that attacks meet (asm-generic/errno.h). */
export const Errno = {
  EPERM: 1,
  ENOENT: 2,
  EACCES: 13,
  ETXTBSY: 26,
  EROFS: 30,
  ENOSYS: 38,
} as const;

const STDOUT = 1;
const COLUMN = ARCHITECTURES.indexOf(Deno.build.arch);

/** A system call to try. */
export interface Attack {
  /** The call's name. */
  call: string;
  /** Its arguments. */
  args?: readonly SystemCallArgument[];
}

/**
 * Tells whether this machine has a call.
 *
 * @param attack The call.
 * @returns Whether it has a number.
 */
export function exists({ call }: Attack): boolean {
  return (SYSTEM_CALLS[call]?.[COLUMN] ?? -1) >= 0;
}

function systemCall({ args: [first = 0, ...others] = [], call }: Attack): SystemCall {
  // Reports hold the first argument, and tell failures by the sign; the kernel takes it as an int.
  const unsigned = typeof first === "number" && first < 0 ? 2 ** 32 + first : first;
  return { name: `#${SYSTEM_CALLS[call]![COLUMN]!}`, args: [unsigned, ...others] };
}

/** The call stands where the fork would: what it returns is reported, and 0 goes on at the child. */
function program(attack: Attack): {
  bytes: Uint8Array<ArrayBuffer>;
  read: (output: Uint8Array) => AttackResult;
} {
  const { bytes, readReport } = encodeProgram({
    before: [],
    fork: systemCall(attack),
    child: [reachedCall(STDOUT), { name: "exit_group", args: [0] }],
  }, STDOUT);
  const read = (output: Uint8Array) => {
    if (output.length < REPORT_SIZE) throw new Error(`"${attack.call}" was killed`);
    const report = readReport(new DataView(output.buffer, output.byteOffset, REPORT_SIZE));
    if (report.kind === "failed") return -report.errno;
    return report.kind === "forked" ? report.pid : 0;
  };
  return { bytes, read };
}

/**
 * Writes the executable of an attack.
 *
 * @param path Where.
 * @param attack The call.
 * @returns Reads what the executable wrote to its standard output.
 */
export async function writeAttack(
  path: string,
  attack: Attack,
): Promise<(output: Uint8Array) => AttackResult> {
  const { bytes, read } = program(attack);
  await Deno.writeFile(path, bytes, { mode: 0o755 });
  return read;
}

/** Attacks to be tried one after another by one container. */
export class AttackFolder implements AsyncDisposable {
  /** What to mount on {@linkcode MOUNT_POINT}. */
  readonly path: string;
  /** What the container executes, once it is mounted. */
  readonly command: readonly string[] = ["sh", "/attacks/run"];
  readonly #readers = new Map<string, (output: Uint8Array) => AttackResult>();

  private constructor(path: string) {
    this.path = path;
  }

  /**
   * Writes a folder of attacks.
   *
   * @param attacks The calls by name of the attack.
   * @returns The folder.
   */
  static async create(attacks: Readonly<Record<string, Attack>>): Promise<AttackFolder> {
    const folder = new AttackFolder(
      await Deno.makeTempDir({ dir: "/var/tmp", prefix: "tsd-attack-" }),
    );
    const names = Object.keys(attacks);
    for (const [name, attack] of Object.entries(attacks)) {
      folder.#readers.set(name, await writeAttack(`${folder.path}/${name}`, attack));
    }
    const lines = names.map((name) => `/attacks/${name} > /attacks/${name}.out 2>/dev/null`);
    await Deno.writeTextFile(`${folder.path}/run`, [...lines, "true", ""].join("\n"));
    return folder;
  }

  /**
   * Reads what came of the attacks.
   *
   * @returns What each call returned, by name of the attack.
   */
  async results(): Promise<Record<string, AttackResult>> {
    const results: Record<string, AttackResult> = {};
    for (const [name, read] of this.#readers) {
      const path = `${this.path}/${name}.out`;
      results[name] = read(await Deno.readFile(path));
      await Deno.remove(path);
    }
    return results;
  }

  /** Removes the folder. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.path, { recursive: true });
  }
}
