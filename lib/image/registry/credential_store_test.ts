import assert from "node:assert/strict";
import { eraseCredentials, saveCredentials } from "./credential_store.ts";
import type { Credentials } from "./credentials.ts";
import { DockerCredentials } from "./docker_config.ts";

const alice: Credentials = { kind: "password", username: "älice", password: "p:w" };

async function inFolder(action: (folder: string, path: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await action(folder, `${folder}/docker/config.json`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function read(path: string): Promise<Record<string, unknown>> {
  return JSON.parse(await Deno.readTextFile(path));
}

Deno.test("saveCredentials() writes a private file that is read back", async () => {
  await inFolder(async (_folder, path) => {
    const token: Credentials = { kind: "identityToken", token: "t0k" };
    assert.deepEqual(await saveCredentials("r.example:5000", alice, path), { kind: "file", path });
    await saveCredentials("docker.io", token, path);
    assert.equal((await Deno.stat(path)).mode! & 0o777, 0o600);
    const source = new DockerCredentials(path);
    assert.deepEqual(await source.get("r.example:5000"), alice);
    assert.deepEqual(await source.get("docker.io"), token);
    assert.deepEqual(Object.keys((await read(path)).auths as object), [
      "r.example:5000",
      "https://index.docker.io/v1/",
    ]);
  });
});

Deno.test("saveCredentials() keeps what else stands in the file", async () => {
  await inFolder(async (folder, path) => {
    await Deno.mkdir(`${folder}/docker`);
    const others = {
      HttpHeaders: { "User-Agent": "x" },
      auths: { "other.example": { auth: btoa("a:b"), email: "e" } },
      psFormat: "table {{.ID}}",
      unknown: [1, { a: null }],
    };
    await Deno.writeTextFile(path, JSON.stringify(others), { mode: 0o644 });
    await saveCredentials("r.example", alice, path);
    const { auths, ...rest } = await read(path);
    const { auths: before, ...expected } = others;
    assert.deepEqual(rest, expected);
    assert.deepEqual((auths as typeof before)["other.example"], before["other.example"]);
    await eraseCredentials("r.example", path);
    assert.deepEqual(await read(path), others);
  });
});

Deno.test("eraseCredentials() takes old keys of the same host, and creates no file", async () => {
  await inFolder(async (_folder, path) => {
    await eraseCredentials("r.example", path);
    await assert.rejects(Deno.stat(path), Deno.errors.NotFound);
    const auths = { "https://r.example/v1/": {}, "r.example": {}, "other.example": {} };
    await Deno.writeTextFile(path, JSON.stringify({ auths }));
    await eraseCredentials("r.example", path);
    assert.deepEqual(await read(path), { auths: { "other.example": {} } });
  });
});

Deno.test("saveCredentials() loses nothing of logins at the same time", async () => {
  await inFolder(async (_folder, path) => {
    const names = Array.from({ length: 20 }, (_, index) => `r${index}.example`);
    await Promise.all(names.map((name) => saveCredentials(name, alice, path)));
    assert.deepEqual(Object.keys((await read(path)).auths as object).sort(), names.sort());
  });
});

Deno.test("saveCredentials() leaves a file alone that it does not understand", async () => {
  await inFolder(async (folder, path) => {
    await Deno.mkdir(`${folder}/docker`);
    await Deno.writeTextFile(path, '{"auths": {"secret"');
    await assert.rejects(saveCredentials("r.example", alice, path), {
      kind: "invalid",
      message: `Cannot read credentials "${path}": it is not JSON: mistake in line 1, column 20`,
    });
    assert.equal(await Deno.readTextFile(path), '{"auths": {"secret"');
  });
});

Deno.test("saveCredentials() says why it cannot", { ignore: Deno.uid() !== 0 }, async () => {
  await assert.rejects(saveCredentials("r.example", alice, "/proc/nowhere/config.json"), {
    kind: "system",
    message: 'Cannot save credentials in "/proc/nowhere/config.json"',
  });
});
