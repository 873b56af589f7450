import assert from "node:assert/strict";
import { MountAttribute, MountFlag, UmountFlag } from "../../../ffi/mod.ts";
import { runAlone } from "../../../tests/harness/run_alone.ts";
import { type RecordedCall, recordingFlags } from "../_recording_kernel_fixture.ts";
import type * as Setup from "./container_setup.ts";
import type { Spec } from "../spec/spec.ts";

const SPEC: Spec = {
  ociVersion: "1.2.0",
  process: { user: { uid: 1, gid: 1 }, args: ["true"], env: [], cwd: "/srv" },
  root: { path: "rootfs", readonly: true },
  hostname: "box",
  mounts: [
    { destination: "/proc", type: "proc", source: "proc", options: ["nosuid"] },
    { destination: "/data", type: "bind", source: "/host/data", options: ["rbind", "ro"] },
  ],
  linux: {
    namespaces: [{ type: "mount" }],
    sysctl: { "net.core.somaxconn": "9" },
    readonlyPaths: ["/proc/sys", "/proc/absent"],
    maskedPaths: ["/proc/kcore", "/proc/acpi", "/proc/gone"],
  },
};

interface Plan {
  calls: RecordedCall[];
  left: string[];
}

/** What is asked of the kernel for a container's set-up. */
async function planOf(spec: Spec, hasNewNetwork = true): Promise<Plan> {
  const fixture = import.meta.resolve("../_recording_kernel_fixture.ts");
  return await runAlone(
    async ({ setUpContainer }: typeof Setup, spec, hasNewNetwork, fixture) => {
      const kernel: typeof import("../_recording_kernel_fixture.ts") = await import(fixture);
      Deno.permissions.revokeSync({ name: "ffi" });
      kernel.files.add("/proc/kcore");
      for (const path of ["/proc/absent", "/proc/gone"]) kernel.missing.add(path);
      setUpContainer({ bundle: "/bundle", spec, hasNewNetwork, create: () => undefined });
      return { calls: kernel.calls, left: kernel.leftOpen() };
    },
    {
      module: import.meta.resolve("./container_setup.ts"),
      args: [spec, hasNewNetwork, fixture] as const,
      flags: recordingFlags(),
    },
  );
}

/** Where a call stands; it has to be there. */
function place({ calls }: Plan, ...wanted: unknown[]): number {
  const found = calls.findIndex((call) => wanted.every((value, at) => call[at] === value));
  assert.notEqual(found, -1, `no ${wanted.join(" ")} in ${JSON.stringify(calls)}`);
  return found;
}

function assertOrder(places: readonly number[]): void {
  assert.deepEqual(places, places.toSorted((a, b) => a - b));
}

Deno.test("setUpContainer() has nothing reach the host before it mounts anything", async () => {
  const { calls, left } = await planOf(SPEC);
  assert.deepEqual(calls[0], [
    "mount",
    "",
    "/",
    "",
    MountFlag.SLAVE | MountFlag.REC,
    ...calls[0]!.slice(5),
  ]);
  assert.deepEqual(left, []);
});

Deno.test("setUpContainer() takes hold of the host's paths, then enters the root, then mounts in it", async () => {
  const plan = await planOf(SPEC);
  const pivot = place(plan, "pivotRoot", ".", ".");
  assertOrder([
    place(plan, "cloneMount", "/host/data", true),
    place(plan, "mount", "/bundle/rootfs", "/bundle/rootfs", "", MountFlag.BIND | MountFlag.REC),
    pivot,
    // What is unmounted of the old root must stay mounted on the host.
    place(plan, "mount", "", ".", "", MountFlag.SLAVE | MountFlag.REC),
    place(plan, "umount", ".", UmountFlag.DETACH),
    place(plan, "mount", "proc", ".", "proc", MountFlag.NOSUID),
    place(plan, "attachMount", "clone of /host/data", "/data"),
  ]);
  // No path of the host is named once the root was entered.
  const after = plan.calls.slice(pivot).flat().filter((value) => typeof value === "string");
  assert.deepEqual(after.filter((text) => /^\/(host|bundle)/.test(text)), []);
});

Deno.test("setUpContainer() keeps a bind mount private, and read-only before it can be seen", async () => {
  const plan = await planOf(SPEC);
  const source = "clone of /host/data";
  assertOrder([
    place(plan, "setMountAttributes", source, 0, true, MountFlag.PRIVATE),
    place(plan, "setMountAttributes", source, MountAttribute.RDONLY),
    place(plan, "attachMount", source, "/data"),
  ]);
});

Deno.test("setUpContainer() protects, then masks paths, and passes over those that do not exist", async () => {
  const plan = await planOf(SPEC);
  assertOrder([
    place(plan, "writeAll", "/proc/sys/net/core/somaxconn", "9"),
    place(plan, "setMountAttributes", "clone of /proc/sys", MountAttribute.RDONLY, true),
    place(plan, "attachMount", "clone of /proc/sys", "/proc/sys"),
    place(plan, "attachMount", "clone of /dev/null", "/proc/kcore"),
    place(plan, "fchdir", "/proc/acpi"),
    place(plan, "mount", "tmpfs", ".", "tmpfs", MountFlag.RDONLY, "size=0k"),
    place(plan, "setMountAttributes", "/", MountAttribute.RDONLY, false),
    place(plan, "fchdir", "/srv"),
  ]);
  assert.doesNotMatch(JSON.stringify(plan.calls), /absent|gone/);
});

Deno.test("setUpContainer() leaves the root writable and a joined network as it is", async () => {
  const { calls } = await planOf({ ...SPEC, root: { path: "rootfs" } }, false);
  const names = calls.map(([name]) => name);
  assert.ok(!names.includes("setInterfaceUp"));
  assert.ok(!calls.some(([name, of]) => name === "setMountAttributes" && of === "/"));
  assert.ok(names.includes("setHostname"));
});
