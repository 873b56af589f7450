import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { useEveryCommand } from "./harness/every_command.ts";
import { suite } from "./harness/suite.ts";
import { AS_WRITTEN } from "./harness/tsd.ts";

const shared = suite({ images: ["alpine", "layers40"] });

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const DENORT = fileURLToPath(new URL("../../shared/tools/denort", import.meta.url));

/** A form of the program, and what it needs. */
interface Form {
  name: string;
  /** What compiles it; where absent, it is the program as it is written. */
  args?: string[];
  env(): Promise<Record<string, string>>;
  /** Why it cannot be tried here. */
  missing?: string;
}

const FORMS: Form[] = [
  { name: "the program as it is written", env: () => Promise.resolve({}) },
  { name: "the portable form", args: ["--portable"], env: () => Promise.resolve({}) },
  {
    name: "the form of deno compile",
    args: ["--compile-with", "npx -y deno@2.4.2"],
    env: async () => ({ DENORT_BIN: (await output(DENORT, [], {})).trim() }),
    ...!exists(DENORT) && { missing: `there is no ${DENORT}` },
  },
];

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function output(
  program: string,
  args: string[],
  env: Record<string, string>,
): Promise<string> {
  const result = await new Deno.Command(program, { args, env, stdin: "null" }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  assert.equal(result.code, 0, `${program} ${args.join(" ")}: ${text(result.stderr)}`);
  return text(result.stdout);
}

for (const form of FORMS) {
  Deno.test(`${form.name} has every command`, async (t) => {
    if (form.missing !== undefined) {
      // deno-lint-ignore no-console -- a skip says why
      console.log(`skipped: ${form.missing}`);
      return;
    }
    const { tsd } = shared;
    const folder = await Deno.makeTempDir({ dir: "/var/tmp", prefix: "tsd-compiled-" });
    try {
      const program = `${folder}/tsd`;
      tsd.env.TSD_CACHE = `${folder}/cache`;
      if (form.args) {
        const args = ["run", "-A", `${ROOT}scripts/compile.ts`, ...form.args, "--output", program];
        await output(Deno.execPath(), args, await form.env());
        tsd.program = [program];
      } else tsd.program = AS_WRITTEN;
      await t.step("every command", () => useEveryCommand(tsd, shared.registry.host));
      await t.step("an image of forty layers", async () => {
        const image = shared.image("layers40");
        const { stdout } = await tsd.run(["run", "--rm", image, "ls", "/"]);
        assert.match(stdout, /^bin$/m);
        await tsd.run(["rmi", image]);
      });
    } finally {
      await tsd.run(["system", "reset", "-f"]);
      tsd.program = undefined;
      await Deno.remove(folder, { recursive: true });
      await tsd.checkClean();
    }
  });
}
