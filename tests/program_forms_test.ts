import assert from "node:assert/strict";
import { useEveryCommand } from "./harness/every_command.ts";
import { PROGRAM_FORMS } from "./harness/program_forms.ts";
import { suite } from "./harness/suite.ts";

const shared = suite({ images: ["alpine", "layers40"] });

for (const form of PROGRAM_FORMS) {
  Deno.test(`the program has every command in the form ${form.name}`, async (t) => {
    if (form.missing !== undefined) {
      // deno-lint-ignore no-console -- a skip says why
      console.log(`skipped: ${form.missing}`);
      return;
    }
    const { tsd } = shared;
    const folder = await Deno.makeTempDir({ dir: "/var/tmp", prefix: "tsd-compiled-" });
    try {
      const { env, program } = await form.make(folder);
      Object.assign(tsd.env, env);
      tsd.program = program;
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
