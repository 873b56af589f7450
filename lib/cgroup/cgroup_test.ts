import assert from "node:assert/strict";
import { Cgroup } from "./cgroup.ts";
import type { CgroupLayout } from "./layout.ts";

/** Folders that stand for the hierarchies of a host. */
class FakeHost implements Disposable {
  readonly folder: string = Deno.makeTempDirSync();
  readonly layout: CgroupLayout;

  constructor(version: CgroupLayout["version"], hierarchies: Record<string, readonly string[]>) {
    this.layout = {
      version,
      hierarchies: Object.entries(hierarchies).map(([name, controllers]) => {
        Deno.mkdirSync(`${this.folder}/${name}`);
        return { controllers, mountPoint: `${this.folder}/${name}` };
      }),
    };
  }

  write(path: string, text: string): void {
    Deno.writeTextFileSync(`${this.folder}/${path}`, text);
  }

  read(path: string): string {
    return Deno.readTextFileSync(`${this.folder}/${path}`);
  }

  folders(path: string): string[] {
    return [...Deno.readDirSync(`${this.folder}/${path}`)]
      .filter(({ isDirectory }) => isDirectory)
      .map(({ name }) => name).toSorted();
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.folder, { recursive: true });
  }
}

Deno.test("Cgroup.create() makes the cgroup and those above it everywhere, twice as well", () => {
  using host = new FakeHost("v1", { memory: ["memory"], pids: ["pids"] });
  const cgroup = new Cgroup("/tsd/one", host.layout);
  cgroup.create();
  cgroup.create();
  for (const name of ["memory", "pids"]) assert.deepEqual(host.folders(`${name}/tsd`), ["one"]);
});

Deno.test("Cgroup.create() hands down what a v2 cgroup has and its children lack", () => {
  using host = new FakeHost("v2", { unified: [] });
  host.write("unified/cgroup.controllers", "cpu io memory pids\n");
  host.write("unified/cgroup.subtree_control", "memory\n");
  new Cgroup("/tsd", host.layout).create();
  assert.equal(host.read("unified/cgroup.subtree_control"), "+cpu +io +pids");
  // All there: nothing is written.
  host.write("unified/cgroup.subtree_control", "pids memory io cpu\n");
  new Cgroup("/tsd", host.layout).create();
  assert.equal(host.read("unified/cgroup.subtree_control"), "pids memory io cpu\n");
});

Deno.test("Cgroup.create() fills an empty v1 cpuset from the one above", () => {
  using host = new FakeHost("v1", { cpuset: ["cpuset"] });
  host.write("cpuset/cpuset.cpus", "0-3\n");
  host.write("cpuset/cpuset.mems", "0\n");
  // A real cpuset has its files, empty, as soon as it is made.
  Deno.mkdirSync(`${host.folder}/cpuset/tsd`);
  host.write("cpuset/tsd/cpuset.cpus", "\n");
  host.write("cpuset/tsd/cpuset.mems", "1\n");
  new Cgroup("/tsd", host.layout).create();
  assert.equal(host.read("cpuset/tsd/cpuset.cpus"), "0-3\n");
  assert.equal(host.read("cpuset/tsd/cpuset.mems"), "1\n");
});

Deno.test("Cgroup.create() fills the empty v1 cpusets above first, whoever made them", () => {
  using host = new FakeHost("v1", { cpuset: ["cpuset"] });
  host.write("cpuset/cpuset.cpus", "0-3\n");
  host.write("cpuset/cpuset.mems", "0\n");
  for (const path of ["/outer", "/outer/inner", "/outer/inner/tsd"]) {
    Deno.mkdirSync(`${host.folder}/cpuset${path}`);
    for (const file of ["cpus", "mems"]) host.write(`cpuset${path}/cpuset.${file}`, "\n");
  }
  new Cgroup("/outer/inner/tsd", host.layout).create();
  assert.equal(host.read("cpuset/outer/inner/cpuset.cpus"), "0-3\n");
  assert.equal(host.read("cpuset/outer/inner/tsd/cpuset.mems"), "0\n");
});

Deno.test("Cgroup.add() writes the pid in every hierarchy", async () => {
  using host = new FakeHost("v1", { memory: ["memory"], pids: ["pids"] });
  const cgroup = new Cgroup("/tsd", host.layout);
  cgroup.create();
  host.write("memory/tsd/cgroup.procs", "");
  await assert.rejects(cgroup.add(42), {
    kind: "system",
    message: `Cannot move process 42 into the cgroup "${host.folder}/pids/tsd/cgroup.procs"`,
  });
  host.write("pids/tsd/cgroup.procs", "");
  await cgroup.add(42);
  assert.equal(host.read("memory/tsd/cgroup.procs"), "42");
  assert.equal(host.read("pids/tsd/cgroup.procs"), "42");
});

Deno.test("Cgroup.children() lists each name once, and none of what is not there", () => {
  using host = new FakeHost("v1", { memory: ["memory"], pids: ["pids"] });
  const parent = new Cgroup("/tsd", host.layout);
  assert.deepEqual(parent.children(), []);
  new Cgroup("/tsd/a", host.layout).create();
  Deno.mkdirSync(`${host.folder}/pids/tsd/b`);
  host.write("pids/tsd/cgroup.procs", "");
  assert.deepEqual(parent.children().toSorted(), ["a", "b"]);
});

Deno.test("Cgroup.remove() removes it with what the container made below, and takes absence for done", () => {
  using host = new FakeHost("v1", { memory: ["memory"], pids: ["pids"] });
  const cgroup = new Cgroup("/tsd/one", host.layout);
  cgroup.remove();
  cgroup.create();
  Deno.mkdirSync(`${host.folder}/pids/tsd/one/deep/er`, { recursive: true });
  cgroup.remove();
  assert.deepEqual([host.folders("memory/tsd"), host.folders("pids/tsd")], [[], []]);
  // A file stands for a process that is left.
  cgroup.create();
  host.write("pids/tsd/one/process", "");
  assert.throws(() => cgroup.remove(), {
    name: "EngineError",
    kind: "system",
    message: `Cannot remove the cgroup "${host.folder}/pids/tsd/one"`,
  });
});
