import assert from "node:assert/strict";
import { Ajv } from "npm:ajv@8.20.0";
import { Annotation, DEFAULT_CAPABILITIES } from "../../runtime/mod.ts";
import { plainSettings } from "../_instance_fixture.ts";
import { buildBundleSpec } from "./spec.ts";
import type { ContainerSettings } from "../record/settings.ts";
import { makeContainerFilter } from "../../seccomp/container_filter.ts";

const OPTIONS = {
  directory: "/var/lib/tsd/containers/x",
  volumesDirectory: "/var/lib/tsd/volumes",
  cgroupsPath: "/tsd/x",
  openFilesLimit: 2 ** 20,
};

// The schemas of the runtime-spec, where they are at hand.
const SCHEMAS = new URL("../../../../shared/reference/oci-runtime-schema/", import.meta.url);
const haveSchemas = exists(new URL("config-schema.json", SCHEMAS));
if (!haveSchemas) {
  // deno-lint-ignore no-console -- the reason belongs in the tests' output.
  console.warn(`Validation of config.json is skipped: there are no schemas in ${SCHEMAS.pathname}`);
}

function exists(url: URL): boolean {
  try {
    Deno.statSync(url);
    return true;
  } catch {
    return false;
  }
}

/** A check of a configuration against the schemas; gives what is wrong. */
function validator(): (config: unknown) => string[] {
  const ajv = new Ajv({ strict: false, allErrors: true });
  // What this one refers to is not among them.
  ajv.addSchema({ freebsd: {} }, "config-freebsd.json");
  for (const { name } of Deno.readDirSync(SCHEMAS)) {
    if (!/^(config|defs)(?!-freebsd).*\.json$/.test(name)) continue;
    // They name draft 04, of which they use nothing that has changed since.
    const { $schema: _draft, ...schema } = JSON.parse(
      Deno.readTextFileSync(new URL(name, SCHEMAS)),
    );
    ajv.addSchema(schema, name);
  }
  const validate = ajv.getSchema("config-schema.json")!;
  return (config) => {
    validate(config);
    return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
  };
}

const VARIANTS: [name: string, changes: Partial<ContainerSettings>][] = [
  ["plain", {}],
  ["full", {
    terminal: true,
    user: "app:audio",
    workingDirectory: "/srv",
    readonlyRoot: true,
    network: "host",
    oomScoreAdj: -500,
    binds: [{ source: "/a", target: "/b", readonly: true }],
    tmpfs: [{ target: "/tmp", options: ["size=1m"] }],
    layers: ["/layers/1", "/layers/2"],
    security: {
      capAdd: ["CAP_SYS_ADMIN"],
      groupAdd: ["audio", "7"],
      noNewPrivileges: true,
      labels: { apparmor: "web", selinux: "system_u:system_r:container_t:s0" },
    },
  }],
  ["privileged", { security: { privileged: true } }],
];

for (const [name, changes] of VARIANTS) {
  Deno.test({
    name: `buildBundleSpec() follows the runtime-spec's schema: ${name}`,
    ignore: !haveSchemas,
    fn: async () => {
      const filter = await makeContainerFilter(undefined, DEFAULT_CAPABILITIES);
      const check = validator();
      const spec = JSON.parse(
        JSON.stringify(buildBundleSpec(plainSettings(changes), { ...OPTIONS, filter })),
      );
      assert.deepEqual(check(spec), []);
      // The check itself finds mistakes.
      const linux = { namespaces: [{ type: "moon" }] };
      assert.equal(
        check({ ...spec, linux })[0],
        "/linux/namespaces/0/type must be equal to one of the allowed values",
      );
      assert.deepEqual(check({ ...spec, process: { ...spec.process, env: "A=b" } }), [
        "/process/env must be array",
      ]);
    },
  });
}

Deno.test("buildBundleSpec() takes the process from the settings", () => {
  const { process } = buildBundleSpec(
    plainSettings({
      entrypoint: ["/entry", "-x"],
      command: ["run"],
      env: ["A=b"],
      workingDirectory: "/srv",
      terminal: true,
      oomScoreAdj: 7,
    }),
    OPTIONS,
  );
  assert.deepEqual(process, {
    terminal: true,
    user: { uid: 0, gid: 0 },
    args: ["/entry", "-x", "run"],
    env: ["A=b"],
    cwd: "/srv",
    capabilities: {
      bounding: [...DEFAULT_CAPABILITIES],
      effective: [...DEFAULT_CAPABILITIES],
      permitted: [...DEFAULT_CAPABILITIES],
    },
    oomScoreAdj: 7,
    rlimits: [{ type: "RLIMIT_NOFILE", soft: 1024, hard: 524288 }],
  });
});

Deno.test("buildBundleSpec() grants no more open files than this process may", () => {
  const limits = (openFilesLimit: number) =>
    buildBundleSpec(plainSettings(), { ...OPTIONS, openFilesLimit }).process.rlimits?.[0];
  assert.deepEqual(limits(4096), { type: "RLIMIT_NOFILE", soft: 1024, hard: 4096 });
  assert.deepEqual(limits(512), { type: "RLIMIT_NOFILE", soft: 512, hard: 512 });
  // Unlimited.
  assert.deepEqual(limits(2 ** 64), { type: "RLIMIT_NOFILE", soft: 1024, hard: 524288 });
});

Deno.test("buildBundleSpec() names the overlay and the user in annotations", () => {
  const settings = plainSettings({ layers: ["/l/1", "/l/2"], user: "app" });
  const { annotations, root } = buildBundleSpec(settings, OPTIONS);
  assert.deepEqual(root, { path: "rootfs", readonly: false });
  assert.equal(annotations?.[Annotation.USER], "app");
  assert.deepEqual(JSON.parse(annotations?.[Annotation.OVERLAY] ?? ""), {
    lower: ["/l/1", "/l/2"],
    upper: `${OPTIONS.directory}/upper`,
    work: `${OPTIONS.directory}/work`,
  });
});

Deno.test("buildBundleSpec() has nothing waited for that is removed at once", () => {
  const overlayOf = (autoRemove: boolean) => {
    const { annotations } = buildBundleSpec(plainSettings({ autoRemove }), OPTIONS);
    return JSON.parse(annotations?.[Annotation.OVERLAY] ?? "");
  };
  assert.equal(overlayOf(true).volatile, true);
  assert.ok(!("volatile" in overlayOf(false)));
});

Deno.test("buildBundleSpec() gives a network of its own unless it is the host's", () => {
  const of = (network: "none" | "host") => {
    const { namespaces, sysctl } = buildBundleSpec(plainSettings({ network }), OPTIONS).linux;
    return { types: namespaces.map(({ type }) => type), sysctl: Object.keys(sysctl ?? {}).length };
  };
  const types = ["mount", "pid", "uts", "ipc", "cgroup"];
  assert.deepEqual(of("host"), { types, sysctl: 0 });
  assert.deepEqual(of("none"), { types: [...types, "network"], sysctl: 2 });
});

Deno.test("buildBundleSpec() mounts the user's last, parents before what lies below", () => {
  const bind = (target: string, readonly = false) => ({ source: "/s", target, readonly });
  const { mounts } = buildBundleSpec(
    plainSettings({
      binds: [bind("/a/b/c"), bind("/a", true)],
      tmpfs: [{ target: "/a/b", options: ["exec"] }],
    }),
    OPTIONS,
  );
  const own = mounts.slice(-3);
  assert.deepEqual(own, [
    {
      destination: "/a",
      type: "bind",
      source: "/s",
      ofHost: true,
      options: ["rbind", "rprivate", "rro"],
    },
    {
      destination: "/a/b",
      type: "tmpfs",
      source: "tmpfs",
      options: ["noexec", "nosuid", "nodev", "exec"],
    },
    {
      destination: "/a/b/c",
      type: "bind",
      source: "/s",
      ofHost: true,
      options: ["rbind", "rprivate"],
    },
  ]);
  const others = mounts.slice(0, -3).map(({ destination }) => destination);
  assert.deepEqual(others.toSorted(), [
    "/dev",
    "/dev/mqueue",
    "/dev/pts",
    "/dev/shm",
    "/etc/hostname",
    "/etc/hosts",
    "/etc/resolv.conf",
    "/proc",
    "/sys",
    "/sys/fs/cgroup",
  ]);
  assert(others.indexOf("/dev") < others.indexOf("/dev/pts"));
  assert(others.indexOf("/sys") < others.indexOf("/sys/fs/cgroup"));
});
