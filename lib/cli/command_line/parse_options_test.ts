import assert from "node:assert/strict";
import type { OptionDeclaration } from "./option.ts";
import { parseOptions } from "./parse_options.ts";

const DECLARATIONS: readonly OptionDeclaration[] = [
  { name: "interactive", short: "i", type: "bool", summary: "" },
  { name: "tty", short: "t", type: "bool", summary: "" },
  { name: "rm", type: "bool", summary: "" },
  { name: "trunc", type: "string", summary: "" },
  { name: "no-trunc", type: "bool", summary: "" },
  { name: "sig-proxy", type: "bool", summary: "", default: true },
  { name: "env", short: "e", type: "list", summary: "" },
  { name: "volume", short: "v", type: "list", summary: "" },
  { name: "publish", short: "p", type: "list", summary: "" },
  { name: "name", type: "string", summary: "" },
  { name: "hostname", short: "h", type: "string", summary: "" },
  { name: "timeout", short: "T", type: "int", summary: "", default: 10 },
  { name: "cpus", type: "decimal", summary: "" },
  { name: "memory", short: "m", type: "bytes", summary: "" },
  { name: "interval", type: "duration", summary: "" },
  { name: "secret-knob", type: "bool", summary: "", hidden: true },
];

const DEFAULTS = {
  interactive: false,
  tty: false,
  rm: false,
  noTrunc: false,
  sigProxy: true,
  env: [],
  volume: [],
  publish: [],
  timeout: 10,
  secretKnob: false,
};

/** A command line as `run` takes it: the options that differ from the defaults, and the operands. */
const PARSED: [args: string[], options: Record<string, unknown>, operands: string[]][] = [
  [[], {}, []],
  [["alpine"], {}, ["alpine"]],
  [["-it", "alpine"], { interactive: true, tty: true }, ["alpine"]],
  [["-i", "-t", "alpine"], { interactive: true, tty: true }, ["alpine"]],
  [["-itv", "/a:/b", "alpine"], { interactive: true, tty: true, volume: ["/a:/b"] }, ["alpine"]],
  [["-itv/a:/b", "alpine"], { interactive: true, tty: true, volume: ["/a:/b"] }, ["alpine"]],
  [["--rm", "alpine"], { rm: true }, ["alpine"]],
  [["--rm=true", "alpine"], { rm: true }, ["alpine"]],
  [["--rm=false", "alpine"], {}, ["alpine"]],
  [["--rm", "--rm=0", "alpine"], {}, ["alpine"]],
  [["--sig-proxy=F", "alpine"], { sigProxy: false }, ["alpine"]],
  [["-t=false", "alpine"], {}, ["alpine"]],
  [["-it=1", "alpine"], { interactive: true, tty: true }, ["alpine"]],
  [["--no-trunc"], { noTrunc: true }, []],
  [["--no-trunc=false"], {}, []],
  [["--trunc", "a", "--no-trunc"], { trunc: "a", noTrunc: true }, []],
  [["-e", "A=B", "alpine"], { env: ["A=B"] }, ["alpine"]],
  [["-eA=B", "alpine"], { env: ["A=B"] }, ["alpine"]],
  [["-e=A", "alpine"], { env: ["A"] }, ["alpine"]],
  [["-ie=A", "alpine"], { interactive: true, env: ["A"] }, ["alpine"]],
  [["-e", "=A", "alpine"], { env: ["=A"] }, ["alpine"]],
  [["--env=A", "--env", "B=", "-e", ""], { env: ["A", "B=", ""] }, []],
  [["--env=A=B=C"], { env: ["A=B=C"] }, []],
  [["--env", "A,B"], { env: ["A,B"] }, []],
  [["-p80:80", "-p", "81:81"], { publish: ["80:80", "81:81"] }, []],
  [["--name", "-x", "alpine"], { name: "-x" }, ["alpine"]],
  [["--name", "--rm", "alpine"], { name: "--rm" }, ["alpine"]],
  [["--name", "--", "alpine"], { name: "--" }, ["alpine"]],
  [["--name=", "alpine"], { name: "" }, ["alpine"]],
  [["--name=a", "--name=b"], { name: "b" }, []],
  [["--name", "a\n--rm=false"], { name: "a\n--rm=false" }, []],
  [["-h", "box", "alpine"], { hostname: "box" }, ["alpine"]],
  [["-T-1"], { timeout: -1 }, []],
  [["-T", "-1"], { timeout: -1 }, []],
  [["--cpus", "1.5"], { cpus: 1.5 }, []],
  [["-m512m"], { memory: 512 * 1024 * 1024 }, []],
  [["--interval=1m30s"], { interval: 90_000 }, []],
  [["--", "alpine", "--rm"], {}, ["alpine", "--rm"]],
  [["--rm", "--", "-x"], { rm: true }, ["-x"]],
  [["-", "--rm"], {}, ["-", "--rm"]],
  [["--secret-knob"], { secretKnob: true }, []],
  // From the image on, everything belongs to the container.
  [["alpine", "sh", "-c", "ls", "--rm"], {}, ["alpine", "sh", "-c", "ls", "--rm"]],
  [["--rm", "alpine", "-it", "--unknown"], { rm: true }, ["alpine", "-it", "--unknown"]],
  [["alpine", "--", "-x"], {}, ["alpine", "--", "-x"]],
  [["alpine", "--help"], {}, ["alpine", "--help"]],
  [["-t", "alpine", "--rm=false", "-e"], { tty: true }, ["alpine", "--rm=false", "-e"]],
];

for (const [args, options, operands] of PARSED) {
  Deno.test(`parseOptions() reads ${JSON.stringify(args.join(" "))}`, () => {
    const parsed = parseOptions(args, { declarations: DECLARATIONS, interspersed: false });
    assert.deepEqual(parsed, { options: { ...DEFAULTS, ...options }, operands, help: false });
  });
}

const INTERSPERSED: [args: string[], options: Record<string, unknown>, operands: string[]][] = [
  [["a", "--rm", "b", "-T", "5"], { rm: true, timeout: 5 }, ["a", "b"]],
  [["a", "--rm=false", "b", "--no-trunc"], { noTrunc: true }, ["a", "b"]],
  [["a", "--", "--rm", "b"], {}, ["a", "--rm", "b"]],
  [["--", "a", "--", "b"], {}, ["a", "--", "b"]],
  [["a", "--name", "--", "b", "--rm"], { name: "--", rm: true }, ["a", "b"]],
  [["a", "-", "-it"], { interactive: true, tty: true }, ["a", "-"]],
];

for (const [args, options, operands] of INTERSPERSED) {
  Deno.test(`parseOptions() reads ${JSON.stringify(args.join(" "))} with options between`, () => {
    const parsed = parseOptions(args, { declarations: DECLARATIONS, interspersed: true });
    assert.deepEqual(parsed, { options: { ...DEFAULTS, ...options }, operands, help: false });
  });
}

const REFUSED: [args: string[], message: string, suggestion?: string][] = [
  [["--nmae", "x", "alpine"], "unknown flag: --nmae", "--name"],
  [["--nmae=x"], "unknown flag: --nmae", "--name"],
  [["--secret-knbo"], "unknown flag: --secret-knbo"],
  [["--quxquux"], "unknown flag: --quxquux"],
  [["-x"], "unknown shorthand flag: 'x' in -x"],
  [["-itx", "alpine"], "unknown shorthand flag: 'x' in -x"],
  [["-name", "x"], "unknown shorthand flag: 'n' in -name", "--name"],
  [["-5"], "unknown shorthand flag: '5' in -5"],
  [["--name"], "flag needs an argument: --name"],
  [["--rm", "-e"], "flag needs an argument: 'e' in -e"],
  [["-ite"], "flag needs an argument: 'e' in -e"],
  [["--rm=maybe"], 'invalid argument "maybe" for "--rm" flag: must be true or false'],
  [["-t="], 'invalid argument "" for "-t, --tty" flag: must be true or false'],
  [["-T", "abc"], 'invalid argument "abc" for "-T, --timeout" flag: must be a whole number'],
  [["-T", "1.5"], 'invalid argument "1.5" for "-T, --timeout" flag: must be a whole number'],
  [["-T", ""], 'invalid argument "" for "-T, --timeout" flag: must be a whole number'],
  [["--cpus", "x"], 'invalid argument "x" for "--cpus" flag: must be a number'],
  [["-m", "12x"], `invalid argument "12x" for "-m, --memory" flag: invalid suffix: 'x'`],
  [
    ["--interval=5"],
    'invalid argument "5" for "--interval" flag: time: missing unit in duration "5"',
  ],
  [["---x"], "bad flag syntax: ---x"],
  [["--=x"], "bad flag syntax: --=x"],
];

for (const [args, message, suggestion] of REFUSED) {
  Deno.test(`parseOptions() refuses ${JSON.stringify(args.join(" "))}`, () => {
    assert.throws(
      () => parseOptions(args, { declarations: DECLARATIONS, interspersed: false }),
      { name: "UsageError", message, suggestion, exitCode: 125 },
    );
  });
}

const HELP: [args: string[], help: boolean][] = [
  [["--help"], true],
  [["--rm", "--help"], true],
  [["--help", "--bogus"], true],
  [["--help", "-T", "abc"], true],
  [["--help=false"], false],
];

for (const [args, help] of HELP) {
  Deno.test(`parseOptions() ${help ? "sees" : "sees no"} help in ${args.join(" ")}`, () => {
    const parsed = parseOptions(args, { declarations: DECLARATIONS, interspersed: false });
    assert.equal(parsed.help, help);
  });
}

Deno.test("parseOptions() takes -h for help where no option has that letter", () => {
  const settings = { declarations: [], interspersed: true };
  assert.equal(parseOptions(["a", "-h"], settings).help, true);
});
