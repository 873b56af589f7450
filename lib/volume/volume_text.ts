/**
 * `-v [SOURCE:]TARGET[:OPTIONS]`.
 *
 * @module
 */

import { EngineError } from "../errors.ts";
import { type BindMount, type Propagation, PROPAGATIONS } from "./bind.ts";
import { cleanPath, targetProblem } from "./mount_path.ts";
import { checkVolumeName } from "./name.ts";
import type { VolumeRequest } from "./volume_mount.ts";

/** What `-v` asks for. */
export type VolumeText =
  | {
    /** A path of the host. */
    kind: "bind";
    /** How it is mounted. */
    bind: BindMount;
  }
  | {
    /** A volume. */
    kind: "volume";
    /** How it is mounted. */
    volume: VolumeRequest;
  };

/** Of each of these kinds of options one may be given. */
const OPTION_KINDS: readonly (readonly string[])[] = [
  ["ro", "rw"],
  // There is no SELinux relabelling to do and no other consistency to be had.
  ["z", "Z"],
  ["cached", "delegated", "consistent", "default"],
  ["nocopy"],
  PROPAGATIONS,
];

/**
 * Reads a mount as `-v` has it.
 *
 * @param text `TARGET`, `SOURCE:TARGET` or `SOURCE:TARGET:OPTIONS`; a source with a slash or dot in
 * front is a path of the host, any other a volume's name.
 * @returns The mount; its source is not looked at.
 * @throws {EngineError} `invalid`: a part is missing, the target is not absolute, an option is unknown.
 */
export function parseVolumeText(text: string): VolumeText {
  const parts = text.split(":");
  if (text === "") throw invalid(text, "invalid empty volume spec");
  if (parts.length > 3) throw invalid(text, `invalid volume specification: '${text}'`);
  const [one = "", two, mode = ""] = parts;
  const source = two === undefined ? undefined : one;
  const target = two ?? one;
  if (source === "" || target === "") {
    throw invalid(text, `invalid spec: ${text}: empty section between colons`);
  }
  const isBind = source !== undefined && /^[/.]/.test(source);
  const wrongConfig = (reason: string) =>
    invalid(
      text,
      `invalid volume specification: '${text}': invalid mount config for type ` +
        `"${isBind ? "bind" : "volume"}": ${reason}`,
    );
  const problem = targetProblem(target);
  if (problem !== undefined) throw wrongConfig(problem);
  const words = parseMode(text, mode);
  const propagation = words.find((word) => PROPAGATIONS.includes(word));
  const common = {
    target: cleanPath(target),
    readonly: words.includes("ro"),
    ...mode !== "" && { mode },
  };
  if (isBind) {
    if (words.includes("nocopy")) throw wrongConfig("field VolumeOptions must not be specified");
    const type = propagation as Propagation | undefined;
    const bind = { source: absolutePath(source), ...common };
    return { kind: "bind", bind: { ...bind, ...type !== undefined && { propagation: type } } };
  }
  if (propagation !== undefined) throw wrongConfig("field BindOptions must not be specified");
  if (source !== undefined) checkVolumeName(source);
  return {
    kind: "volume",
    volume: {
      ...source !== undefined && { name: source },
      ...common,
      ...words.includes("nocopy") && { noCopy: true },
    },
  };
}

/**
 * Reads `--volumes-from CONTAINER[:OPTIONS]`.
 *
 * @param text The container, and `ro` or `rw` behind a colon.
 * @returns The container as it is named, and whether its volumes are read-only here; nothing where
 * they are as they are there.
 * @throws {EngineError} `invalid`: an option is unknown.
 */
export function parseVolumesFrom(text: string): { container: string; readonly?: boolean } {
  const [, container = "", mode = ""] = /^([^:]*)(?::(.*))?$/s.exec(text) ?? [];
  if (container === "") throw invalid(text, "malformed volumes-from specification");
  const words = parseMode(text, mode);
  // Docker knows neither of these here.
  if (words.includes("nocopy") || words.some((word) => PROPAGATIONS.includes(word))) {
    throw invalid(text, `invalid mode: ${mode}`);
  }
  const readonly = words.includes("ro") ? true : words.includes("rw") ? false : undefined;
  // Docker's rule: rw does not make writable what is read-only there.
  return { container, ...readonly && { readonly } };
}

function parseMode(text: string, mode: string): string[] {
  const words = mode.split(",").filter((word) => word !== "");
  const isWrong = words.some((word) => !OPTION_KINDS.some((kind) => kind.includes(word))) ||
    OPTION_KINDS.some((kind) => words.filter((word) => kind.includes(word)).length > 1);
  if (isWrong) throw invalid(text, `invalid mode: ${mode}`);
  return words;
}

function absolutePath(source: string): string {
  return cleanPath(source.startsWith("/") ? source : `${Deno.cwd()}/${source}`);
}

function invalid(text: string, reason: string): EngineError {
  return new EngineError(`Cannot mount "${text}": ${reason}`, { kind: "invalid" });
}
