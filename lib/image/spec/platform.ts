/**
 * Platforms: which of a multi-platform image's manifests is meant.
 *
 * @module
 */

import { EngineError } from "../../errors.ts";
import type { Descriptor, Index, Platform } from "./manifest.ts";

export type { Platform } from "./manifest.ts";

const ALIASES: Readonly<Record<string, readonly [architecture: string, variant?: string]>> = {
  "x86_64": ["amd64"],
  "x86-64": ["amd64"],
  "i386": ["386"],
  "i686": ["386"],
  "aarch64": ["arm64"],
  "armhf": ["arm", "v7"],
  "armel": ["arm", "v6"],
};
const ARCHITECTURES: ReadonlySet<string> = new Set([
  "386",
  "amd64",
  "arm",
  "arm64",
  "loong64",
  "mips",
  "mips64",
  "mips64le",
  "mipsle",
  "ppc64",
  "ppc64le",
  "riscv64",
  "s390x",
]);

/** The variant that a platform without one means, for the architectures that have several. */
const DEFAULT_VARIANT: Readonly<Record<string, string>> = { amd64: "v1", arm: "v7", arm64: "v8" };

/**
 * Parses a platform.
 *
 * @param text `OS/ARCH[/VARIANT]`, or `ARCH` or `OS` alone; other names of an architecture
 *   (`x86_64`, `aarch64`, `armhf`) are understood.
 * @returns The platform; what was left out is the host's.
 * @throws {EngineError} `invalid`: it is not a platform.
 */
export function parsePlatform(text: string): Platform {
  const parts = text.toLowerCase().split("/");
  if (parts.length > 3 || !parts.every((part) => /^[a-z0-9_.-]+$/.test(part))) {
    throw new EngineError(
      `Cannot use platform "${text}": it must look like "linux/arm64" or "linux/arm/v7"`,
      { kind: "invalid" },
    );
  }
  if (parts.length > 1) return normalise(parts[0]!, parts[1]!, parts[2]);
  const only = parts[0]!;
  if (only === "linux") return hostPlatform();
  if (Object.hasOwn(ALIASES, only) || ARCHITECTURES.has(only)) return normalise("linux", only);
  throw new EngineError(
    `Cannot use platform "${text}": unknown operating system or architecture`,
    { kind: "invalid" },
  );
}

/**
 * Gives the platform this program runs on.
 *
 * @returns Such as `linux/amd64`.
 */
export function hostPlatform(): Platform {
  return normalise("linux", Deno.build.arch);
}

/**
 * Writes a platform as people type it.
 *
 * @param platform The platform.
 * @returns Such as `linux/arm64/v8`.
 */
export function formatPlatform({ os, architecture, variant }: Platform): string {
  return `${os}/${architecture}` + (variant === undefined ? "" : `/${variant}`);
}

/**
 * Tells whether an image made for one platform runs on another.
 *
 * @param image What the image was made for.
 * @param wanted What it shall run on.
 * @returns True where it does; an older variant of the same architecture does.
 */
export function matchesPlatform(image: Platform, wanted: Platform): boolean {
  return acceptable(wanted).includes(formatPlatform(complete(image)));
}

/**
 * Picks the manifest for a platform.
 *
 * @param index The index (manifest list).
 * @param platform The platform that is wanted.
 * @returns The descriptor of the manifest that fits best.
 * @throws {EngineError} `notFound`: there is none; names the platforms there are.
 */
export function selectPlatform(index: Index, platform: Platform): Descriptor {
  for (const wanted of acceptable(platform)) {
    const found = index.manifests.find((entry) =>
      entry.platform !== undefined && formatPlatform(complete(entry.platform)) === wanted
    );
    if (found !== undefined) return found;
  }
  // image-spec: an entry's platform is optional; one entry without it leaves no choice.
  const [only, ...others] = index.manifests;
  if (only !== undefined && only.platform === undefined && others.length === 0) return only;
  throw new EngineError(
    `Cannot use image index: no matching manifest for ${formatPlatform(platform)} in the ` +
      `manifest list entries, available are ${available(index)}`,
    { kind: "notFound" },
  );
}

/** The platforms whose images run on the given one, best first, all with their variant. */
function acceptable(platform: Platform): string[] {
  const { os, architecture, variant } = complete(platform);
  const newest = Number(/^v(\d+)$/.exec(variant ?? "")?.[1]);
  const oldest: Record<string, number> = { amd64: 1, arm: 5, arm64: 8 };
  const last = oldest[architecture];
  if (last === undefined || Number.isNaN(newest)) {
    return [formatPlatform({ os, architecture, ...variant !== undefined && { variant } })];
  }
  const count = Math.max(1, newest - last + 1);
  return Array.from({ length: count }, (_, back) => `${os}/${architecture}/v${newest - back}`);
}

function complete(platform: Platform): Platform {
  const { os, architecture, variant } = normalise(
    platform.os,
    platform.architecture,
    platform.variant,
  );
  const full = variant ?? DEFAULT_VARIANT[architecture];
  return full === undefined ? { os, architecture } : { os, architecture, variant: full };
}

function normalise(os: string, name: string, given?: string): Platform {
  const [architecture, implied] = Object.hasOwn(ALIASES, name) ? ALIASES[name]! : [name];
  // Some images write "8" for "v8".
  const variant = (given || implied)?.replace(/^(?=\d)/, "v");
  return variant === undefined ? { os, architecture } : { os, architecture, variant };
}

function available(index: Index): string {
  const names = index.manifests.flatMap(({ platform }) =>
    // Build tools list their attestations as manifests for "unknown/unknown".
    platform === undefined || platform.os === "unknown" ? [] : [formatPlatform(platform)]
  );
  return names.length === 0 ? "none" : [...new Set(names)].join(", ");
}
