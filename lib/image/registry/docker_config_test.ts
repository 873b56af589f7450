import assert from "node:assert/strict";
import { DockerCredentials, readDockerConfig } from "./docker_config.ts";

/** Runs an action with a folder that holds the given `config.json`. */
async function withConfig(
  document: unknown,
  action: (path: string, folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const text = typeof document === "string" ? document : JSON.stringify(document);
    await Deno.writeTextFile(`${folder}/config.json`, text);
    await action(`${folder}/config.json`, folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("DockerCredentials.get() reads auths", async () => {
  const auths = {
    "https://index.docker.io/v1/": { auth: btoa("hub:secret") },
    "r.example:5000": { auth: btoa("me:pass:with:colons") },
    "https://old.example/v1/": { username: "old", password: "p" },
    "token.example": { auth: btoa("me:"), identitytoken: "t0k" },
    "nul.example": { auth: btoa("me:pass\0\0") },
    "empty.example": {},
  };
  const cases: [registry: string, expected: unknown][] = [
    ["docker.io", { kind: "password", username: "hub", password: "secret" }],
    ["r.example:5000", { kind: "password", username: "me", password: "pass:with:colons" }],
    ["r.example", undefined],
    ["old.example", { kind: "password", username: "old", password: "p" }],
    ["token.example", { kind: "identityToken", token: "t0k" }],
    ["nul.example", { kind: "password", username: "me", password: "pass" }],
    ["empty.example", undefined],
    ["toString", undefined],
  ];
  await withConfig({ auths }, async (path) => {
    const source = new DockerCredentials(path);
    for (const [registry, expected] of cases) {
      assert.deepEqual(await source.get(registry), expected, registry);
    }
  });
});

Deno.test("DockerCredentials.get() is anonymous without a file", async () => {
  assert.equal(await new DockerCredentials("/nonexistent/config.json").get("r.example"), undefined);
});

Deno.test("readDockerConfig() says what is wrong, and quotes no secret", async () => {
  const cases: [document: unknown, state: string][] = [
    ['{"auths": {"secret": \n}', "it is not JSON: mistake in line 2, column 1"],
    [{ auths: { a: { auth: "?secret?" } } }, "auths.a.auth must be base64"],
    [
      { auths: { a: { auth: btoa("secret") } } },
      'auths.a.auth must be the base64 of "user:password"',
    ],
    [{ auths: [] }, "auths must be an object"],
    [{ credsStore: 1 }, "credsStore must be a string"],
  ];
  for (const [document, state] of cases) {
    await withConfig(document, async (path) => {
      await assert.rejects(readDockerConfig(path), (error) => {
        assert(error instanceof Error);
        assert.equal(error.message, `Cannot read credentials "${path}": ${state}`);
        assert.equal(error.cause, undefined);
        return true;
      });
    });
  }
});

Deno.test("DockerCredentials.get() asks helpers by their standard input", async () => {
  const helper = `#!/bin/sh
[ "$1" = get ] || exit 9
read -r key || [ -n "$key" ]
case "$key" in
  https://index.docker.io/v1/) echo '{"Username":"hub","Secret":"s"}';;
  token.example) echo '{"Username":"<token>","Secret":"t0k"}';;
  none.example) echo 'credentials not found in native keychain'; exit 1;;
  bad.example) echo 'not json secret';;
  *) echo "locked: $key"; exit 1;;
esac
`;
  const cases: [registry: string, expected: string][] = [
    ["docker.io", '{"kind":"password","username":"hub","password":"s"}'],
    ["token.example", '{"kind":"identityToken","token":"t0k"}'],
    ["none.example", "undefined"],
    [
      "bad.example",
      'Cannot read credentials of registry "bad.example": docker-credential-fake gave an answer ' +
      "that is not understood",
    ],
    [
      "locked.example",
      'Cannot read credentials of registry "locked.example": docker-credential-fake failed: ' +
      "locked: locked.example",
    ],
    [
      "missing.example",
      'Cannot read credentials of registry "missing.example": docker-credential-nonexistent, ' +
      "named in Docker's config.json, is not installed",
    ],
    [
      "path.example",
      'Cannot read credentials of registry "path.example": "docker-credential-../x" is not the ' +
      "name of a credential helper",
    ],
  ];
  const document = {
    credsStore: "fake",
    credHelpers: { "missing.example": "nonexistent", "path.example": "../x" },
  };
  await withConfig(document, async (_path, folder) => {
    await Deno.writeTextFile(`${folder}/docker-credential-fake`, helper, { mode: 0o755 });
    // A process of its own: helpers are found through PATH, which all tests share.
    const script = `import { DockerCredentials } from "${
      import.meta.resolve("./docker_config.ts")
    }";
      const source = new DockerCredentials();
      for (const registry of ${JSON.stringify(cases.map(([registry]) => registry))}) {
        const answer = await source.get(registry).catch((error) => error);
        console.log(answer instanceof Error ? answer.message : JSON.stringify(answer));
      }`;
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["eval", "--no-lock", "--ext=ts", script],
      env: { DOCKER_CONFIG: folder, PATH: `${folder}:${Deno.env.get("PATH")}` },
    }).output();
    const lines = new TextDecoder().decode(stdout).trimEnd().split("\n");
    assert.deepEqual(lines, cases.map(([, expected]) => expected));
  });
});
