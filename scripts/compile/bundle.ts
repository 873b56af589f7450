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

const SHIMS = new URL("../shims/", import.meta.url).pathname;
const NPM_SPECIFIER = /^npm:\/?((?:@[^/]+\/)?[^@/]+)@([^/]+)(\/.*)?$/;

/**
 * What the commands that list are made of, in one file: each file more costs a start 0.25 ms, and they
 * would be two dozen.
 */
const QUICK = {
  path: new URL("../../lib/cli/quick.ts", import.meta.url).pathname,
  file: "./quick.js",
};

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
  const found = { quick: false };
  try {
    const inChunks = await esbuild.build({
      ...options(nodeModules, outputDirectory),
      entryPoints: { main: entry },
      splitting: true,
      plugins: [leaveOut(QUICK, () => found.quick = true), resolver(nodeModules, kept)],
    });
    const chunks = Object.entries(inChunks.metafile.outputs);
    // What it imports lazily is in the chunks above.
    const lazy = new Map(
      chunks.flatMap(([path, { entryPoint }]) =>
        entryPoint === undefined ? [] : [[Deno.realPathSync(entryPoint), `./${basename(path)}`]]
      ),
    );
    const quick = found.quick && await esbuild.build({
      ...options(nodeModules, outputDirectory),
      entryPoints: [QUICK.path],
      plugins: [takeFromChunks(lazy), resolver(nodeModules, kept)],
    });
    const outputs = [...chunks, ...Object.entries(quick ? quick.metafile.outputs : {})]
      .map(([path]) => Deno.realPathSync(path));
    await Promise.all(outputs.map(hideDynamicImports));
    const main = `${await Deno.realPath(outputDirectory)}/main.js`;
    return {
      main,
      files: [main, ...outputs.filter((path) => path !== main).sort()],
      kept: [...kept].sort(),
    };
  } finally {
    await esbuild.stop();
  }
}

function options(
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

/** Has a module that is imported lazily loaded from a file of its own. */
function leaveOut({ path, file }: typeof QUICK, onFound: () => void): esbuild.Plugin {
  return {
    name: "own file",
    setup(build) {
      build.onResolve({ filter: /\.ts$/ }, (args) => {
        if (args.kind !== "dynamic-import") return undefined;
        if (resolve(args.resolveDir, args.path) !== path) return undefined;
        onFound();
        return { path: file, external: true };
      });
    },
  };
}

/** Has what is imported lazily loaded from files that are there. */
function takeFromChunks(files: ReadonlyMap<string, string>): esbuild.Plugin {
  return {
    name: "lazy",
    setup(build) {
      build.onResolve({ filter: /\.ts$/ }, (args) => {
        if (args.kind !== "dynamic-import") return undefined;
        const path = files.get(resolve(args.resolveDir, args.path));
        return path === undefined
          ? { errors: [{ text: `Cannot find the chunk of "${args.path}"` }] }
          : { path, external: true };
      });
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
