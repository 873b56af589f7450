import assert from "node:assert/strict";
import { type BindMount, checkBindSource } from "./bind.ts";

Deno.test("checkBindSource() wants the source to exist, of whatever type", async () => {
  const folder = await Deno.makeTempDir();
  const mount = (name: string) => ({ source: `${folder}/${name}`, target: "/x", readonly: false });
  await Deno.writeTextFile(`${folder}/file`, "");
  await Deno.symlink("file", `${folder}/link`);
  await Deno.symlink("missing", `${folder}/dangling`);
  for (const name of ["", "file", "link"]) checkBindSource(mount(name));
  for (const name of ["missing", "dangling"]) {
    assert.throws(() => checkBindSource(mount(name)), {
      kind: "invalid",
      message:
        `Cannot mount "${folder}/${name}": bind source path does not exist: ${folder}/${name}; ` +
        "create it first, or have --mount type=bind,...,bind-create-src do so",
    });
  }
  await Deno.remove(folder, { recursive: true });
});

Deno.test("checkBindSource() leaves a missing source to the start where that creates it", async () => {
  const folder = await Deno.makeTempDir();
  const mount: BindMount = { source: `${folder}/a/b`, target: "/x", readonly: false };
  checkBindSource({ ...mount, createSource: true, propagation: "rprivate" });
  await assert.rejects(Deno.stat(`${folder}/a`), Deno.errors.NotFound);
  await Deno.remove(folder, { recursive: true });
});
