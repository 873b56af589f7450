import assert from "node:assert/strict";
import { suite } from "./harness/suite.ts";

const shared = suite({ images: ["alpine"] });

const ROOT = new URL("../", import.meta.url);

/** Names of the documents that show how the library is used. */
const DOCUMENTS = ["README.md", "docs/library.md"];

/** Scripts in fenced blocks that import the library, and the example files. */
async function documentedScripts(): Promise<[from: string, script: string][]> {
  const found: [string, string][] = [];
  for (const name of DOCUMENTS) {
    const text = await readIfThere(new URL(name, ROOT));
    for (const [, script = ""] of text.matchAll(/```ts\n([^]*?)```/g)) {
      if (/import \{[^}]*\bEngine\b/.test(script)) found.push([name, script]);
    }
  }
  return found;
}

async function readIfThere(url: URL): Promise<string> {
  try {
    return await Deno.readTextFile(url);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  }
}

Deno.test("the documented script pulls, runs and prints the output and the exit code", async () => {
  const { tsd } = shared;
  const scripts = await documentedScripts();
  assert.notEqual(scripts.length, 0, `no script imports Engine in ${DOCUMENTS.join(", ")}`);
  for (const [from, script] of scripts) {
    const file = `${tsd.home}/example.ts`;
    const here = script
      .replaceAll(/"[^"]*\/lib\/mod\.ts"/g, JSON.stringify(new URL("lib/mod.ts", ROOT).href))
      .replaceAll(/"alpine(:[a-z0-9.]+)?"/g, JSON.stringify(shared.image("alpine")));
    await Deno.writeTextFile(file, here);
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", `--config=${new URL("deno.json", ROOT).pathname}`, file],
      clearEnv: true,
      env: tsd.env,
    }).output();
    const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    assert.equal(code, 0, `${from}:\n${out}${err}`);
    assert.notEqual(out, "", from);
  }
});
