/**
 * Profiles: filters of system calls whose rules depend on the machine and the container, in Docker's
 * JSON.
 *
 * @see https://docs.docker.com/engine/security/seccomp/
 * @module
 */

import { EngineError } from "../errors.ts";
import { compact, integerAt, listAt, objectAt, optionalAt, parseJson, stringAt } from "../json.ts";
import { ACTION_VALUES, type SeccompAction } from "./actions.ts";
import {
  SECCOMP_OPERATORS,
  type SeccompArgument,
  type SeccompOperator,
  type SeccompRule,
} from "./spec_seccomp.ts";

/** A profile. */
export interface SeccompProfile {
  /** What happens to calls that no rule is about. */
  defaultAction: SeccompAction;
  /** The error number of the default action; `EPERM` where absent. */
  defaultErrnoRet?: number;
  /** The architectures, whatever the machine is. */
  architectures?: string[];
  /** Or: which others come with the machine's own. */
  archMap?: { architecture: string; subArchitectures: string[] }[];
  /** `SECCOMP_FILTER_FLAG_LOG` and such. */
  flags?: string[];
  /** The rules. */
  syscalls: ProfileRule[];
}

/** A rule that holds on some machines, for some containers. */
export interface ProfileRule extends SeccompRule {
  /** What all must be met. */
  includes?: RuleConditions;
  /** What of none may be met. */
  excludes?: RuleConditions;
}

/** What a rule depends on. */
export interface RuleConditions {
  /** Capabilities of the container's bounding set. */
  caps?: string[];
  /** Go's names of the machine's own architecture: `amd64`, `arm64`. */
  arches?: string[];
  /** The least version of the kernel. */
  minKernel?: string;
}

const LARGEST_ERRNO = 4095;

/**
 * Reads a profile.
 *
 * @param text Docker's JSON.
 * @returns The profile; nothing where it says nothing, which means that there is no filter.
 * @throws {EngineError} `invalid`: it is not JSON (the message names the line), or not a profile.
 */
export function parseSeccompProfile(text: string): SeccompProfile | undefined {
  try {
    const value = objectAt(parseJson(text), "the profile");
    const isEmpty = !value.defaultAction && !(value.syscalls as unknown[] | undefined)?.length;
    return isEmpty ? undefined : profileAt(value);
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error;
    throw new EngineError("Cannot use the seccomp profile", {
      kind: "invalid",
      cause: error,
    });
  }
}

function profileAt(value: Record<string, unknown>): SeccompProfile {
  const architectures = optionalAt(value.architectures, "architectures", strings);
  const archMap = optionalAt(
    value.archMap,
    "archMap",
    (list, path) => listAt(list, path, subArchitecturesAt),
  );
  if (architectures?.length && archMap?.length) {
    throw new TypeError(
      "use either 'architectures' or 'archMap': both are specified in the seccomp profile",
    );
  }
  return compact({
    defaultAction: actionAt(value.defaultAction, "defaultAction"),
    defaultErrnoRet: optionalAt(value.defaultErrnoRet, "defaultErrnoRet", errnoAt),
    architectures,
    archMap,
    flags: optionalAt(value.flags, "flags", strings),
    syscalls: optionalAt(value.syscalls, "syscalls", (list, path) => listAt(list, path, ruleAt)) ??
      [],
  });
}

function subArchitecturesAt(
  value: unknown,
  path: string,
): { architecture: string; subArchitectures: string[] } {
  const { architecture, subArchitectures } = objectAt(value, path);
  return {
    architecture: stringAt(architecture, `${path}.architecture`),
    subArchitectures: optionalAt(subArchitectures, `${path}.subArchitectures`, strings) ?? [],
  };
}

function ruleAt(value: unknown, path: string): ProfileRule {
  const rule = objectAt(value, path);
  const names = optionalAt(rule.names, `${path}.names`, strings) ?? [];
  const name = optionalAt(rule.name, `${path}.name`, stringAt);
  if (name !== undefined && names.length > 0) {
    throw new TypeError(
      `${path}: use either 'name' or 'names': both are specified in the seccomp profile`,
    );
  }
  return compact({
    names: name === undefined ? names : [name],
    action: actionAt(rule.action, `${path}.action`),
    errnoRet: optionalAt(rule.errnoRet, `${path}.errnoRet`, errnoAt),
    args: optionalAt(rule.args, `${path}.args`, (list, at) => listAt(list, at, argumentAt)),
    includes: optionalAt(rule.includes, `${path}.includes`, conditionsAt),
    excludes: optionalAt(rule.excludes, `${path}.excludes`, conditionsAt),
  });
}

function conditionsAt(value: unknown, path: string): RuleConditions {
  const { arches, caps, minKernel } = objectAt(value, path);
  return compact({
    caps: optionalAt(caps, `${path}.caps`, strings),
    arches: optionalAt(arches, `${path}.arches`, strings),
    minKernel: optionalAt(minKernel, `${path}.minKernel`, kernelVersionAt),
  });
}

function argumentAt(value: unknown, path: string): SeccompArgument {
  const { index, op, value: first, valueTwo } = objectAt(value, path);
  const operator = stringAt(op, `${path}.op`) as SeccompOperator;
  if (!SECCOMP_OPERATORS.includes(operator)) {
    throw new TypeError(`${path}.op must be one of ${SECCOMP_OPERATORS.join(", ")}`);
  }
  const at = integerAt(index, `${path}.index`);
  if (at > 5) throw new TypeError(`${path}.index must be from 0 to 5`);
  return compact({
    index: at,
    value: integerAt(first ?? 0, `${path}.value`),
    valueTwo: optionalAt(valueTwo, `${path}.valueTwo`, integerAt),
    op: operator,
  });
}

function actionAt(value: unknown, path: string): SeccompAction {
  const action = stringAt(value, path);
  if (action in ACTION_VALUES) return action as SeccompAction;
  throw new TypeError(`${path} must be one of ${Object.keys(ACTION_VALUES).join(", ")}`);
}

function errnoAt(value: unknown, path: string): number {
  const errno = integerAt(value, path);
  if (errno <= LARGEST_ERRNO) return errno;
  throw new TypeError(`${path} must be at most ${LARGEST_ERRNO}`);
}

function kernelVersionAt(value: unknown, path: string): string {
  const version = stringAt(value, path);
  if (/^\d+\.\d+/.test(version)) return version;
  throw new TypeError(`${path} must be a kernel's version, such as 4.8`);
}

function strings(value: unknown, path: string): string[] {
  return listAt(value, path, stringAt);
}
