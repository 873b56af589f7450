/**
 * `tsd version`: shows the versions of the program and of what it runs on.
 *
 * @module
 */

import { hostPlatform, readHostFacts } from "../../../engine/mod.ts";
import { VERSION } from "../../../version.ts";
import { defineCommand } from "../../command_line/mod.ts";
import { formatObject } from "../_object_format.ts";

/** The command. */
export const version = defineCommand({
  usage: "[OPTIONS]",
  options: [{ name: "format", short: "f", type: "string", summary: "Go template or json" }],
  arity: { least: 0, most: 0 },
  examples: ["tsd version --format '{{.Server.Version}}'"],
  async run({ options: { format } }, { stdout }) {
    const versions = describe();
    stdout.write(format ? await formatObject(versions, format) : layOut(versions));
    return 0;
  },
});

/** There is no daemon: what Docker tells of its server is told of the same program. */
function describe() {
  const { deno, v8, typescript } = Deno.version;
  const { os, architecture } = hostPlatform();
  const common = { Version: VERSION, Os: os, Arch: architecture, DenoVersion: deno };
  const { kernel } = readHostFacts();
  return {
    Client: { ...common, Context: "default" },
    Server: {
      Platform: { Name: "tsd" },
      Components: [
        { Name: "Engine", Version: VERSION, Details: { Os: common.Os, Arch: common.Arch } },
        { Name: "Deno", Version: deno, Details: { V8: v8, TypeScript: typescript } },
      ],
      ...common,
      KernelVersion: kernel,
    },
  };
}

function layOut({ Client, Server }: ReturnType<typeof describe>): string {
  const platform = `${Client.Os}/${Client.Arch}`;
  return [
    "Client:",
    ` Version:           ${Client.Version}`,
    ` OS/Arch:           ${platform}`,
    ` Context:           ${Client.Context}`,
    "",
    "Server:",
    " Engine:",
    `  Version:          ${Server.Version}`,
    `  OS/Arch:          ${platform}`,
    `  Kernel version:   ${Server.KernelVersion}`,
    " Deno:",
    `  Version:          ${Server.DenoVersion}`,
    `  V8 version:       ${Server.Components[1]!.Details.V8}`,
    "",
  ].join("\n");
}
