import assert from "node:assert/strict";
import { unit } from "./generate_systemd.ts";

Deno.test("unit() has the instance boot that it was asked for", () => {
  const text = unit(["/usr/local/bin/tsd"], {
    TSD_ROOT: "/srv/tsd",
    TSD_RUN: "/run/other",
    TSD_CONFIG: "/etc/tsd/other.json",
  });
  const lines = text.split("\n").filter((line) => /^(Environment|Exec|Requires)/.test(line));
  assert.deepEqual(lines, [
    "RequiresMountsFor=/srv/tsd",
    "Environment=TSD_ROOT=/srv/tsd",
    "Environment=TSD_RUN=/run/other",
    "Environment=TSD_CONFIG=/etc/tsd/other.json",
    "ExecStart=/usr/local/bin/tsd system boot",
    "ExecStop=/usr/local/bin/tsd system shutdown",
  ]);
});

Deno.test("unit() quotes what systemd would take for something else", () => {
  const text = unit(['/opt/my "tools"/tsd$1'], { TSD_ROOT: "/srv/100% mine" });
  assert.match(text, /^Environment="TSD_ROOT=\/srv\/100%% mine"$/m);
  assert.match(text, /^RequiresMountsFor="\/srv\/100%% mine"$/m);
  assert.match(text, /^ExecStart="\/opt\/my \\"tools\\"\/tsd\$\$1" system boot$/m);
});
