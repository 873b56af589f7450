/**
 * How fast containers get onto a bridge, and how fast bytes and requests get to them.
 *
 * @module
 */

import { fileURLToPath } from "node:url";
import { output, timed } from "./measure.ts";
import type { NetworkEngine } from "./network_engines.ts";
import type { Subject } from "./subject.ts";

const REQUESTS = fileURLToPath(new URL("./requests.ts", import.meta.url));
const MANY = 50;
const BLOCK = 1 << 16;
const BLOCKS = 15_000;
const COUNT = 2000;
const PORT = 9000;

/**
 * Lists the subjects.
 *
 * @param engines The engines that are measured.
 * @returns The subjects.
 */
export function networkSubjects(engines: readonly NetworkEngine[]): Subject[] {
  const subject = (
    title: string,
    more: Pick<Subject, "slow" | "target">,
    measurement: (engine: NetworkEngine) => Promise<() => Promise<number>>,
  ): Subject => ({
    ...{ title, group: "network", unit: "ms", ...more },
    prepare: () => Promise.resolve(),
    measurement: ({ name }) => measurement(engines.find((engine) => engine.name === name)!),
  });
  return [
    subject(
      "run --rm IMAGE true, default bridge",
      { slow: false, target: { of: "docker", atMost: 0.3 } },
      (engine) => Promise.resolve(() => timed(engine.run(["--rm"], "true"))),
    ),
    subject(
      "the same with --network none",
      { slow: false },
      (engine) => Promise.resolve(() => timed(engine.run(["--rm", "--network", "none"], "true"))),
    ),
    subject(
      "run -d on the default bridge, until it returns",
      { slow: false, target: { of: "docker", atMost: 0.25 } },
      (engine) => Promise.resolve(() => detached(engine)),
    ),
    subject(
      `${MANY} containers on the default bridge, at once`,
      { slow: true, target: { of: "docker", atMost: 0.4 } },
      (engine) => Promise.resolve(() => manyAtOnce(engine)),
    ),
    subject(
      "1 GB between containers",
      { slow: true, target: { of: "docker", atMost: 1.1 } },
      between,
    ),
    subject(
      "1 GB from the host through a published port",
      { slow: true, target: { of: "docker", atMost: 1.1 } },
      throughPort,
    ),
    subject(
      `${COUNT} requests from the host through 127.0.0.1`,
      { slow: true, target: { of: "podman", atMost: 1.05 } },
      requests,
    ),
  ];
}

async function detached({ invoke, run }: NetworkEngine): Promise<number> {
  const start = performance.now();
  const id = await output(run(["-d"], "sleep", "1000"));
  const took = performance.now() - start;
  // Podman's removal alone would wait ten seconds.
  await timed(invoke("kill", id));
  await timed(invoke("rm", "-f", id));
  return took;
}

async function manyAtOnce({ run }: NetworkEngine): Promise<number> {
  const start = performance.now();
  await Promise.all(Array.from({ length: MANY }, () => timed(run(["--rm"], "true"))));
  return performance.now() - start;
}

/** A container that sends whoever connects a lot of bytes. */
async function startSource({ invoke, run }: NetworkEngine, options: string[]): Promise<string> {
  const sending = ["-e", "dd", "if=/dev/zero", `bs=${BLOCK}`, `count=${BLOCKS}`];
  const command = ["nc", "-ll", "-p", `${PORT}`, ...sending];
  const id = await output(run(["-d", ...options], ...command));
  await timed(invoke("exec", id, "sh", "-c", listening(PORT)));
  return id;
}

/** Waits for a port that is listened on, as proc(5) shows it. */
function listening(port: number): string {
  const hex = port.toString(16).toUpperCase().padStart(4, "0");
  return `until grep -q ":${hex} .* 0A " /proc/net/tcp /proc/net/tcp6; do usleep 10000; done`;
}

async function between(engine: NetworkEngine): Promise<() => Promise<number>> {
  const source = await startSource(engine, []);
  const format = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}";
  const address = await output(engine.invoke("inspect", "-f", format, source));
  return async () => {
    const script = `(time nc ${address} ${PORT} </dev/null >/dev/null) 2>&1`;
    return realTime(await output(engine.run(["--rm"], "sh", "-c", script)));
  };
}

/** What `time` of busybox says: `real 0m 1.23s`. */
function realTime(text: string): number {
  const [, minutes, seconds] = /real\s+(\d+)m\s*([\d.]+)s/.exec(text) ?? [];
  if (seconds === undefined) throw new Error(`Cannot find the time in: ${text}`);
  return (Number(minutes) * 60 + Number(seconds)) * 1000;
}

async function throughPort(engine: NetworkEngine): Promise<() => Promise<number>> {
  const source = await startSource(engine, ["-p", `127.0.0.1::${PORT}`]);
  const address = await publishedAt(engine, source, PORT);
  const script = `busybox nc ${address.replace(":", " ")} >/dev/null`;
  return () => timed({ argv: [...engine.prefix, "sh", "-c", script] });
}

async function publishedAt(
  { invoke }: NetworkEngine,
  id: string,
  port: number,
): Promise<string> {
  return (await output(invoke("port", id, `${port}`))).split("\n")[0]!;
}

async function requests(engine: NetworkEngine): Promise<() => Promise<number>> {
  const { invoke, prefix, run } = engine;
  const command = ["httpd", "-f", "-p", "80", "-h", "/etc"];
  const id = await output(run(["-d", "-p", "127.0.0.1::80"], ...command));
  await timed(invoke("exec", id, "sh", "-c", listening(80)));
  const url = `http://${await publishedAt(engine, id, 80)}/passwd`;
  const argv = [...prefix, Deno.execPath(), "run", "--allow-net", REQUESTS, url, `${COUNT}`];
  return async () => Number(await output({ argv }));
}
