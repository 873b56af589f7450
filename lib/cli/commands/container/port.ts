/**
 * `tsd port`: lists where a container's ports can be reached.
 *
 * @module
 */

import { hostText, type PublishedPort } from "../../../engine/mod.ts";
import { EngineError } from "../../../errors.ts";
import { defineCommand } from "../../command_line/mod.ts";
import { openEngine } from "../_open_engine.ts";

/** The command. */
export const port = defineCommand({
  usage: "CONTAINER [PRIVATE_PORT[/PROTO]]",
  options: [],
  arity: { least: 1, most: 2 },
  examples: ["tsd port web", "tsd port web 80/tcp"],
  async run({ operands: [name, wanted] }, context) {
    using engine = openEngine(context);
    const { ports } = await engine.containers.find(name!);
    for (const line of portLines(ports, name!, wanted)) context.stdout.line(line);
    return 0;
  },
});

/**
 * Writes where a container's ports can be reached.
 *
 * @param ports Its published ports.
 * @param container What the user called it.
 * @param wanted `PORT` or `PORT/PROTOCOL`: only this one; all where absent.
 * @returns A line each.
 * @throws {EngineError} `invalid`: that is no port; `notFound`: it is not published.
 */
export function portLines(
  ports: readonly PublishedPort[],
  container: string,
  wanted?: string,
): string[] {
  const sorted = [...ports].sort(naturalOrder);
  if (wanted === undefined) {
    return sorted.map((port) => `${port.containerPort}/${port.protocol} -> ${hostText(port)}`);
  }
  const [number, protocol = "tcp"] = wanted.split("/");
  if (!/^\d+$/.test(number!) || Number(number) > 65535) {
    throw new EngineError(`invalid port (${number}): it must be a number up to 65535`, {
      kind: "invalid",
    });
  }
  const found = sorted.filter((port) =>
    port.containerPort === Number(number) && port.protocol === protocol.toLowerCase()
  );
  if (found.length > 0) return found.map(hostText);
  throw new EngineError(`No public port '${wanted}' published for ${container}`, {
    kind: "notFound",
  });
}

/** As Docker sorts the lines: numbers by their value, all else by its bytes. */
function naturalOrder(one: PublishedPort, other: PublishedPort): number {
  const compare = (a: string, b: string) => Number(a > b) - Number(a < b);
  return one.containerPort - other.containerPort || compare(one.protocol, other.protocol) ||
    compare(one.hostAddress, other.hostAddress) || one.hostPort - other.hostPort;
}
