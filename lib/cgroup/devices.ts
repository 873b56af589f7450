/**
 * Which devices a cgroup's processes may use.
 *
 * On v1 a controller keeps the list, on v2 a program in the kernel decides; both begin with what every
 * container may use.
 *
 * @module
 * @see https://docs.kernel.org/admin-guide/cgroup-v1/devices.html
 */

import { cgroupLayout } from "./cgroup.ts";
import { type ControllerFolder, neededController, writeController } from "./controller.ts";
import type { CgroupLayout } from "./layout.ts";
import { type DeviceRule, isForAll } from "./resources.ts";

/**
 * What every container may use, as with runc: to make any node, to open those of the runtime-spec's
 * default devices, terminals, and tun.
 */
const DEFAULT_RULES: readonly DeviceRule[] = [
  { allow: true, type: "c", access: "m" },
  { allow: true, type: "b", access: "m" },
  ...[3, 5, 7, 8, 9].map((minor) => ({ allow: true, type: "c", major: 1, minor } as const)),
  ...[0, 1, 2].map((minor) => ({ allow: true, type: "c", major: 5, minor } as const)),
  { allow: true, type: "c", major: 136 },
  { allow: true, type: "c", major: 10, minor: 200 },
];

/** Keeps everything from everybody; what follows it allows some. */
const NOTHING: DeviceRule = { allow: false, access: "rwm" };

/**
 * Confines a cgroup to the devices of every container; what is in it already keeps what is open.
 *
 * @param path The cgroup, relative to the root of each hierarchy, with a slash in front.
 * @param layout The host's layout.
 * @throws {EngineError} `unavailable`: the host has no such controller; `system`: the kernel refused.
 */
export async function confineDevices(
  path: string,
  layout: CgroupLayout = cgroupLayout(),
): Promise<void> {
  if (layout.version === "none") return;
  const rules = rulesOf([NOTHING]);
  if (layout.version === "v2") return await attachProgram(path, rules, layout);
  const folder = neededController(path, "devices", layout);
  for (const rule of rules) writeRule(folder, rule);
}

/**
 * Gives a cgroup, which was confined to the devices of every container, those of its own.
 *
 * @param path The cgroup, relative to the root of each hierarchy, with a slash in front.
 * @param rules All of its rules; the first one says what is so where no other fits.
 * @param layout The host's layout.
 * @throws {EngineError} As {@linkcode confineDevices}.
 */
export async function applyDevices(
  path: string,
  rules: readonly DeviceRule[],
  layout: CgroupLayout = cgroupLayout(),
): Promise<void> {
  if (layout.version === "none" || !asksForMore(rules)) return;
  if (layout.version === "v2") return await attachProgram(path, rulesOf(rules), layout);
  const folder = neededController(path, "devices", layout);
  // What is to be so by default is so already, unless it is to be allowed.
  const own = isForAll(rules[0]!) && !rules[0]!.allow ? rules.slice(1) : rules;
  for (const rule of own) writeRule(folder, rule);
}

/**
 * Tells whether rules go beyond what every container has.
 *
 * @param rules The rules.
 * @returns Whether they do.
 */
export function asksForMore(rules: readonly DeviceRule[] = []): boolean {
  return rules.length > 1 || (rules.length === 1 && rules[0]!.allow);
}

/**
 * Adds what every container may use to rules: right after the first one, and so before any that is
 * more special.
 *
 * @param rules The rules.
 * @returns All of them.
 */
export function rulesOf([first, ...others]: readonly DeviceRule[]): DeviceRule[] {
  return first!.allow && isForAll(first!)
    ? [first!, ...others]
    : [first!, ...DEFAULT_RULES, ...others];
}

function writeRule(folder: ControllerFolder, rule: DeviceRule): void {
  for (const text of ruleTexts(rule)) {
    writeController(folder, rule.allow ? "devices.allow" : "devices.deny", text);
  }
}

/**
 * Writes a rule as the controller of v1 takes it, which knows no rule for both types but that for
 * everything.
 *
 * @param rule The rule.
 * @returns Its lines.
 */
export function ruleTexts(rule: DeviceRule): string[] {
  if (isForAll(rule)) return ["a"];
  const { access = "rwm", major = "*", minor = "*", type = "a" } = rule;
  const types = type === "a" ? ["b", "c"] : [type];
  return types.map((one) => `${one} ${major}:${minor} ${access}`);
}

/** The kernel keeps the program for as long as there is the cgroup. */
async function attachProgram(
  path: string,
  rules: readonly DeviceRule[],
  layout: CgroupLayout,
): Promise<void> {
  const { attachDeviceProgram } = await import("./device_program.ts");
  attachDeviceProgram(neededController(path, "devices", layout).path, rules);
}
