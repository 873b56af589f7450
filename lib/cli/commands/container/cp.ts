/**
 * `tsd cp`: copies files between the host and a container.
 *
 * @module
 */

import { EngineError } from "../../../errors.ts";
import { type CommandContext, defineCommand } from "../../command_line/mod.ts";
import { humanSize } from "../../units.ts";
import { openEngine } from "../_open_engine.ts";

/** The path that stands for standard input or output. */
const STREAM = "-";

/** One side of a copy. */
interface Side {
  /** The container; nothing for the host. */
  container?: string;
  /** The path. */
  path: string;
}

/** The command. */
export const cp = defineCommand({
  usage: "[OPTIONS] CONTAINER:SRC_PATH DEST_PATH|- | [OPTIONS] SRC_PATH|- CONTAINER:DEST_PATH",
  options: [
    {
      name: "archive",
      short: "a",
      type: "bool",
      summary: "Archive mode (copy all uid/gid information)",
    },
    {
      name: "follow-link",
      short: "L",
      type: "bool",
      summary: "Always follow symbol link in SRC_PATH",
    },
    {
      name: "quiet",
      short: "q",
      type: "bool",
      summary: "Do not say what was copied; nothing is said where no terminal is attached",
    },
  ],
  arity: { least: 2, most: 2 },
  examples: [
    "tsd cp web:/etc/nginx/. ./nginx",
    "tsd cp site.conf web:/etc/nginx/conf.d/",
    "tsd cp web:/var/log - | tar tv",
  ],
  async run({ options, operands: [from = "", to = ""] }, context) {
    const [source, target] = [parseSide(from), parseSide(to)];
    checkSides(source, target);
    using engine = openEngine(context);
    const { archive, followLink } = options;
    const how = { archive, followLink, signal: context.signal };
    let size: number | undefined;
    if (source.container !== undefined && target.path === STREAM) {
      refuseTerminal(context);
      const { container, path } = source;
      for await (const piece of engine.containers.getArchive(container, path, how)) {
        context.stdout.write(piece);
      }
    } else if (source.container !== undefined) {
      size = await engine.containers.copyFrom(source.container, source.path, target.path, how);
    } else if (source.path === STREAM) {
      const { readable } = context.stdin;
      await engine.containers.putArchive(target.container!, target.path, readable, how);
    } else {
      size = await engine.containers.copyTo(target.container!, target.path, source.path, how);
    }
    if (size !== undefined && !options.quiet && context.stdout.isTerminal()) {
      context.stderr.line(`Successfully copied ${humanSize(size)} to ${to}`);
    }
    return 0;
  },
});

/** A path with a slash or dot in front is of the host, whatever colons it has. */
function parseSide(text: string): Side {
  const colon = text.indexOf(":");
  if (colon === -1 || /^[/.]/.test(text)) return { path: text };
  return { container: text.slice(0, colon), path: text.slice(colon + 1) };
}

function checkSides(source: Side, target: Side): void {
  const problem = sidesProblem(source, target);
  if (problem !== undefined) throw new EngineError(problem, { kind: "invalid" });
}

function sidesProblem(source: Side, target: Side): string | undefined {
  if (source.path === "" && source.container === undefined) return "source can not be empty";
  if (target.path === "" && target.container === undefined) return "destination can not be empty";
  if (source.container && target.container) return "copying between containers is not supported";
  if (!source.container && !target.container) return "must specify at least one container source";
  return (source.container ? source : target).path === "" ? "path cannot be empty" : undefined;
}

function refuseTerminal({ stdout }: CommandContext): void {
  if (!stdout.isTerminal()) return;
  throw new EngineError("cowardly refusing to copy to a terminal", { kind: "invalid" });
}
