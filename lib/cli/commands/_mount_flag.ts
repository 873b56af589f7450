/**
 * `--mount type=bind|volume|tmpfs,KEY=VALUE,...`.
 *
 * @module
 */

import { EngineError } from "../../errors.ts";
import {
  type BindMount,
  checkVolumeName,
  cleanPath,
  type Propagation,
  PROPAGATIONS,
  targetProblem,
  type TmpfsMount,
  type VolumeRequest,
} from "../../engine/mod.ts";

/** What `--mount` asks for. */
export type MountFlag =
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
  }
  | {
    /** A file system in memory. */
    kind: "tmpfs";
    /** How it is mounted. */
    tmpfs: TmpfsMount;
  };

type Recursive = NonNullable<BindMount["recursive"]>;

/** The keys and values of one `--mount`, read. */
interface Fields {
  type: string;
  source?: string;
  target: string;
  readonly: boolean;
  propagation?: string;
  recursive?: Recursive;
  createSource?: boolean;
  noCopy?: boolean;
  subpath?: string;
  driver?: string;
  options: Record<string, string>;
  labels: Record<string, string>;
  tmpfsSize?: number;
  tmpfsMode?: number;
}

const RECURSIVE: readonly string[] = ["enabled", "disabled", "writable", "readonly"];
/** These may stand without a value, for true. */
const SWITCHES: readonly string[] = [
  "readonly",
  "ro",
  "volume-nocopy",
  "bind-nonrecursive",
  "bind-create-src",
];
const TRUE: readonly string[] = ["1", "t", "T", "TRUE", "true", "True"];
const FALSE: readonly string[] = ["0", "f", "F", "FALSE", "false", "False"];
const UNITS = "bkmgtp";
const LARGEST_MODE = 0o7777;

/** Reads each key's value; a text it returns is what is wrong with it. */
const KEYS: Readonly<Record<string, (fields: Fields, value: string) => string | void>> = {
  "type": (fields, value) => void (fields.type = value.toLowerCase()),
  "source": (fields, value) => void (fields.source = value),
  "target": (fields, value) => void (fields.target = value),
  "readonly": (fields, value) => readSwitch(value, (on) => fields.readonly = on),
  // There is no other consistency to be had.
  "consistency": () => {},
  "bind-propagation": (fields, value) => void (fields.propagation = value.toLowerCase()),
  "bind-nonrecursive": (fields, value) =>
    readSwitch(value, (on) => fields.recursive = on ? "disabled" : "enabled"),
  "bind-recursive": (fields, value) => {
    if (!RECURSIVE.includes(value)) {
      return `(must be "enabled", "disabled", "writable", or "readonly")`;
    }
    fields.recursive = value as Recursive;
  },
  "bind-create-src": (fields, value) => readSwitch(value, (on) => fields.createSource = on),
  "volume-nocopy": (fields, value) => readSwitch(value, (on) => fields.noCopy = on),
  "volume-subpath": (fields, value) => void (fields.subpath = value),
  "volume-driver": (fields, value) => void (fields.driver = value),
  "volume-opt": (fields, value) => setPair(fields.options, value),
  "volume-label": (fields, value) => setPair(fields.labels, value),
  "tmpfs-size": (fields, value) => {
    const size = bytes(value);
    if (size === undefined) return "";
    fields.tmpfsSize = size;
  },
  "tmpfs-mode": (fields, value) => {
    if (!/^[0-7]{1,5}$/.test(value) || parseInt(value, 8) > LARGEST_MODE) return "";
    fields.tmpfsMode = parseInt(value, 8);
  },
};

const OTHER_NAMES: Readonly<Record<string, string>> = {
  src: "source",
  dst: "target",
  destination: "target",
  ro: "readonly",
};

/**
 * Reads a mount as `--mount` has it.
 *
 * @param text Keys and values, separated by commas; a part in quotes may hold one.
 * @returns The mount; its source is not looked at.
 * @throws {EngineError} `invalid`: a key or value is unknown, missing, or of another type of mount.
 */
export function parseMountFlag(text: string): MountFlag {
  const wrongFlag = (reason: string) =>
    new EngineError(`invalid argument "${text}" for "--mount" flag: ${reason}`, {
      kind: "invalid",
    });
  const fields: Fields = { type: "volume", target: "", readonly: false, options: {}, labels: {} };
  const used = new Set<string>();
  if (text === "") throw wrongFlag("value is empty");
  for (const part of splitFields(text)) {
    const equals = part.indexOf("=");
    const name = (equals === -1 ? part : part.slice(0, equals)).toLowerCase();
    if (equals === -1 && !SWITCHES.includes(name)) {
      throw wrongFlag(`invalid field '${part}' must be a key=value pair`);
    }
    const key = OTHER_NAMES[name] ?? name;
    const read = Object.hasOwn(KEYS, key) ? KEYS[key] : undefined;
    if (read === undefined) throw wrongFlag(`unexpected key '${name}' in '${part}'`);
    const value = equals === -1 ? "true" : part.slice(equals + 1);
    const problem = read(fields, value);
    if (problem !== undefined) {
      throw wrongFlag(`invalid value for ${name}: ${value} ${problem}`.trimEnd());
    }
    used.add(key);
  }
  const problem = problemTogether(fields, used);
  if (problem !== undefined) throw wrongFlag(problem);
  return build(text, fields);
}

function problemTogether(fields: Fields, used: ReadonlySet<string>): string | undefined {
  if (fields.target === "") return "target is required";
  for (const type of ["volume", "bind", "tmpfs"]) {
    const isForeign = fields.type !== type && [...used].some((key) => key.startsWith(`${type}-`));
    if (isForeign) return `cannot mix '${type}-*' options with mount type '${fields.type}'`;
  }
  if (fields.recursive !== "readonly") return undefined;
  if (!fields.readonly) {
    return "option 'bind-recursive=readonly' requires 'readonly' to be specified in conjunction";
  }
  return fields.propagation === "rprivate" ? undefined : (
    "option 'bind-recursive=readonly' requires 'bind-propagation=rprivate' to be specified in " +
    "conjunction"
  );
}

function build(text: string, fields: Fields): MountFlag {
  const { readonly, source, type } = fields;
  const wrongConfig = (reason: string) =>
    new EngineError(`Cannot mount "${text}": invalid mount config for type "${type}": ${reason}`, {
      kind: "invalid",
    });
  if (!["bind", "tmpfs", "volume"].includes(type)) throw wrongConfig("mount type unknown");
  const problem = targetProblem(fields.target);
  if (problem !== undefined) throw wrongConfig(problem);
  const common = { target: cleanPath(fields.target), asMount: true } as const;
  if (type === "tmpfs") {
    if (source !== undefined) throw wrongConfig("field Source must not be specified");
    return { kind: "tmpfs", tmpfs: { ...common, options: tmpfsOptions(fields) } };
  }
  if (type === "bind") {
    return { kind: "bind", bind: { ...bind(fields, wrongConfig), ...common, readonly } };
  }
  if (source !== undefined && source !== "") checkVolumeName(source);
  else if (readonly) throw wrongConfig("must not set ReadOnly mode when using anonymous volumes");
  return { kind: "volume", volume: { ...volume(fields), ...common, readonly } };
}

function bind(
  { createSource, propagation, recursive, source = "" }: Fields,
  wrongConfig: (reason: string) => EngineError,
): Omit<BindMount, "target" | "readonly"> {
  if (source === "") throw wrongConfig("field Source must not be empty");
  if (!source.startsWith("/")) {
    throw wrongConfig(`invalid mount path: '${source}' mount path must be absolute`);
  }
  if (propagation !== undefined && !PROPAGATIONS.includes(propagation)) {
    throw wrongConfig(`invalid propagation mode: ${propagation}`);
  }
  return {
    source: cleanPath(source),
    ...propagation !== undefined && { propagation: propagation as Propagation },
    ...recursive !== undefined && { recursive },
    ...createSource && { createSource },
  };
}

function volume(fields: Fields): Omit<VolumeRequest, "target" | "readonly"> {
  const { driver, labels, noCopy, options, source, subpath } = fields;
  return {
    ...source && { name: source },
    ...noCopy && { noCopy },
    ...subpath !== undefined && { subpath },
    ...driver !== undefined && driver !== "" && { driver },
    ...Object.keys(options).length > 0 && { options },
    ...Object.keys(labels).length > 0 && { labels },
  };
}

function tmpfsOptions({ readonly, tmpfsMode, tmpfsSize }: Fields): string[] {
  return [
    ...readonly ? ["ro"] : [],
    ...tmpfsSize !== undefined ? [`size=${tmpfsSize}`] : [],
    ...tmpfsMode !== undefined ? [`mode=${tmpfsMode.toString(8)}`] : [],
  ];
}

function readSwitch(value: string, set: (on: boolean) => void): string | undefined {
  if (!TRUE.includes(value) && !FALSE.includes(value)) return "";
  set(TRUE.includes(value));
  return undefined;
}

function setPair(pairs: Record<string, string>, text: string): void {
  const equals = text.indexOf("=");
  pairs[equals === -1 ? text : text.slice(0, equals)] = equals === -1 ? "" : text.slice(equals + 1);
}

/** `64m`, `1.5g`, `65536`; units are powers of 1024. */
function bytes(text: string): number | undefined {
  const [, number, unit = "b"] = /^(\d+(?:\.\d+)?) ?([bkmgtp])?i?b?$/i.exec(text) ?? [];
  if (number === undefined) return undefined;
  return Math.trunc(Number(number) * 1024 ** UNITS.indexOf(unit.toLowerCase()));
}

/** Fields of one line of CSV (RFC 4180), which is what Docker takes it for. */
function splitFields(text: string): string[] {
  const fields = text.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g);
  return Array.from(fields, ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? "");
}
