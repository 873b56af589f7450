import assert from "node:assert/strict";
import type { CgroupLayout } from "./layout.ts";
import { threadFiles } from "./thread_files.ts";

Deno.test("threadFiles() names one file in each hierarchy of v1, and none on v2", () => {
  const hierarchies = [
    { controllers: ["memory"], mountPoint: "/sys/fs/cgroup/memory" },
    { controllers: ["name=systemd"], mountPoint: "/sys/fs/cgroup/systemd" },
  ];
  const cases: [CgroupLayout, string[] | undefined][] = [
    [{ version: "v1", hierarchies }, [
      "/sys/fs/cgroup/memory/tsd/abc/tasks",
      "/sys/fs/cgroup/systemd/tsd/abc/tasks",
    ]],
    [
      { version: "v2", hierarchies: [{ controllers: [], mountPoint: "/sys/fs/cgroup" }] },
      undefined,
    ],
    [{ version: "none", hierarchies: [] }, []],
  ];
  for (const [layout, expected] of cases) {
    assert.deepEqual(threadFiles("/tsd/abc", layout), expected, layout.version);
  }
});
