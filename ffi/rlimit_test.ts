import assert from "node:assert/strict";
import { runAlone } from "../tests/harness/run_alone.ts";
import { Errno } from "./error.ts";
import type * as Limits from "./rlimit.ts";
import { getRlimit, Rlimit, setRlimit } from "./rlimit.ts";

const UNLIMITED = 2n ** 64n - 1n;

/** The names of the limits in `/proc/self/limits`. */
const TITLES: Readonly<Record<keyof typeof Rlimit, string>> = {
  RLIMIT_CPU: "Max cpu time",
  RLIMIT_FSIZE: "Max file size",
  RLIMIT_DATA: "Max data size",
  RLIMIT_STACK: "Max stack size",
  RLIMIT_CORE: "Max core file size",
  RLIMIT_RSS: "Max resident set",
  RLIMIT_NPROC: "Max processes",
  RLIMIT_NOFILE: "Max open files",
  RLIMIT_MEMLOCK: "Max locked memory",
  RLIMIT_AS: "Max address space",
  RLIMIT_LOCKS: "Max file locks",
  RLIMIT_SIGPENDING: "Max pending signals",
  RLIMIT_MSGQUEUE: "Max msgqueue size",
  RLIMIT_NICE: "Max nice priority",
  RLIMIT_RTPRIO: "Max realtime priority",
  RLIMIT_RTTIME: "Max realtime timeout",
};

Deno.test("getRlimit() reads what the kernel shows", () => {
  const text = Deno.readTextFileSync("/proc/self/limits");
  const value = (word: string) => word === "unlimited" ? UNLIMITED : BigInt(word);
  for (const [name, title] of Object.entries(TITLES)) {
    const [, soft, hard] = new RegExp(`^${title} +(\\w+) +(\\w+)`, "m").exec(text)!;
    const shown = { soft: value(soft!), hard: value(hard!) };
    assert.deepEqual(getRlimit(Rlimit[name as keyof typeof Rlimit]), shown, name);
  }
});

Deno.test("getRlimit() and setRlimit() say why they failed", () => {
  assert.throws(() => getRlimit(99), { message: "getrlimit 99: invalid argument" });
  assert.throws(() => setRlimit(Rlimit.RLIMIT_CORE, { soft: 2n, hard: 1n }), {
    syscall: "setrlimit",
    errno: Errno.EINVAL,
  });
});

Deno.test("setRlimit() sets both values, beyond 32 bits as well", async () => {
  const values = await runAlone(({ getRlimit, Rlimit, setRlimit }: typeof Limits) => {
    setRlimit(Rlimit.RLIMIT_CORE, { soft: 0n, hard: 2n ** 40n });
    const { hard, soft } = getRlimit(Rlimit.RLIMIT_CORE);
    return [`${soft}`, `${hard}`];
  }, { module: new URL("./rlimit.ts", import.meta.url).href });
  assert.deepEqual(values, ["0", `${2n ** 40n}`]);
});
