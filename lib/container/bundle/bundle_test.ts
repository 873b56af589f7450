import assert from "node:assert/strict";
import { runAlone } from "../../../tests/harness/run_alone.ts";
import { FakeInstance, plainSettings } from "../_instance_fixture.ts";
import { bundleDirectory, cgroupPath, runDirectory } from "../record/folders.ts";
import type * as Bundle from "./bundle.ts";
import type { ContainerSettings } from "../record/settings.ts";

const MODULE = new URL("./bundle.ts", import.meta.url).href;

/** Writes a bundle in a process of its own, as that sets the umask; tells what it became. */
function write(
  { roots }: FakeInstance,
  id: string,
  settings: ContainerSettings,
): Promise<{ umask: number; error: string }> {
  return runAlone(({ writeBundle }: typeof Bundle, roots, id, settings) => {
    Deno.umask(0o077);
    let error = "";
    try {
      writeBundle(roots, id, settings);
    } catch (thrown) {
      error = `${(thrown as Error & { kind?: string }).kind} ${(thrown as Error).message}`;
    }
    return { umask: Deno.umask(), error };
  }, { module: MODULE, args: [roots, id, settings] as const });
}

Deno.test("writeBundle() writes files the container's users can read, whatever the umask", async () => {
  using instance = new FakeInstance();
  const layer = `${instance.folder}/layer`;
  await Deno.mkdir(layer);
  await Deno.chmod(layer, 0o1750);
  const settings = plainSettings({ hostname: "box", layers: ["/does/not/matter", layer] });
  assert.deepEqual(await write(instance, "abc", settings), { umask: 0o077, error: "" });
  const directory = bundleDirectory(instance.roots, "abc");
  assert.equal(directory, `${instance.folder}/root/containers/abc`);
  const modes: Record<string, string> = {};
  for await (const { name } of Deno.readDir(directory)) {
    const { mode } = await Deno.stat(`${directory}/${name}`);
    modes[name] = (mode! & 0o7777).toString(8);
  }
  assert.deepEqual(modes, {
    "config.json": "644",
    hostname: "644",
    hosts: "644",
    "resolv.conf": "644",
    rootfs: "755",
    // As the topmost layer's, which it covers.
    upper: "1750",
    work: "755",
  });
  assert.equal((await Deno.stat(directory)).mode! & 0o7777, 0o710);
  const text = (name: string) => Deno.readTextFile(`${directory}/${name}`);
  assert.equal(await text("hostname"), "box\n");
  assert.match(await text("hosts"), /^127\.0\.0\.1\tlocalhost\n/);
  const { linux, root } = JSON.parse(await text("config.json"));
  assert.equal(linux.cgroupsPath, `/${instance.roots.instance}/abc`);
  assert.equal(root.path, "rootfs");
});

Deno.test("writeBundle() gives a container on the host's network the host's names", async () => {
  using instance = new FakeInstance();
  await write(instance, "abc", plainSettings({ network: "host" }));
  const hosts = await Deno.readTextFile(`${bundleDirectory(instance.roots, "abc")}/hosts`);
  assert.equal(hosts, await Deno.readTextFile("/etc/hosts"));
});

Deno.test("writeBundle() says which folder cannot be written, and puts the umask back", async () => {
  using instance = new FakeInstance();
  await Deno.writeTextFile(`${instance.roots.root}/containers`, "in the way");
  const directory = bundleDirectory(instance.roots, "abc");
  assert.deepEqual(await write(instance, "abc", plainSettings()), {
    umask: 0o077,
    error: `system Cannot write the container's folder "${directory}"`,
  });
});

Deno.test("runDirectory() and cgroupPath() keep instances apart", () => {
  using instance = new FakeInstance();
  assert.equal(runDirectory(instance.roots, "abc"), `${instance.folder}/run/containers/abc`);
  assert.match(cgroupPath(instance.roots, "abc"), /^\/tsd-[0-9a-f]{8}\/abc$/);
});
