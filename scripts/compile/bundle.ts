/**
 * Bundles the program into a few files of JavaScript.
 *
 * One module a command loads far faster than the hundred it is written in, and each mode (command,
 * supervisor, init) still loads only what it needs.
 *
 * @module
 */

import * as esbuild from "npm:esbuild@0.28.2";
import { isBuiltin } from "node:module";
import { basename, dirname, resolve } from "node:path/posix";
import { isReplaced, packageOf } from "./builtins.ts";
import { COMMAND_LOADER, OWN_FILES, type OwnFile, SHARED } from "./own_files.ts";
import { importEagerly } from "./eager_imports.ts";
import { Reexports } from "./reexports.ts";

const SHIMS = new URL("../shims/", import.meta.url).pathname;
const NPM_SPECIFIER = /^npm:\/?((?:@[^/]+\/)?[^@/]+)@([^/]+)(\/.*)?$/;

/** Marks a package that has the name of a built-in (`events`) and is meant. */
const FROM_NPM = Symbol("from npm");

/** What was written. */
export interface Bundle {
  /** The entry point's absolute path. */
  main: string;
  /** The absolute paths of all files, the entry point first. */
  files: string[];
  /** Built-ins that packages import and the bundle keeps, as `package: node:name`. */
  kept: string[];
}

/**
 * Bundles an entry point and all it imports.
 *
 * @param entry The entry point's absolute path.
 * @param outputDirectory Where the files go: an empty folder.
 * @param nodeModules The `node_modules` folder that holds the packages.
 * @returns The files written.
 * @throws {Error} A module is missing or has a syntax error.
 */
export async function bundle(
  entry: string,
  outputDirectory: string,
  nodeModules: string,
): Promise<Bundle> {
  const kept = new Set<string>();
  const build = async (
    options: esbuild.BuildOptions,
    eager: readonly string[] = [],
    plugins: esbuild.Plugin[] = [],
  ) => {
    const { metafile } = await esbuild.build({
      ...optionsFor(nodeModules, outputDirectory),
      ...options,
      plugins: [...plugins, commandFiles(), directImports(eager), resolver(nodeModules, kept)],
    });
    return Object.entries(metafile!.outputs);
  };
  try {
    const entryPoints = { main: entry, [SHARED.name]: SHARED.path };
    const chunks = await build({ entryPoints, splitting: true });
    const entries = new Map(
      chunks.flatMap(([path, { entryPoint }]) =>
        entryPoint === undefined ? [] : [[Deno.realPathSync(entryPoint), `./${basename(path)}`]]
      ),
    );
    const own = OWN_FILES.filter(({ path }) => entries.has(path));
    const ownOutputs = await Promise.all(
      own.map((file) =>
        build({ entryPoints: { [file.name]: file.path } }, file.with, [apart(file, entries)])
      ),
    );
    ownOutputs.flat().forEach(checkBuiltins);
    const outputs = [chunks, ...ownOutputs].flat().map(([path]) => Deno.realPathSync(path));
    const main = `${await Deno.realPath(outputDirectory)}/main.js`;
    // What has one file of its own is never loaded from another one.
    for (const { name, path } of own.filter(isOnlyOne)) {
      await replaceIn(main, entries.get(path)!, `./${name}.js`);
    }
    await Promise.all(outputs.map(hideDynamicImports));
    return {
      main,
      files: [main, ...outputs.filter((path) => path !== main).sort()],
      kept: [...kept].sort(),
    };
  } finally {
    await esbuild.stop();
  }
}

function optionsFor(
  nodeModules: string,
  outputDirectory: string,
): esbuild.BuildOptions & { metafile: true } {
  return {
    absWorkingDir: dirname(nodeModules),
    outdir: outputDirectory,
    bundle: true,
    format: "esm",
    platform: "neutral",
    mainFields: ["module", "main"],
    conditions: ["deno", "node", "import"],
    target: "esnext",
    chunkNames: "[name]-[hash]",
    // A start costs about 50 microseconds for each kilobyte it loads, cached or not.
    minify: true,
    legalComments: "none",
    metafile: true,
    logLevel: "silent",
  };
}

/** Built-ins that cost a start next to nothing. */
const CHEAP = ["node:sqlite"];

/** Most of Node's built-ins take longer to load than the command takes to run. */
function checkBuiltins(
  [path, { imports }]: [string, { imports: { path: string; kind: string }[] }],
) {
  const dear = imports.filter((one) =>
    one.kind === "import-statement" && one.path.startsWith("node:") && !CHEAP.includes(one.path)
  );
  if (dear.length === 0) return;
  throw new Error(
    `Cannot let "${basename(path)}" import ${dear.map((one) => one.path).join(", ")}: each start ` +
      `would take 6 to 30 ms longer, import it where it is needed`,
  );
}

function isOnlyOne({ path }: OwnFile): boolean {
  return OWN_FILES.filter((file) => file.path === path).length === 1;
}

/** Takes from other files what is shared, and what is imported lazily. */
function apart(file: OwnFile, entries: ReadonlyMap<string, string>): esbuild.Plugin {
  return {
    name: "apart",
    setup(build) {
      build.onResolve({ filter: /\.ts$/ }, (args) => {
        const path = resolve(args.resolveDir, args.path);
        if (SHARED.modules.includes(path)) return { path: `./${SHARED.name}.js`, external: true };
        if (args.kind !== "dynamic-import" || file.with.includes(path)) return undefined;
        return { path: entries.get(path)!, external: true };
      });
    },
  };
}

async function replaceIn(path: string, from: string, to: string): Promise<void> {
  const source = await Deno.readTextFile(path);
  await Deno.writeTextFile(path, source.replaceAll(`"${from}"`, `"${to}"`));
}

/** Has a command that has a file of its own run from that file. */
function commandFiles(): esbuild.Plugin {
  return {
    name: "command-files",
    setup(build) {
      const { contents, path } = COMMAND_LOADER;
      const resolveDir = dirname(path);
      build.onLoad(
        { filter: /\/load_cli\.ts$/ },
        (args) => args.path === path ? { contents, resolveDir } : undefined,
      );
    },
  };
}

/** Has our own modules import what they need, and not all that is behind the same `mod.ts`. */
function directImports(eager: readonly string[]): esbuild.Plugin {
  return {
    name: "direct-imports",
    setup(build) {
      const reexports = new Reexports();
      build.onLoad({ filter: /\/(lib|ffi)\/[a-z0-9_/]+\.ts$/ }, async ({ path }) => ({
        contents: reexports.rewrite(
          path,
          importEagerly(path, await Deno.readTextFile(path), eager),
        ),
        loader: "ts",
        resolveDir: dirname(path),
      }));
    },
  };
}

/** Resolves `npm:` specifiers in `node_modules`, and built-ins to themselves or what replaces them. */
function resolver(nodeModules: string, kept: Set<string>): esbuild.Plugin {
  return {
    name: "deno",
    setup(build) {
      build.onResolve(
        { filter: /^npm:/ },
        (args) => inPackage(build, nodeModules, args.path, args.kind),
      );
      build.onResolve({ filter: /^(node:)?[a-z_/]+$/ }, (args) => {
        const name = args.path.replace(/^node:/, "");
        if (args.pluginData === FROM_NPM || !isBuiltin(name)) return undefined;
        if (isReplaced(args.importer, name)) return { path: `${SHIMS}${name}.ts` };
        const owner = packageOf(args.importer);
        if (owner !== undefined) kept.add(`${owner}: node:${name}`);
        // ECMAScript modules have no require(): a module of our own imports it instead.
        return args.kind === "require-call"
          ? { path: name, namespace: "required" }
          : { path: `node:${name}`, external: true };
      });
      build.onLoad({ filter: /.*/, namespace: "required" }, (args) => ({
        contents: `export * from "node:${args.path}"; export { default } from "node:${args.path}";`,
      }));
    },
  };
}

/** Resolves `npm:name@version/path` in the layout Deno gives `node_modules`. */
async function inPackage(
  build: esbuild.PluginBuild,
  nodeModules: string,
  specifier: string,
  kind: esbuild.ImportKind,
): Promise<esbuild.OnResolveResult> {
  const [, name, version, path = ""] = NPM_SPECIFIER.exec(specifier) ?? [];
  if (name === undefined) {
    return { errors: [{ text: `Cannot resolve "${specifier}": it has no exact version` }] };
  }
  const directory = `${nodeModules}/.deno/${name.replace("/", "+")}@${version}`;
  const found = await build.resolve(name + path, {
    resolveDir: directory,
    kind,
    pluginData: FROM_NPM,
  });
  return { path: found.path, errors: found.errors, sideEffects: found.sideEffects };
}

/**
 * Hides the chunks a file may import later from Deno, which would otherwise read and parse all of
 * them at each start (31 ms for 450 kB where no cache is at hand).
 */
async function hideDynamicImports(path: string): Promise<void> {
  const source = await Deno.readTextFile(path);
  await Deno.writeTextFile(
    path,
    source.replaceAll(/\bimport\(("\.\/[^"]+\.js")\)/g, 'import($1+"")'),
  );
}
