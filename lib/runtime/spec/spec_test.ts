import assert from "node:assert/strict";
import { readSpec } from "./spec.ts";

const SPEC = {
  ociVersion: "1.2.0",
  process: { user: { uid: 1, gid: 2 }, args: ["sh"], env: ["A=b"], cwd: "/" },
  root: { path: "rootfs" },
  mounts: [{ destination: "/proc" }],
  linux: { namespaces: [] },
};

/** Calls a function with a bundle whose configuration is some text. */
function withBundle(text: string, body: (bundle: string) => void): void {
  const bundle = Deno.makeTempDirSync();
  try {
    Deno.writeTextFileSync(`${bundle}/config.json`, text);
    body(bundle);
  } finally {
    Deno.removeSync(bundle, { recursive: true });
  }
}

Deno.test("readSpec() reads a configuration", () => {
  withBundle(JSON.stringify(SPEC), (bundle) => assert.deepEqual(readSpec(bundle), SPEC));
});

Deno.test("readSpec() fills in what the specification lets out", () => {
  const { mounts: _mounts, ...rest } = SPEC;
  const spec = { ...rest, process: { args: ["sh"], cwd: "/" } };
  withBundle(JSON.stringify(spec), (bundle) => {
    const { mounts, process } = readSpec(bundle);
    assert.deepEqual(mounts, []);
    assert.deepEqual(process, { args: ["sh"], cwd: "/", env: [], user: { uid: 0, gid: 0 } });
  });
});

Deno.test("readSpec() says what a configuration lacks", () => {
  const { process } = SPEC;
  const all = "ociVersion, process.args, process.cwd (absolute), root.path, linux.namespaces";
  const cases: [spec: unknown, lacking: string][] = [
    [null, all],
    ["text", all],
    [[], all],
    [{ ...SPEC, ociVersion: 1 }, "ociVersion"],
    [{ ...SPEC, process: { ...process, args: [] } }, "process.args"],
    [{ ...SPEC, process: { ...process, args: "sh" } }, "process.args"],
    [{ ...SPEC, process: { ...process, cwd: "home" } }, "process.cwd (absolute)"],
    [{ ...SPEC, process: { ...process, cwd: 7 } }, "process.cwd (absolute)"],
    [{ ...SPEC, process: undefined }, "process.args, process.cwd (absolute)"],
    [{ ...SPEC, root: {} }, "root.path"],
    [{ ...SPEC, linux: { namespaces: null } }, "linux.namespaces"],
  ];
  for (const [spec, lacking] of cases) {
    withBundle(JSON.stringify(spec), (bundle) => {
      assert.throws(() => readSpec(bundle), {
        name: "EngineError",
        kind: "invalid",
        message: `Cannot run the bundle "${bundle}": its config.json lacks ${lacking}`,
      });
    });
  }
});

Deno.test("readSpec() refuses what is not there and what is not JSON", () => {
  withBundle("{", (bundle) => {
    const message = `Cannot read the bundle "${bundle}"`;
    assert.throws(() => readSpec(bundle), { kind: "invalid", message });
  });
  assert.throws(() => readSpec("/does/not/exist"), (error: Error) => {
    assert.equal(error.message, 'Cannot read the bundle "/does/not/exist"');
    return error.cause instanceof Deno.errors.NotFound;
  });
});
