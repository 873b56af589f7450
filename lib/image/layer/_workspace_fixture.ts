/**
 * A directory to unpack into, beside one that must not change.
 *
 * @module
 */

import assert from "node:assert/strict";
import { removeTree } from "../../state/remove_tree.ts";
import { type FixtureEntry, inPieces, tarArchive } from "./_archive_fixture.ts";
import { type AppliedLayer, applyLayer, type ApplyLayerOptions } from "./apply.ts";

/** Whether the tests that make devices and set owners can run. */
export const isRoot: boolean = Deno.uid() === 0;
if (!isRoot) {
  // deno-lint-ignore no-console -- the reason belongs in the tests' output.
  console.warn(
    "Tests of unpacking are skipped: they make devices and set owners, so they need root",
  );
}

/** A layer's directory and a host's. */
export class Workspace implements AsyncDisposable {
  /** Holds both. */
  readonly path: string = Deno.makeTempDirSync({ prefix: "tsd_layer_" });
  /** Where layers go. */
  readonly layer: string = `${this.path}/layer`;
  /** The host's directory. */
  readonly host: string = `${this.path}/host`;
  /** A file in the host's directory. */
  readonly secret: string = `${this.host}/secret`;

  /** Makes both, and the file. */
  constructor() {
    Deno.mkdirSync(this.layer);
    Deno.mkdirSync(this.host);
    Deno.writeTextFileSync(this.secret, "secret");
    Deno.utimeSync(this.secret, 1, 1);
  }

  /** Unpacks entries into the layer's directory. */
  apply(
    entries: readonly FixtureEntry[],
    options: Partial<ApplyLayerOptions> = {},
  ): Promise<AppliedLayer> {
    const tar = inPieces(tarArchive(entries), 1000);
    return applyLayer(tar, this.layer, { whiteouts: "overlay", ...options });
  }

  /** Fails if anything changed in the host's directory. */
  assertHostUntouched(): void {
    assert.deepEqual([...Deno.readDirSync(this.host)].map(({ name }) => name), ["secret"]);
    assert.equal(Deno.readTextFileSync(this.secret), "secret");
    const { mode, uid, gid, mtime, nlink } = Deno.lstatSync(this.secret);
    assert.deepEqual(
      { mode: mode! & 0o7777, uid, gid, mtime: mtime!.getTime(), nlink },
      { mode: 0o644, uid: 0, gid: 0, mtime: 1000, nlink: 1 },
    );
  }

  /** What is in the layer, by path: a type's letter, or a link's arrow and text. */
  list(): Record<string, string> {
    const found: Record<string, string> = {};
    const visit = (folder: string) => {
      for (const { name } of Deno.readDirSync(`${this.layer}/${folder}`)) {
        const path = folder === "" ? name : `${folder}/${name}`;
        found[path] = describe(`${this.layer}/${path}`);
        if (found[path] === "d") visit(path);
      }
    };
    visit("");
    return Object.fromEntries(Object.entries(found).toSorted());
  }

  /** Extended attributes of a file in the layer, values in hexadecimal. */
  attributes(path: string): Record<string, string> {
    const { stdout } = new Deno.Command("getfattr", {
      args: ["-h", "-d", "-m", "-", "-e", "hex", "--absolute-names", `${this.layer}/${path}`],
    }).outputSync();
    const lines = new TextDecoder().decode(stdout).split("\n").filter((line) => line.includes("="));
    return Object.fromEntries(lines.map((line) => line.split("=") as [string, string]));
  }

  /** Removes both. */
  async [Symbol.asyncDispose](): Promise<void> {
    await removeTree(this.path);
  }
}

function describe(path: string): string {
  const status = Deno.lstatSync(path);
  if (status.isDirectory) return "d";
  if (status.isSymlink) return `-> ${Deno.readLinkSync(path)}`;
  if (status.isFile) return `f ${Deno.readTextFileSync(path)}`;
  if (status.isCharDevice) return `c ${status.rdev}`;
  if (status.isBlockDevice) return `b ${status.rdev}`;
  return status.isFifo ? "p" : "?";
}
