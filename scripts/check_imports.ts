/**
 * Checks that imports go downwards only, in each part as well, that only `ffi/` opens libraries and starts programs, that
 * only `lib/process` joins a path with a pid, that no files of the product import each other in
 * circles, and that each npm package is imported by one file, at an exact version:
 * `deno run -R scripts/check_imports.ts [FOLDER]`.
 *
 * @module
 */

import { dirname, normalize } from "node:path/posix";
import { importCircles } from "./import_circles.ts";

/**
 * The layers, from the top. A file may import from its own part and from parts of lower layers; of
 * its own layer only the `mod.ts` of parts that stand further on, so that no two need each other.
 */
const LAYERS: readonly (readonly string[])[] = [
  ["scripts"],
  ["tests"],
  ["main.ts"],
  ["lib/mod.ts", "lib/cli"],
  ["lib/engine"],
  ["lib/supervisor"],
  ["lib/container", "lib/network", "lib/image", "lib/volume"],
  ["lib/runtime", "lib/cgroup", "lib/seccomp", "lib/state"],
  ["lib/process"],
  ["ffi"],
];

/**
 * The wings of parts: their folders, from the top. A file may import from its own wing and from those
 * that stand further on; files that lie in the part itself serve all wings, or put them together.
 */
const WINGS: ReadonlyMap<string, readonly string[]> = new Map(Object.entries({
  "lib/cli": ["commands", "terminal", "template", "progress", "command_line"],
  "lib/cli/commands": ["container", "image", "network", "volume", "system"],
  "lib/container": ["log", "life", "bundle", "names", "record"],
  "lib/engine": [
    ...["system", "volume", "network", "files", "lifecycle", "exec", "create", "describe", "image"],
    "instance",
  ],
  "lib/image": [
    ...["push", "check", "pull", "registry", "archive", "records", "store", "layer", "change"],
    "spec",
  ],
  "lib/network": ["firewall", "port"],
  "lib/runtime": ["start", "init", "root", "user", "spec"],
  "lib/supervisor": ["front", "run", "network", "own", "output", "watch"],
}));

/** Files directly in `lib/` (`errors.ts`, `config.ts`, ...) serve all of it, and use none of it. */
const SHARED = /^lib\/[a-z_]+\.ts$/;

/** A front end has one door to all that is below it; its tests may make what it shows themselves. */
const FRONT_END = {
  folder: "lib/cli/",
  door: "lib/engine/mod.ts",
  ground: /^(ffi\/|lib\/[a-z_]+\.ts$)/,
};

const IMPORT =
  /^\s*(?:import|export)\b[^"';]*?\bfrom\s*"([^"]+)"|^\s*import\s*"([^"]+)"|\bimport\(\s*"([^"]+)"/gm;
const EXACT_NPM = /^npm:(?:@[^/]+\/)?[^@/]+@\d+\.\d+\.\d+(?:-[\w.]+)?(?:\/.*)?$/;

/** A path in `/proc` that goes on with something that is not in the text: a pid, mostly. */
const JOINED_PROC = /\/proc\/(?:\$\{|["'`])/;

/** Who joins such a path all the same, and why nothing can come of it. */
const JOINS_PROC: ReadonlyMap<string, string> = new Map([
  ["lib/engine/describe/network_inspection.ts", "shows the path, and opens nothing"],
  [
    "lib/runtime/init/exec_program.ts",
    "joins by a pidfd right after it: so the process was still there, and the number its own",
  ],
]);

/** A source file. */
export interface SourceFile {
  /** The path from the repository's top, as `lib/errors.ts`. */
  path: string;
  /** The content. */
  text: string;
}

/**
 * Checks a set of source files.
 *
 * @param files The files.
 * @returns One line for each import or call that breaks a rule; none when all is well.
 */
export function checkImports(files: readonly SourceFile[]): string[] {
  const problems: string[] = [];
  const importers = new Map<string, string>();
  const imports = new Map<string, string[]>();
  for (const { path, text } of files) {
    const code = withoutComments(text);
    if (isProduct(path)) {
      imports.set(
        path,
        statics(code).map((specifier) => targetOf(path, specifier)),
      );
    }
    for (const specifier of specifiers(code)) {
      const problem = specifier.startsWith("npm:")
        ? npmProblem(path, specifier, importers)
        : directionProblem(path, specifier);
      if (problem !== undefined) problems.push(`${path}: ${problem}`);
    }
    if (JOINED_PROC.test(code) && isProduct(path) && !path.startsWith("lib/process/")) {
      if (!JOINS_PROC.has(path)) {
        problems.push(`${path}: joins a path with a pid, which only lib/process may (openProcess)`);
      }
    }
    const opens = /\bDeno\.dlopen\(/.test(code);
    if (opens && !path.startsWith("ffi/") && !path.endsWith("_test.ts")) {
      problems.push(`${path}: calls Deno.dlopen, which only ffi/ may`);
    }
    // What a program inherits of our signals is put right there.
    if (/\bnew Deno\.Command\(/.test(code) && /^lib\/(?!.*_(?:test|fixture)\.ts$)/.test(path)) {
      problems.push(`${path}: starts a program by Deno.Command instead of hostProgram() of ffi/`);
    }
  }
  for (const circle of importCircles(imports)) {
    problems.push(
      `${[...circle, circle[0]].join(" imports ")}: a circle; give what they share a file`,
    );
  }
  return problems;
}

/** Tests and scripts may look at processes of their own. */
function isProduct(path: string): boolean {
  return /^(?:main\.ts$|lib\/|ffi\/)/.test(path) && !path.endsWith("_test.ts");
}

/** Blanks comments, whose examples may import what the code may not. */
function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[^]*?\*\//g, "").replaceAll(/^\s*\/\/.*$/gm, "");
}

function specifiers(code: string): string[] {
  return Array.from(code.matchAll(IMPORT), ([, from, bare, dynamic]) => (from ?? bare ?? dynamic)!);
}

/** What a file needs to be loaded. */
function statics(code: string): string[] {
  const found = Array.from(code.matchAll(IMPORT), ([, from, bare]) => from ?? bare);
  return found.filter((specifier) => specifier !== undefined);
}

function targetOf(path: string, specifier: string): string {
  return specifier.startsWith(".") ? normalize(`${dirname(path)}/${specifier}`) : specifier;
}

function npmProblem(
  path: string,
  specifier: string,
  importers: Map<string, string>,
): string | undefined {
  if (!EXACT_NPM.test(specifier)) return `imports ${specifier}, which is no exact version`;
  const name = /^npm:((?:@[^/]+\/)?[^@/]+)/.exec(specifier)![1]!;
  const first = importers.get(name) ?? path;
  importers.set(name, first);
  return first === path ? undefined : `imports npm:${name}, as ${first} does; one file may`;
}

function directionProblem(path: string, specifier: string): string | undefined {
  if (!specifier.startsWith(".")) return undefined;
  const target = targetOf(path, specifier);
  if (path.endsWith("_test.ts") && target.startsWith("tests/")) return undefined;
  if (path.startsWith(FRONT_END.folder) && !path.endsWith("_test.ts")) {
    const { door, folder, ground } = FRONT_END;
    const isAllowed = target.startsWith(folder) || target === door || ground.test(target);
    if (!isAllowed) return `imports ${target}; of what is below only ${door} may be`;
  }
  if (!path.endsWith("_test.ts")) {
    const problem = wingProblem(path, target);
    if (problem !== undefined) return problem;
  }
  const [from, to] = [position(path), position(target)];
  if (to === undefined || from === undefined) return undefined;
  if (from.part === to.part || from.layer < to.layer) return undefined;
  if (from.layer > to.layer) return `imports ${target}, which is above it`;
  const parts = LAYERS[from.layer]!;
  if (parts.indexOf(from.part) > parts.indexOf(to.part)) {
    return `imports ${target}, which comes before it in its layer`;
  }
  return target === `${to.part}/mod.ts`
    ? undefined
    : `imports ${target}, which is beside it; only ${to.part}/mod.ts may be`;
}

function wingProblem(path: string, target: string): string | undefined {
  for (const [part, wings] of WINGS) {
    const [from, to] = [path, target].map((file) => wingOf(part, file));
    if (from === undefined || to === undefined || from === to) continue;
    for (const wing of [from, to]) {
      if (!wings.includes(wing)) return `${part}/${wing} is in no order`;
    }
    if (wings.indexOf(from) > wings.indexOf(to)) {
      return `imports ${target}, whose wing comes before ${from} in ${part}`;
    }
  }
  return undefined;
}

/** The folder of a part that a file is in, somewhere; nothing if it lies in the part itself. */
function wingOf(part: string, file: string): string | undefined {
  const inside = file.startsWith(`${part}/`) ? file.slice(part.length + 1) : "";
  return inside.includes("/") ? inside.split("/", 1)[0] : undefined;
}

/** Where a file stands; nothing for what has no place among the layers, as `deno.json`. */
function position(path: string): { layer: number; part: string } | undefined {
  const layer = LAYERS.findIndex((parts) => partOf(parts, path) !== undefined);
  if (layer >= 0) return { layer, part: partOf(LAYERS[layer]!, path)! };
  // Below all of lib, beside ffi: what serves every layer stands on none.
  return SHARED.test(path) ? { layer: LAYERS.length, part: "lib" } : undefined;
}

function partOf(parts: readonly string[], path: string): string | undefined {
  return parts.find((part) => path === part || path.startsWith(`${part}/`));
}

/** Reads all TypeScript files of a repository. */
async function* sources(top: string, folder: string): AsyncGenerator<SourceFile> {
  for await (const entry of Deno.readDir(`${top}/${folder}`)) {
    const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory && !entry.name.startsWith(".") && !/^(node_modules|dist)$/.test(path)) {
      yield* sources(top, path);
    } else if (entry.isFile && path.endsWith(".ts")) {
      yield { path, text: await Deno.readTextFile(`${top}/${path}`) };
    }
  }
}

if (import.meta.main) {
  const top = Deno.args[0] ?? new URL("..", import.meta.url).pathname;
  const files = await Array.fromAsync(sources(top, ""));
  const problems = checkImports(files);
  const summary = `check_imports: ${files.length} files, ${problems.length} problems`;
  Deno.stdout.writeSync(new TextEncoder().encode([...problems, summary, ""].join("\n")));
  if (problems.length > 0) Deno.exit(1);
}
