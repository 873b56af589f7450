/**
 * Assembling the sources of machine code in ffi/programs, to compare them with the bytes in use.
 *
 * @module
 */

const SOURCES = new URL("../../ffi/programs/", import.meta.url).pathname;

/** GNU binutils by the architecture they assemble for; Debian names those of another one so. */
const PREFIX = {
  "x86_64": "x86_64-linux-gnu-",
  "aarch64": "aarch64-linux-gnu-",
};

/** An architecture that machine code is for. */
export type Architecture = keyof typeof PREFIX;

/**
 * Assembles a source of machine code.
 *
 * @param name The source's name without ending, as `call_program`.
 * @param arch The architecture.
 * @returns The code; nothing if there is no assembler for it here.
 * @throws {Error} The source is wrong; the message is the assembler's.
 */
export async function assemble(
  name: string,
  arch: Architecture,
): Promise<Uint8Array | undefined> {
  return await inScratch(async (scratch) => {
    const object = `${scratch}/code.o`;
    const made = await run(`${PREFIX[arch]}as`, [`${SOURCES}${name}.${arch}.S`, "-o", object]);
    if (!made) return undefined;
    const code = `${scratch}/code.bin`;
    await run(`${PREFIX[arch]}objcopy`, ["-O", "binary", "-j", ".text", object, code]);
    return await Deno.readFile(code);
  });
}

/**
 * Assembles a WebAssembly module.
 *
 * @param name The source's name without ending, as `line_records`.
 * @returns The module; nothing if wabt is not installed.
 * @throws {Error} The source is wrong; the message is the assembler's.
 */
export async function assembleModule(name: string): Promise<Uint8Array | undefined> {
  return await inScratch(async (scratch) => {
    const module = `${scratch}/module.wasm`;
    const made = await run("wat2wasm", [`${SOURCES}${name}.wat`, "-o", module]);
    return made ? await Deno.readFile(module) : undefined;
  });
}

async function inScratch<Result>(use: (scratch: string) => Promise<Result>): Promise<Result> {
  const scratch = await Deno.makeTempDir({ prefix: "tsd-assemble-" });
  try {
    return await use(scratch);
  } finally {
    await Deno.remove(scratch, { recursive: true });
  }
}

/** Runs a program; false if it is not installed. */
async function run(program: string, args: string[]): Promise<boolean> {
  try {
    const { success, stderr } = await new Deno.Command(program, { args }).output();
    if (!success) throw new Error(`Cannot assemble: ${new TextDecoder().decode(stderr)}`);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
