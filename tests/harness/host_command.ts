/**
 * Runs a program of the host to its end, for what the tests need around tsd.
 *
 * @module
 */

/** What {@linkcode hostCommand} passes to the program. */
export interface HostCommandOptions {
  /** Bytes or text for its stdin; without it, stdin is `/dev/null`. */
  stdin?: string | Uint8Array<ArrayBuffer>;
  /** Its working directory. */
  cwd?: string;
  /** Variables added to its environment. */
  env?: Record<string, string>;
}

/**
 * Runs a program and returns the bytes it printed.
 *
 * @param program Its name in `PATH`, or its path.
 * @param args Its arguments.
 * @param options Its stdin, working directory and environment.
 * @returns What it wrote to stdout.
 * @throws {Error} When it exits with another code than 0; the message holds its stderr.
 */
export async function hostCommandBytes(
  program: string,
  args: string[],
  options: HostCommandOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const { stdin, ...rest } = options;
  const child = new Deno.Command(program, {
    args,
    ...rest,
    stdin: stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const fed = stdin === undefined ? undefined : feed(child, stdin);
  const { code, stdout, stderr } = await child.output();
  await fed;
  if (code === 0) return stdout;
  const text = new TextDecoder().decode(stderr);
  throw new Error(`Cannot run "${program} ${args.join(" ")}": exit code ${code}: ${text}`);
}

/**
 * Runs a program and returns the text it printed, without the final line break.
 *
 * @param program Its name in `PATH`, or its path.
 * @param args Its arguments.
 * @param options Its stdin, working directory and environment.
 * @returns What it wrote to stdout.
 * @throws {Error} When it exits with another code than 0; the message holds its stderr.
 */
export async function hostCommand(
  program: string,
  args: string[],
  options: HostCommandOptions = {},
): Promise<string> {
  const bytes = await hostCommandBytes(program, args, options);
  return new TextDecoder().decode(bytes).replace(/\n$/, "");
}

async function feed(
  child: Deno.ChildProcess,
  stdin: string | Uint8Array<ArrayBuffer>,
): Promise<void> {
  const writer = child.stdin.getWriter();
  await writer.write(typeof stdin === "string" ? new TextEncoder().encode(stdin) : stdin);
  await writer.close();
}
