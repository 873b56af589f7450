import assert from "node:assert/strict";
import { suite } from "./harness/suite.ts";

const shared = suite();

const COMMANDS = ["pull", "images", "rmi", "tag", "history", "inspect", "run", "ps", "rm", "image"];

Deno.test("--help lists the commands", async () => {
  for (const args of [["--help"], ["help"]]) {
    const { stdout, stderr } = await shared.tsd.run(args);
    assert.match(stdout, /^Usage: +tsd /);
    for (const command of COMMANDS) {
      assert.match(stdout, new RegExp(`^  ${command} +[A-Z]`, "m"), command);
    }
    assert.equal(stderr, "");
  }
});

Deno.test("--help of each command gives usage, one sentence and options", async () => {
  for (const command of COMMANDS) {
    const { stdout } = await shared.tsd.run([command, "--help"]);
    assert.match(stdout, new RegExp(`^Usage: +tsd ${command} `), command);
    assert.match(stdout, /\n\n[A-Z][^\n]*[^.\n]\n/, command);
  }
  const { stdout } = await shared.tsd.run(["run", "--help"]);
  const options = "-i -t --rm --name -e --env-file -w -u --entrypoint -h --hostname -v --tmpfs " +
    "--read-only --label --pull --platform --rootfs --network --cidfile --stop-signal -q";
  for (const option of options.split(" ")) {
    assert.match(stdout, new RegExp(`(^|[ ,])${option}([ ,]|$)`, "m"), option);
  }
});

Deno.test("--version prints one line", async () => {
  const { stdout } = await shared.tsd.run(["--version"]);
  assert.match(stdout, /^tsd version \d+\.\d+\.\d+[^\n]*\n$/);
});

Deno.test("generate systemd has the configuration file that was asked for, wherever it starts", async () => {
  const { stdout } = await shared.tsd.run(["--config", "here.json", "generate", "systemd"]);
  assert.match(stdout, new RegExp(`^Environment="?TSD_CONFIG=${Deno.cwd()}/here\\.json"?$`, "m"));
});

Deno.test("help, version and wrong usage need no root and make no state", async () => {
  const { tsd } = shared;
  await tsd.run(["--version"]);
  await tsd.run(["run", "--nosuch", "x"], { expect: 125 });
  await assert.rejects(Deno.stat(tsd.root), Deno.errors.NotFound);
});

Deno.test("an unknown option is refused and the nearest one offered", async () => {
  const cases = [
    [["run", "--evn", "x", "image"], 125, /--evn.*--env/s],
    [["run", "--read-olny", "image"], 125, /--read-olny.*--read-only/s],
    [["pull", "--platfrom", "x", "image"], 125, /--platfrom.*--platform/s],
    [["images", "--no-trnc"], 125, /--no-trnc.*--no-trunc/s],
    [["--debgu", "images"], 125, /--debgu.*--debug/s],
  ] as const;
  for (const [args, expect, pattern] of cases) {
    const { stdout, stderr } = await shared.tsd.run([...args], { expect });
    assert.match(stderr, pattern);
    assert.equal(stdout, "");
  }
});

Deno.test("an unknown command is refused and the nearest one offered", async () => {
  const { stderr } = await shared.tsd.run(["rnu", "alpine"], { expect: 1 });
  assert.match(stderr, /rnu.*run/s);
});

Deno.test("a wrong number of arguments is answered with the usage", async () => {
  const cases = [["run"], ["pull"], ["tag", "one"], ["rmi"], ["rm"], ["inspect"]];
  for (const args of cases) {
    const { stderr } = await shared.tsd.run(args, { expect: args[0] === "run" ? 125 : 1 });
    const command = args[0];
    assert.match(stderr, new RegExp(`'tsd ${command}' requires .*argument`));
    assert.match(stderr, new RegExp(`Usage: +tsd ${command} `));
  }
});
