/**
 * Times commands and looks at their memory.
 *
 * @module
 */

/** A program with its arguments and what it needs in its environment. */
export interface Invocation {
  /** The program, then its arguments. */
  argv: readonly string[];
  /** Variables added to the environment. */
  env?: Record<string, string>;
}

/** Milliseconds between two looks at a running command's peak memory. */
const LOOK_INTERVAL = 5;

/**
 * Runs a command to its end.
 *
 * @param invocation The command.
 * @param watch Called with the process id while the command runs.
 * @returns What it took, in milliseconds.
 * @throws {Error} It failed; the message ends with the last line of what it said.
 */
export async function timed(
  { argv: [program, ...args], env = {} }: Invocation,
  watch?: (pid: number, ended: AbortSignal) => Promise<void>,
): Promise<number> {
  const start = performance.now();
  const child = new Deno.Command(program!, {
    args,
    env,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const ended = new AbortController();
  const watching = watch?.(child.pid, ended.signal);
  const { success, stderr } = await child.output();
  const took = performance.now() - start;
  ended.abort();
  await watching;
  if (success) return took;
  const said = new TextDecoder().decode(stderr).trim().split("\n").at(-1) ?? "";
  throw new Error(`${program} ${args.slice(0, 3).join(" ")}: ${said}`);
}

/**
 * Runs a command to its end and reads what it prints.
 *
 * @param invocation The command.
 * @returns Its standard output, without white space around it.
 * @throws {Error} It failed.
 */
export async function output({ argv, env = {} }: Invocation): Promise<string> {
  const [program, ...args] = argv;
  const { stderr, stdout, success } = await new Deno.Command(program!, { args, env }).output();
  if (success) return new TextDecoder().decode(stdout).trim();
  throw new Error(`${argv.slice(0, 4).join(" ")}: ${new TextDecoder().decode(stderr).trim()}`);
}

/**
 * Runs a command and tells the most memory it held.
 *
 * @param invocation The command.
 * @returns The largest resident set of the process, in bytes; it only grows, so that the last look
 * before the end misses at most what came in 5 ms.
 * @throws {Error} The command failed.
 */
export async function peakOfCommand(invocation: Invocation): Promise<number> {
  let peak = 0;
  await timed(invocation, async (pid, ended) => {
    while (!ended.aborted) {
      peak = Math.max(peak, await peakOfProcess(pid));
      await new Promise((resolve) => setTimeout(resolve, LOOK_INTERVAL));
    }
  });
  return peak;
}

/**
 * Runs a command and tells the most memory that the daemons behind it held meanwhile.
 *
 * @param invocation The command.
 * @param daemons Their process ids.
 * @returns The sum of their largest resident sets, in bytes.
 * @throws {Error} The command failed.
 */
export async function peakOfDaemons(
  invocation: Invocation,
  daemons: readonly number[],
): Promise<number> {
  // proc(5): 5 resets the peak resident set size.
  for (const pid of daemons) await Deno.writeTextFile(`/proc/${pid}/clear_refs`, "5");
  await timed(invocation);
  const peaks = await Promise.all(daemons.map(peakOfProcess));
  return peaks.reduce((sum, peak) => sum + peak, 0);
}

/** The largest resident set so far (`VmHWM`), in bytes; 0 for a process that has ended. */
async function peakOfProcess(pid: number): Promise<number> {
  try {
    const status = await Deno.readTextFile(`/proc/${pid}/status`);
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1] ?? 0) * 1024;
  } catch (error) {
    if (isGone(error)) return 0;
    throw error;
  }
}

/**
 * Finds processes by their command lines.
 *
 * @param text What the command lines hold; a folder of nobody else's.
 * @returns Their process ids.
 */
export async function processesNaming(text: string): Promise<number[]> {
  const found: number[] = [];
  for await (const { name } of Deno.readDir("/proc")) {
    const pid = Number(name);
    if (!Number.isInteger(pid) || pid === Deno.pid) continue;
    try {
      if ((await Deno.readTextFile(`/proc/${pid}/cmdline`)).includes(text)) found.push(pid);
    } catch (error) {
      if (!isGone(error)) throw error;
    }
  }
  return found;
}

/**
 * Tells how much memory processes hold, what several share counted once among them.
 *
 * @param pids The processes.
 * @returns The sum of their proportional set sizes, in bytes.
 */
export async function residentOf(pids: readonly number[]): Promise<number> {
  const sizes = await Promise.all(pids.map(async (pid) => {
    const rollup = await Deno.readTextFile(`/proc/${pid}/smaps_rollup`);
    return Number(/^Pss:\s+(\d+) kB$/m.exec(rollup)![1]) * 1024;
  }));
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** ESRCH, when it ends between open and read, has no class of its own. */
function isGone(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound || /os error 3\b/.test(String(error));
}

/**
 * Finds the median.
 *
 * @param values At least one number.
 * @returns The middle one, or the mean of the middle two.
 */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
