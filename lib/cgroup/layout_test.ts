import assert from "node:assert/strict";
import { type CgroupLayout, parseCgroupLayout } from "./layout.ts";

/** A line of mountinfo (proc_pid_mountinfo(5)). */
function mount(
  point: string,
  type: string,
  options: string,
  { mountOptions = "rw,nosuid", root = "/" } = {},
): string {
  return `31 23 0:27 ${root} ${point} ${mountOptions},relatime shared:9 master:1 - ${type} ` +
    `${type} ${options}`;
}

const ROOT = "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw,errors=remount-ro";
const TMPFS = mount("/sys/fs/cgroup", "tmpfs", "ro,mode=755", { mountOptions: "ro,nosuid" });
const V2 = mount("/sys/fs/cgroup", "cgroup2", "rw,nsdelegate,memory_recursiveprot");

const CASES: [name: string, lines: string[], layout: CgroupLayout][] = [
  ["nothing", [ROOT, ""], { version: "none", hierarchies: [] }],
  ["v2", [ROOT, V2], {
    version: "v2",
    hierarchies: [{ controllers: [], mountPoint: "/sys/fs/cgroup" }],
  }],
  ["v2, mounted twice", [V2, V2], {
    version: "v2",
    hierarchies: [{ controllers: [], mountPoint: "/sys/fs/cgroup" }],
  }],
  [
    "v1",
    [
      TMPFS,
      mount("/sys/fs/cgroup/cpu,cpuacct", "cgroup", "rw,cpu,cpuacct"),
      mount("/sys/fs/cgroup/systemd", "cgroup", "rw,xattr,name=systemd"),
      mount("/sys/fs/cgroup/cpuset", "cgroup", "rw,cpuset,noprefix,cpuset_v2_mode,favordynmods"),
      mount(
        "/sys/fs/cgroup/memory",
        "cgroup",
        "rw,seclabel,memory,clone_children,release_agent=/lib/agent",
      ),
    ],
    {
      version: "v1",
      hierarchies: [
        { controllers: ["cpu", "cpuacct"], mountPoint: "/sys/fs/cgroup/cpu,cpuacct" },
        { controllers: ["name=systemd"], mountPoint: "/sys/fs/cgroup/systemd" },
        { controllers: ["cpuset"], mountPoint: "/sys/fs/cgroup/cpuset" },
        { controllers: ["memory"], mountPoint: "/sys/fs/cgroup/memory" },
      ],
    },
  ],
  [
    "hybrid: v1, and v2 beside it",
    [
      TMPFS,
      mount("/sys/fs/cgroup/unified", "cgroup2", "rw"),
      mount("/sys/fs/cgroup/pids", "cgroup", "rw,pids"),
    ],
    { version: "v1", hierarchies: [{ controllers: ["pids"], mountPoint: "/sys/fs/cgroup/pids" }] },
  ],
  [
    "one hierarchy at two places",
    [
      mount("/sys/fs/cgroup/cpu", "cgroup", "rw,cpu"),
      mount("/sys/fs/cgroup/other", "cgroup", "rw,cpu"),
    ],
    { version: "v1", hierarchies: [{ controllers: ["cpu"], mountPoint: "/sys/fs/cgroup/cpu" }] },
  ],
  ["mounts elsewhere", [mount("/mnt/cgroup", "cgroup2", "rw")], {
    version: "none",
    hierarchies: [],
  }],
  [
    "read-only mounts, as in a container",
    [mount("/sys/fs/cgroup", "cgroup2", "rw", { mountOptions: "ro,nosuid", root: "/docker/x" })],
    { version: "none", hierarchies: [] },
  ],
];

for (const [name, lines, layout] of CASES) {
  Deno.test(`parseCgroupLayout() finds ${name}`, () => {
    assert.deepEqual(parseCgroupLayout(lines.join("\n")), layout);
  });
}
