import assert from "node:assert/strict";
import { EngineError } from "../../errors.ts";
import { formatPlatform, hostPlatform, type Platform } from "../../image/spec/platform.ts";
import type { CreateContainerOptions } from "./options.ts";
import { imageOfContainer, type ImageSource } from "./image_of_container.ts";

const HOST = hostPlatform();
const OTHER: Platform = { os: "linux", architecture: "riscv64" };

/** Images that are there, by name, and what is asked of them. */
class FakeImages {
  readonly log: string[] = [];
  readonly #present: Map<string, Platform>;
  readonly #remote: Platform;

  constructor(present: Record<string, Platform>, remote: Platform = HOST) {
    this.#present = new Map(Object.entries(present));
    this.#remote = remote;
  }

  resolve(name: string) {
    this.log.push(`resolve ${name}`);
    const platform = this.#present.get(name);
    if (!platform) throw new EngineError(`No such image: ${name}`, { kind: "notFound" });
    return {
      id: `id of ${name}`,
      config: { ...platform, config: { Cmd: ["sh"] } },
      layers: ["/l"],
    };
  }

  pull(name: string, { platform }: { platform?: string }) {
    this.log.push(`pull ${name}${platform ? ` for ${platform}` : ""}`);
    this.#present.set("pulled", this.#remote);
    return Promise.resolve({ id: "pulled" });
  }
}

/** What is found for a wish, and what was done for it. */
async function find(
  images: FakeImages,
  wanted: CreateContainerOptions,
): Promise<{ id: string | undefined; log: string[] }> {
  const onMissing = (name: string) => images.log.push(`missing ${name}`);
  const onPulled = ({ id }: { id: string }) => images.log.push(`got ${id}`);
  const image = await imageOfContainer(images as unknown as ImageSource, wanted, {
    onMissing,
    onPulled,
  });
  assert.deepEqual([image.config, image.layers], [{ Cmd: ["sh"] }, ["/l"]]);
  return { id: image.id, log: images.log };
}

const PULLED = ["pull a", "got pulled", "resolve pulled"];

Deno.test("imageOfContainer() pulls only what is missing, always or never", async () => {
  const here = () => new FakeImages({ a: HOST });
  const nowhere = () => new FakeImages({});
  assert.deepEqual(await find(here(), { image: "a" }), { id: "id of a", log: ["resolve a"] });
  assert.deepEqual(await find(here(), { image: "a", pull: "never" }), {
    id: "id of a",
    log: ["resolve a"],
  });
  assert.deepEqual(await find(nowhere(), { image: "a" }), {
    id: "id of pulled",
    log: ["resolve a", "missing a", ...PULLED],
  });
  assert.deepEqual(await find(here(), { image: "a", pull: "always" }), {
    id: "id of pulled",
    log: PULLED,
  });
  const images = nowhere();
  await assert.rejects(find(images, { image: "a", pull: "never" }), {
    kind: "notFound",
    message: "No such image: a",
  });
  assert.deepEqual(images.log, ["resolve a"]);
});

Deno.test("imageOfContainer() pulls an image of the platform asked for", async () => {
  const platform = "linux/riscv64";
  const other = () => new FakeImages({ a: OTHER }, OTHER);
  assert.deepEqual((await find(other(), { image: "a", platform })).log, ["resolve a"]);
  assert.deepEqual((await find(new FakeImages({ a: HOST }, OTHER), { image: "a", platform })).log, [
    "resolve a",
    "missing a",
    "pull a for linux/riscv64",
    "got pulled",
    "resolve pulled",
  ]);
});

Deno.test("imageOfContainer() refuses an image of another machine, unless asked for", async () => {
  const host = formatPlatform(HOST);
  const message = (made: string, wanted: string) =>
    `Cannot run image "a": it is made for ${made} and not for ${wanted}, use --platform ${made} ` +
    "if this machine runs that";
  await assert.rejects(find(new FakeImages({ a: OTHER }), { image: "a" }), {
    kind: "invalid",
    message: message("linux/riscv64", host),
  });
  const wanted = { image: "a", platform: "linux/riscv64", pull: "never" } as const;
  await assert.rejects(find(new FakeImages({ a: HOST }), wanted), {
    kind: "invalid",
    message: message(host, "linux/riscv64"),
  });
});

Deno.test("imageOfContainer() lets errors of the store pass", async () => {
  const images = new FakeImages({});
  images.resolve = () => {
    throw new EngineError("several", { kind: "conflict" });
  };
  await assert.rejects(find(images, { image: "a" }), { kind: "conflict", message: "several" });
  assert.deepEqual(images.log, []);
});

Deno.test("imageOfContainer() takes a folder in place of an image, links resolved", async () => {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  await Deno.mkdir(`${folder}/root`);
  await Deno.symlink("root", `${folder}/link`);
  await Deno.writeTextFile(`${folder}/file`, "");
  const find = (rootfs: string) =>
    imageOfContainer(new FakeImages({}) as unknown as ImageSource, { rootfs }, {});
  for (const name of ["root", "link", "root/../link/"]) {
    assert.deepEqual(await find(`${folder}/${name}`), {
      config: { Cmd: ["/bin/sh"] },
      layers: [`${folder}/root`],
    });
  }
  assert.deepEqual((await find("/")).layers, ["/"]);
  await assert.rejects(find(`${folder}/file`), {
    kind: "invalid",
    message: `Cannot use "${folder}/file" as a root file system: it is not a folder`,
  });
  await assert.rejects(find(`${folder}/missing`), (error: EngineError) => {
    assert.equal(error.kind, "invalid");
    assert.equal(error.message, `Cannot use "${folder}/missing" as a root file system`);
    return error.cause instanceof Deno.errors.NotFound;
  });
  await Deno.remove(folder, { recursive: true });
});

Deno.test("imageOfContainer() needs an image or a folder", async () => {
  await assert.rejects(find(new FakeImages({}), {}), {
    kind: "invalid",
    message: "Cannot create the container: it needs an image, or a folder as its root",
  });
});
