/**
 * A life that takes every command of the program.
 *
 * @module
 */
import assert from "node:assert/strict";
import { COMMANDS } from "../../lib/cli/commands/mod.ts";
import { hostCommand } from "./host_command.ts";
import type { SpawnedTsd } from "./spawned_tsd.ts";
import type { RunOptions, Tsd } from "./tsd.ts";

/** Uses of the program that are taken down. */
interface Uses {
  /** Runs a command, and looks at what it prints. */
  step(args: string[], printed?: RegExp | string, options?: RunOptions): Promise<string>;
  /** Starts a command that goes on. */
  spawn(args: string[]): SpawnedTsd;
}

/**
 * Uses every command once and more; what they do at their limits is for the tests of each.
 *
 * @param tsd An instance with nothing in it; so it is left.
 * @param host An open registry with `alpine:latest`.
 * @throws {Error} A command did not do what it is to do, or one was not used.
 */
export async function useEveryCommand(tsd: Tsd, host: string): Promise<void> {
  const used = new Set<string>();
  const uses: Uses = {
    step: async (args, printed = /^/, options = {}) => {
      used.add(commandOf(args));
      const { stdout } = await tsd.run(args, options);
      const what = `tsd ${args.join(" ")}`;
      if (typeof printed === "string") assert.equal(stdout, printed, what);
      else assert.match(stdout, printed, what);
      return stdout;
    },
    spawn: (args) => {
      used.add(commandOf(args));
      return tsd.spawn(args);
    },
  };
  const { step } = uses;
  const image = `${host}/alpine:latest`;
  await step(["version"], /^Client:\n Version: /);
  await step(["pull", image], new RegExp(`Status: Downloaded newer image for ${image}`));
  await liveAndDie(uses, image);
  await liveOn(uses, tsd, image);
  await connect(uses, image);
  await makeImages(uses, tsd, host);
  await lookAfter(uses, image);
  const names = COMMANDS.filter(({ hidden }) => !hidden).map(({ names }) => names[0]);
  assert.deepEqual(names.filter((name) => !used.has(name)), [], "commands that were not used");
}

/** The first name of the command that arguments begin with. */
function commandOf(args: readonly string[]): string {
  const [one, two] = [args[0]!, args.slice(0, 2).join(" ")];
  const named = (name: string) => COMMANDS.find(({ names }) => names.includes(name))?.names[0];
  return named(two) ?? named(one) ?? assert.fail(`${two} is no command`);
}

/** Containers that end by themselves. */
async function liveAndDie({ step }: Uses, image: string): Promise<void> {
  await step(["run", "--rm", "-i", image, "cat"], "through\n", { stdin: "through\n" });
  await step(["run", "--rm", image, "sh", "-c", "exit 7"], "", { expect: 7 });
  await step(["run", "--rm", image, "no-such-command"], "", { expect: 127 });
  const script = "echo out; echo file > /made; exit 6";
  await step(["create", "--name", "first", image, "sh", "-c", script], /^[0-9a-f]{64}\n$/);
  await step(["start", "-a", "first"], "out\n", { expect: 6 });
  await step(["rename", "first", "second"], "");
  await step(["logs", "second"], "out\n");
  await step(["diff", "second"], "A /made\n");
  await step(["wait", "second"], "6\n");
  await step(["container", "prune", "-f"], /^Deleted Containers:\n[0-9a-f]{64}\n/);
}

/** A container that lives on, and is acted on meanwhile. */
async function liveOn({ spawn, step }: Uses, tsd: Tsd, image: string): Promise<void> {
  await step(["volume", "create", "data"], "data\n");
  const script = "trap 'exit 5' TERM; while :; do echo tick; sleep 0.05; done";
  const options = ["--name", "lives", "-v", "data:/data"];
  const started = await step(["run", "-d", ...options, image, "sh", "-c", script]);
  const id = started.trim();
  await step(["ps"], new RegExp(`^${id.slice(0, 12)} .*lives$`, "m"));
  await step(["exec", "lives", "sh", "-c", "echo kept > /data/file; exit 4"], "", { expect: 4 });
  await step(["volume", "ls", "-q"], "data\n");
  await step(["volume", "inspect", "-f", "{{.Name}}", "data"], "data\n");
  const attached = spawn(["attach", "--no-stdin", "lives"]);
  await attached.waitFor(/tick/);
  await step(["top", "lives"], /sleep 0\.05|trap/);
  await step(["stats", "--no-stream", "lives"], /lives .*%/);
  await step(["port", "lives"], "");
  await step(["pause", "lives"], "lives\n");
  await step(["unpause", "lives"], "lives\n");
  await step(["update", "--restart", "on-failure:3", "lives"], "lives\n");
  await step(["inspect", "-f", "{{.HostConfig.RestartPolicy.Name}}", "lives"], "on-failure\n");
  await Deno.writeTextFile(`${tsd.home}/copied`, "copied\n");
  await step(["cp", `${tsd.home}/copied`, "lives:/copied"]);
  await step(["exec", "lives", "cat", "/copied", "/data/file"], "copied\nkept\n");
  await step(["restart", "lives"], "lives\n");
  // It is for the run that was there.
  assert.equal((await attached.finish()).code, 5);
  await step(["kill", "-s", "CONT", "lives"], "lives\n");
  await step(["stop", "lives"], "lives\n");
  await step(["events", "--since", "1h", "--until", "0s"], /container die .*exitCode=5/);
  await step(["rm", "lives"], "lives\n");
  await step(["volume", "rm", "data"], "data\n");
  await step(["volume", "create", "left"], "left\n");
  await step(["volume", "prune", "-a", "-f"], /^Deleted Volumes:\nleft\n/);
}

/** Networks, and a container that joins one and leaves it. */
async function connect({ step }: Uses, image: string): Promise<void> {
  await step(["network", "create", "net"], /^[0-9a-f]{64}\n$/);
  await step(["network", "ls", "-f", "name=net", "--format", "{{.Driver}}"], /^bridge$/m);
  await step(["network", "inspect", "-f", "{{.Name}}", "net"], "net\n");
  const args = ["--name", "joins", "--network", "net", image, "sleep", "1000"];
  await step(["run", "-d", "--stop-signal", "KILL", ...args]);
  const devices = ["exec", "joins", "ls", "/sys/class/net"];
  await step(devices, "eth0\nlo\n");
  await step(["network", "disconnect", "net", "joins"], "");
  await step(devices, "lo\n");
  await step(["network", "connect", "net", "joins"], "");
  await step(devices, "eth0\nlo\n");
  await step(["rm", "-f", "joins"], "joins\n");
  await step(["network", "rm", "net"], "net\n");
  await step(["network", "create", "unused"]);
  await step(["network", "prune", "-f"], /^Deleted Networks:\nunused\n/);
}

/** Images: their names, and how they come and go. */
async function makeImages({ step }: Uses, tsd: Tsd, host: string): Promise<void> {
  const image = `${host}/alpine:latest`;
  const other = `${host}/other:1`;
  const archive = `${tsd.home}/archive.tar`;
  await step(["images"], /alpine +latest/);
  await step(["history", "-q", image], /^[0-9a-f]{12}$/m);
  await step(["image", "inspect", "-f", "{{.Os}}", image], "linux\n");
  await step(["tag", image, other], "");
  await step(["login", "-u", "alice", "--password-stdin", host], "Login Succeeded\n", {
    stdin: "secret\n",
  });
  await step(["push", other], /^1: digest: sha256:[0-9a-f]{64} size: \d+$/m);
  await step(["logout", host], /^Removing login credentials/);
  await step(["save", "-o", archive, other], "");
  await step(["rmi", other], new RegExp(`^Untagged: ${other}\n`));
  await step(["load", "-i", archive], `Loaded image: ${other}\n`);
  await step(["run", "--name", "changed", other, "sh", "-c", "echo new > /new"], "");
  await step(["commit", "changed", "committed"], /^sha256:[0-9a-f]{64}\n$/);
  await step(["run", "--rm", "committed", "cat", "/new"], "new\n");
  await step(["export", "-o", archive, "changed"], "");
  await step(["import", archive, "imported"], /^sha256:[0-9a-f]{64}\n$/);
  await step(["run", "--rm", "imported", "cat", "/new"], "new\n");
  await step(["rm", "changed"], "changed\n");
  await step(["image", "prune", "-a", "-f"], /^Deleted Images:\n/);
  await hostCommand("rm", [archive]);
}

/** The instance as a whole, to its end. */
async function lookAfter({ step }: Uses, image: string): Promise<void> {
  await step(["pull", "-q", image], `${image}\n`);
  const options = ["--restart", "always", "--stop-signal", "KILL", "--name", "boots"];
  await step(["run", "-d", ...options, image, "sleep", "1000"]);
  await step(["info"], /Running: 1/);
  await step(["system", "supervisor"], /^PID .*\n\d+ .* 1 /);
  await step(["system", "df"], /^Images +1 +1 /m);
  await step(["system", "check"], /^Checked 1 image, .*, 1 container, .*: 0 problems\n$/);
  await step(["generate", "systemd"], /^ExecStart=.* system boot$/m);
  await step(["system", "shutdown"], "boots\n");
  await step(["system", "boot"], "boots\n");
  await step(["container", "inspect", "-f", "{{.State.Status}}", "boots"], "running\n");
  // Nothing differs from what is on record.
  await step(["system", "reconcile"], "");
  await step(["rm", "-f", "boots"], "boots\n");
  await step(["system", "prune", "-a", "-f"], /^Deleted Images:\n/m);
  await step(["images", "-q"], "");
  await step(["volume", "create", "left"]);
  await step(["system", "reset", "-f"]);
  await step(["volume", "ls", "-q"], "");
}
