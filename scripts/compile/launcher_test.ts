import assert from "node:assert/strict";
import { encodeLauncher } from "./launcher.ts";

/** Runs a program by the launcher. */
async function launch(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  const folder = await Deno.makeTempDir();
  try {
    const launcher = `${folder}/launcher`;
    await Deno.writeFile(launcher, encodeLauncher(), { mode: 0o755 });
    const variables = ["ONE=1", "TWO=2", "DENO_DIR=/d", "FOUR="];
    const output = await new Deno.Command(launcher, {
      args: [...variables, ...args],
      clearEnv: true,
      env,
    }).output();
    const [stdout, stderr] = [output.stdout, output.stderr].map((bytes) => {
      return new TextDecoder().decode(bytes);
    });
    return { code: output.code, stdout: stdout!, stderr: stderr! };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("the launcher executes a program with its arguments and four more variables", async () => {
  const script = 'echo "$0|$#|$1|$2"; env | sort';
  const { code, stdout } = await launch(["/bin/sh", "-c", script, "zero", "a b", ""], { OWN: "x" });
  assert.equal(code, 0);
  const lines = stdout.split("\n").filter((line) => !/^(PWD|OLDPWD|SHLVL|_)=/.test(line));
  assert.deepEqual(lines, ["zero|2|a b|", "DENO_DIR=/d", "FOUR=", "ONE=1", "OWN=x", "TWO=2", ""]);
});

Deno.test("the launcher hides the runtime's variables, and no others", async () => {
  const env = {
    NODE_OPTIONS: "--require /x",
    DENO_DIR: "/theirs",
    DENO: "",
    OTEL_DENO: "true",
    SSLKEYLOGFILE: "/k",
    SSLKEY: "1",
    NODENAME: "n",
    PATH: "/bin:/usr/bin",
    Z: "",
  };
  const { stdout } = await launch(["/usr/bin/env"], env);
  assert.deepEqual(
    new Set(stdout.trim().split("\n")),
    new Set([
      ...["ONE=1", "TWO=2", "DENO_DIR=/d", "FOUR="],
      ...["_ODE_OPTIONS=--require /x", "_ENO_DIR=/theirs", "_ENO=", "_TEL_DENO=true"],
      ...["_SLKEYLOGFILE=/k", "SSLKEY=1", "NODENAME=n", "PATH=/bin:/usr/bin", "Z="],
    ]),
  );
});

Deno.test("the launcher blocks SIGUSR1, and nothing else", async () => {
  const { stdout } = await launch(["/bin/grep", "SigBlk", "/proc/self/status"]);
  assert.equal(stdout, "SigBlk:\t0000000000000200\n");
});

Deno.test("the launcher says what it cannot execute", async () => {
  const { code, stderr } = await launch(["/nowhere/deno", "run"]);
  assert.deepEqual([code, stderr], [
    125,
    "tsd: Cannot execute the unpacked runtime, which needs a system with glibc\n",
  ]);
});

Deno.test("the launcher is an executable of the architecture it is for", () => {
  for (const [arch, machine] of [["x86_64", 62], ["aarch64", 183]] as const) {
    const file = encodeLauncher(arch);
    assert.equal(new DataView(file.buffer).getUint16(18, true), machine);
  }
});
