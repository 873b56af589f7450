import assert from "node:assert/strict";
import { close, open, OpenFlag } from "../../../ffi/fd.ts";
import { lsetxattr } from "../../../ffi/xattr.ts";
import { concat, inPieces } from "../layer/_archive_fixture.ts";
import { isRoot, Workspace } from "../layer/_workspace_fixture.ts";
import { applyLayer } from "../layer/apply.ts";
import { TarReader } from "../layer/tar_reader.ts";
import { archiveUpper } from "./layer_diff.ts";
import { TarWriter } from "./tar_writer.ts";

const ignore = !isRoot;

function archive(path: string): Uint8Array<ArrayBuffer> {
  const fd = open(path, OpenFlag.PATH);
  const writer = new TarWriter();
  const pieces: Uint8Array[] = [];
  try {
    const skips = (path: string) => path === "dev";
    for (const piece of archiveUpper(writer, fd, { skips })) pieces.push(piece.slice());
    for (const piece of writer.end()) pieces.push(piece.slice());
    return concat(pieces);
  } finally {
    close(fd);
  }
}

async function shell(script: string, cwd: string): Promise<void> {
  const { success, stderr } = await new Deno.Command("bash", { args: ["-euc", script], cwd })
    .output();
  assert.ok(success, new TextDecoder().decode(stderr));
}

async function namesIn(tar: Uint8Array): Promise<string[]> {
  const reader = new TarReader(inPieces(tar, 4096));
  const names: string[] = [];
  for (let entry = await reader.next(); entry; entry = await reader.next()) names.push(entry.name);
  return names;
}

const YES = new TextEncoder().encode("y");

Deno.test({
  name: "archiveUpper() writes whiteouts and opaque directories as OCI has them, and back",
  ignore,
  fn: async () => {
    await using workspace = new Workspace();
    const { host, layer } = workspace;
    await shell(
      "rm secret; mkdir -p a/b dev hidden; mknod gone c 0 0; mknod a/b/gone c 0 0; touch a/f dev/x",
      host,
    );
    lsetxattr(`${host}/hidden`, "trusted.overlay.opaque", YES);
    lsetxattr(`${host}/a`, "trusted.overlay.impure", YES);
    lsetxattr(`${host}/a`, "trusted.overlay.origin", YES);
    await shell("touch hidden/new; mknod hidden/gone c 0 0; mknod zero c 1 5", host);
    const tar = archive(host);
    assert.deepEqual(await namesIn(tar), [
      "a/",
      "a/b/",
      "a/b/.wh.gone",
      "a/f",
      ".wh.gone",
      "hidden/",
      "hidden/.wh..wh..opq",
      "hidden/.wh.gone",
      "hidden/new",
      "zero",
    ]);
    await applyLayer(inPieces(tar), layer, { whiteouts: "overlay" });
    assert.deepEqual(workspace.attributes("hidden"), { "trusted.overlay.opaque": "0x79" });
    assert.deepEqual(workspace.attributes("a"), {});
    assert.equal(workspace.list()["a/b/gone"], "c 0");
    assert.deepEqual(archive(layer), tar);
  },
});

Deno.test({
  name: "archiveUpper() has the root only where it is not what roots are",
  ignore,
  fn: async () => {
    await using workspace = new Workspace();
    await Deno.remove(workspace.secret);
    await Deno.chmod(workspace.host, 0o755);
    assert.deepEqual(await namesIn(archive(workspace.host)), []);
    await Deno.chmod(workspace.host, 0o711);
    assert.deepEqual(await namesIn(archive(workspace.host)), ["./"]);
  },
});

for (
  const [name, spoil, message] of [
    ["a name that means a deletion", "touch d/.wh.x", /"\/d\/\.wh\.x".*means a deletion/],
    ["a redirected directory", "setfattr -n trusted.overlay.redirect -v /x d", /redirect_dir/],
    ["a file without its content", "setfattr -n trusted.overlay.metacopy f", /metacopy/],
  ] as const
) {
  Deno.test({
    name: `archiveUpper() refuses ${name}`,
    ignore,
    fn: async () => {
      await using workspace = new Workspace();
      await shell(`mkdir d; touch f; ${spoil}`, workspace.host);
      assert.throws(() => archive(workspace.host), message);
    },
  });
}
