/**
 * Stands in for `node:process` where a bundled package needs only its surface.
 *
 * `node:process` adds 11 ms to the start of every command.
 *
 * @module
 */

const encoder = new TextEncoder();

type Output = typeof Deno.stdout;

function stream(
  output: Output,
): { readonly isTTY: boolean; readonly columns: number | undefined; write(text: string): boolean } {
  return {
    get isTTY() {
      return output.isTerminal();
    },
    get columns() {
      return output.isTerminal() ? Deno.consoleSize().columns : undefined;
    },
    write(text: string) {
      const bytes = encoder.encode(text);
      for (let at = 0; at < bytes.length;) at += output.writeSync(bytes.subarray(at));
      return true;
    },
  };
}

/** The part of Node's `process` that argument parsers touch. */
const process = {
  argv: [Deno.execPath(), "", ...Deno.args],
  execArgv: [] as string[],
  platform: Deno.build.os,
  stdout: stream(Deno.stdout),
  stderr: stream(Deno.stderr),
  versions: {},
  get env(): Record<string, string> {
    return Deno.env.toObject();
  },
  exit(code: number): never {
    Deno.exit(code);
  },
};

export default process;
