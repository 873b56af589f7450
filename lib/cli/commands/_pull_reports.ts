/**
 * What commands that create containers tell of a pull: on standard error, as their standard output is
 * the container's.
 *
 * @module
 */

import { familiarName, type FindImageOptions, parseReference } from "../../engine/mod.ts";
import type { CommandContext } from "../command_line/mod.ts";
import { narratePull, type PullNarration } from "../progress/pull.ts";

/**
 * Tells of the pull of an image that is missing.
 *
 * @param quiet Whether only its being missing is told.
 * @param image The image's name.
 * @param context Where it is told.
 * @returns What the engine tells it by.
 */
export function pullReports(
  quiet: boolean,
  image: string | undefined,
  context: CommandContext,
): FindImageOptions {
  const { signal, stderr } = context;
  let narration: PullNarration | undefined;
  const narrate = () => narration ??= narratePull(parseReference(image!), stderr, context);
  const onMissing = (name: string) => {
    stderr.line(`Unable to find image '${familiarName(parseReference(name))}' locally`);
  };
  if (quiet) return { signal, onMissing };
  return {
    signal,
    onMissing,
    onProgress: (report) => narrate().update(report),
    onPulled: (pulled) => {
      narrate().finish();
      narrate().done(pulled);
    },
  };
}
