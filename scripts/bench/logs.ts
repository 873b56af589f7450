/**
 * How fast output gets into a log, and out of it again.
 *
 * @module
 */

import { bringAlpine, pushAlpine } from "./alpine.ts";
import type { Engine } from "./engines.ts";
import { output, timed } from "./measure.ts";
import type { Subject, Target } from "./subject.ts";

const LINE_SIZE = 100;
const LARGE = 200e6;
const FEW_LINES = 10_000;

/** Prints lines, each of 100 bytes with its newline. */
function printer(bytes: number): string[] {
  return ["sh", "-c", `yes ${"x".repeat(LINE_SIZE - 1)} | head -c ${bytes}`];
}

/** The subjects. */
export const LOG_SUBJECTS: readonly Subject[] = [
  {
    // At least 100 MB/s.
    ...subject("200 MB of 100-byte lines, detached, until wait returns", { atMost: 2000 }),
    slow: true,
    measurement: async (engine, { host }) => {
      if (!engine.detach) return undefined;
      await bringAlpine(engine, host);
      return async () => {
        const start = performance.now();
        const id = await writeLog(engine, host, LARGE);
        const took = performance.now() - start;
        await timed(engine.invoke!("rm", "-f", id));
        return took;
      };
    },
  },
  {
    ...readSubject("logs, 10,000 lines", FEW_LINES * LINE_SIZE, { of: "docker", atMost: 1 }),
    slow: false,
  },
  // At least 60 MB/s.
  readSubject("logs, 200 MB", LARGE, { atMost: 3333 }),
];

function subject(title: string, target: Target): Omit<Subject, "measurement" | "slow"> {
  return { title, group: "logs", unit: "ms", target, prepare: pushAlpine };
}

function readSubject(title: string, bytes: number, target: Target): Subject {
  return {
    ...subject(title, target),
    slow: true,
    measurement: async (engine, { host }) => {
      if (!engine.detach) return undefined;
      await bringAlpine(engine, host);
      const id = await writeLog(engine, host, bytes);
      return () => timed(engine.invoke!("logs", id));
    },
  };
}

/** Has a container write its log; returns its id once it has ended. */
async function writeLog(engine: Engine, host: string, bytes: number): Promise<string> {
  const id = await output(engine.detach!(`${host}/alpine`, ...printer(bytes)));
  await timed(engine.invoke!("wait", id));
  return id;
}
