/**
 * What each record of a log says of its container, for `logs --details`.
 *
 * @module
 */

import { EngineError } from "../../errors.ts";
import type { ContainerRecord } from "../record/store.ts";

/** What is needed of a container. */
export type LoggedContainer = Pick<ContainerRecord, "id" | "name" | "imageId" | "imageName"> & {
  /** What it is. */
  settings: Pick<ContainerRecord["settings"], "env" | "labels" | "log">;
};

const SHORT_ID_LENGTH = 12;
const FIELD = /\{\{\s*\.(\w+)\s*\}\}/g;

/** What a tag's template may name. */
const TAG_FIELDS: Readonly<Record<string, (container: LoggedContainer) => string>> = {
  ID: ({ id }) => id.slice(0, SHORT_ID_LENGTH),
  FullID: ({ id }) => id,
  Name: ({ name }) => name,
  ImageID: ({ imageId = "" }) => imageId.replace(/^sha256:/, "").slice(0, SHORT_ID_LENGTH),
  ImageFullID: ({ imageId = "" }) => imageId,
  ImageName: ({ imageName }) => imageName,
  DaemonName: () => "tsd",
};

/**
 * Checks the log option `tag`.
 *
 * @param template Text with fields such as `{{.Name}}`.
 * @throws {EngineError} `invalid`: it names another field, or does more than naming them.
 */
export function checkTag(template: string): void {
  const unknown = [...template.matchAll(FIELD)].find(([, field]) => !TAG_FIELDS[field!]);
  const wrong = unknown?.[0] ?? /\{\{.*/.exec(template.replaceAll(FIELD, ""))?.[0];
  if (wrong === undefined) return;
  const known = Object.keys(TAG_FIELDS).map((field) => `{{.${field}}}`).join(", ");
  throw new EngineError(
    `failed to initialize logging driver: cannot use ${wrong} in the tag, known are ${known}`,
    { kind: "invalid" },
  );
}

/**
 * Collects what the options `labels`, `labels-regex`, `env`, `env-regex` and `tag` ask for.
 *
 * @param container The container, whose log settings were checked.
 * @returns Values by name.
 */
export function logAttributes(container: LoggedContainer): Record<string, string> {
  const { env, labels, log: { options } } = container.settings;
  const variables = env.map((text): [string, string] => {
    const equals = text.indexOf("=");
    return [text.slice(0, equals), text.slice(equals + 1)];
  });
  const attributes = [
    ...Object.entries(labels).filter(chosen(options["labels"], options["labels-regex"])),
    ...variables.filter(chosen(options["env"], options["env-regex"])),
  ];
  const { tag } = options;
  if (tag) {
    attributes.push([
      "tag",
      tag.replaceAll(FIELD, (_, name) => TAG_FIELDS[name]!(container)),
    ]);
  }
  return Object.fromEntries(attributes);
}

function chosen(
  names: string | undefined,
  pattern: string | undefined,
): (entry: [name: string, value: string]) => boolean {
  const listed = new Set(names?.split(","));
  const matching = pattern ? new RegExp(pattern, "u") : undefined;
  return ([name]) => listed.has(name) || (matching?.test(name) ?? false);
}
