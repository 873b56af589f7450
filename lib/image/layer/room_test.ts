import assert from "node:assert/strict";
import { roomForLayer } from "./room.ts";

async function withMount(
  type: string,
  options: string,
  body: (mount: string) => void,
): Promise<void> {
  const directory = await Deno.makeTempDir();
  const mount = (program: string, ...args: string[]) => {
    const { code, stderr } = new Deno.Command(program, { args }).outputSync();
    assert.equal(code, 0, new TextDecoder().decode(stderr));
  };
  mount("mount", "-t", type, "-o", options, "none", directory);
  try {
    body(directory);
  } finally {
    mount("umount", directory);
    await Deno.remove(directory);
  }
}

Deno.test("roomForLayer() leaves some of what is free", async () => {
  await withMount("tmpfs", "size=1m,nr_inodes=100", (directory) => {
    const { maxBytes, maxEntries } = roomForLayer(directory);
    assert.equal(maxBytes, Math.floor((1 << 20) * 0.95));
    assert.ok(maxEntries > 80 && maxEntries < 96, `${maxEntries}`);
  });
});

Deno.test("roomForLayer() sets no limit where the file system does not say how large it is", async () => {
  await withMount("ramfs", "mode=700", (directory) => {
    assert.deepEqual(roomForLayer(directory), { maxBytes: Infinity, maxEntries: Infinity });
  });
});
