import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { suite } from "./harness/suite.ts";

const shared = suite({ images: ["alpine", "layers40"] });

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const DENORT = fileURLToPath(new URL("../../shared/tools/denort", import.meta.url));

/** A way to compile the program, and what it needs. */
interface Form {
  name: string;
  args: string[];
  env(): Promise<Record<string, string>>;
  /** Why it cannot be tried here. */
  missing?: string;
}

const FORMS: Form[] = [
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
  Deno.test(`${form.name} pulls, runs, lists and removes`, async (t) => {
    if (form.missing !== undefined) {
      // deno-lint-ignore no-console -- a skip says why
      console.log(`skipped: ${form.missing}`);
      return;
    }
    const { tsd } = shared;
    const folder = await Deno.makeTempDir({ dir: "/var/tmp", prefix: "tsd-compiled-" });
    try {
      const program = `${folder}/tsd`;
      const args = ["run", "-A", `${ROOT}scripts/compile.ts`, ...form.args, "--output", program];
      await output(Deno.execPath(), args, await form.env());
      tsd.program = program;
      tsd.env.TSD_CACHE = `${folder}/cache`;
      await t.step("the whole life of a container", () => useProgram(shared.image("alpine")));
      await t.step("an image of forty layers", async () => {
        const { stdout } = await tsd.run(["run", "--rm", shared.image("layers40"), "ls", "/"]);
        assert.match(stdout, /^bin$/m);
      });
    } finally {
      tsd.program = undefined;
      for (const name of ["alpine", "layers40"] as const) {
        await tsd.run(["rmi", "-f", shared.image(name)], { expect: "any" });
      }
      await Deno.remove(folder, { recursive: true });
      await tsd.checkClean();
    }
  });
}

async function useProgram(image: string): Promise<void> {
  const { tsd } = shared;
  const pull = await tsd.run(["pull", image]);
  assert.match(pull.stdout, new RegExp(`Status: Downloaded newer image for ${image}`));
  assert.match((await tsd.run(["images"])).stdout, /alpine +latest/);
  const echo = await tsd.run(["run", "--rm", "-i", image, "cat"], { stdin: "through\n" });
  assert.equal(echo.stdout, "through\n");
  await tsd.run(["run", "--rm", image, "sh", "-c", "exit 7"], { expect: 7 });
  await tsd.run(["run", "--rm", image, "no-such-command"], { expect: 127 });
  const id = (await tsd.run(["run", "-d", "--name", "lives-on", image, "sleep", "100"])).stdout
    .trim();
  assert.match((await tsd.run(["ps"])).stdout, new RegExp(`^${id.slice(0, 12)} .*lives-on$`, "m"));
  await tsd.run(["rm", "lives-on"], { expect: 1 });
  await tsd.run(["rm", "-f", "lives-on"]);
  assert.equal((await tsd.run(["ps", "-aq"])).stdout, "");
}
