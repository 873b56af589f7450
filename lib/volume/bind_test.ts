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
        `Cannot mount "${folder}/${name}": bind source path does not exist: ${folder}/${name}`,
    });
  }
  await Deno.remove(folder, { recursive: true });
});

Deno.test("checkBindSource() creates a missing source where it is asked to", async () => {
  const folder = await Deno.makeTempDir();
  const mount: BindMount = { source: `${folder}/a/b`, target: "/x", readonly: false };
  checkBindSource({ ...mount, createSource: true });
  assert((await Deno.stat(`${folder}/a/b`)).isDirectory);
  await Deno.remove(folder, { recursive: true });
});
