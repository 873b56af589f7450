import assert from "node:assert/strict";
import { runAlone } from "../../../tests/harness/run_alone.ts";
import type * as Module from "./self_command.ts";
import { selfCommand } from "./self_command.ts";

const MODULE = new URL("./self_command.ts", import.meta.url);
const MAIN = new URL("../../../main.ts", import.meta.url).href;
const CONFIG = new URL("../../../deno.json", import.meta.url).pathname;
const RUN = [
  "--no-lock",
  "--quiet",
  "--v8-flags=--max-semi-space-size=1,--expose-gc,--no-memory-reducer",
];

Deno.test("selfCommand() runs main.ts beside the library, whatever script imports it", () => {
  const { args, path } = selfCommand().spawn("supervisor", ["/root", "/run"]);
  assert.equal(path, Deno.execPath());
  assert.deepEqual(args, [
    Deno.execPath(),
    ...["run", "-A", "--config", CONFIG],
    ...RUN,
    MAIN,
    "--tsd-mode",
    "supervisor",
    "/root",
    "/run",
  ]);
});

Deno.test("selfCommand() starts a mount of the executable in its place", () => {
  const self = selfCommand("/run/tsd/exe");
  assert.equal(self.executable, "/run/tsd/exe");
  const { args, path } = self.spawn("init", []);
  assert.deepEqual([path, args[0], args.at(-1)], ["/run/tsd/exe", "/run/tsd/exe", "init"]);
});

Deno.test("selfCommand() has the runtime start with SIGUSR1 blocked, for which it opens a debugger", () => {
  assert.deepEqual(selfCommand().spawn("init", []).blockedSignals, [10]);
});

Deno.test("selfCommand() runs the main module of a bundle", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.copyFile(MODULE, `${folder}/chunk.ts`);
  await Deno.writeTextFile(
    `${folder}/tsd.js`,
    `import { selfCommand } from "./chunk.ts";
     console.log(JSON.stringify(selfCommand().spawn("init", []).args.slice(1)));`,
  );
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-config", "--no-lock", `${folder}/tsd.js`],
  }).output();
  assert.deepEqual(JSON.parse(new TextDecoder().decode(stdout)), [
    ...["run", "-A", "--no-config", "--no-npm", "--cached-only"],
    ...RUN,
    `file://${folder}/tsd.js`,
    "--tsd-mode",
    "init",
  ]);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("selfCommand() starts a compiled file as it is", async () => {
  const args = await runAlone(({ selfCommand }: typeof Module) => {
    const build = { ...Deno.build, standalone: true };
    Object.defineProperty(globalThis, "Deno", { value: { ...Deno, build } });
    return selfCommand("/usr/bin/tsd").spawn("supervisor", ["/root"]).args;
  }, { module: MODULE.href });
  assert.deepEqual(args, ["/usr/bin/tsd", "--tsd-mode", "supervisor", "/root"]);
});

Deno.test("selfCommand() passes on what finds the program and its state, and nothing else", async () => {
  const env = await runAlone(({ selfCommand }: typeof Module) => {
    for (const name of Object.keys(Deno.env.toObject())) Deno.env.delete(name);
    Deno.env.set("DENO_DIR", "/cache");
    Deno.env.set("HOME", "/root");
    Deno.env.set("PATH", "/bin");
    Deno.env.set("TSD_CONFIG", "/etc/tsd.json");
    Deno.env.set("SECRET", "x");
    Deno.env.set("LD_PRELOAD", "x");
    return selfCommand().spawn("init", []).env;
  }, { module: MODULE.href });
  assert.deepEqual(env, {
    DENO_NO_UPDATE_CHECK: "1",
    DENO_DISABLE_NODE_SHIM: "1",
    NO_COLOR: "1",
    DENO_DIR: "/cache",
    HOME: "/root",
    PATH: "/bin",
    TSD_CONFIG: "/etc/tsd.json",
  });
});
