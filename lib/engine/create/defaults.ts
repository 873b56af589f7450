/**
 * What an image of a container is to say of its own containers.
 *
 * @module
 */

import { DEFAULT_PATH_VARIABLE } from "../../container/bundle/environment.ts";
import { HEALTH_DEFAULTS } from "../../container/record/health.ts";
import type { ContainerSettings, Healthcheck } from "../../container/mod.ts";
import type { ContainerDefaults, ImageHealthcheck, JsonSet } from "../../image/spec/config.ts";

const DEFAULT_STOP_SIGNAL = "SIGTERM";
const NANOSECONDS = 1_000_000;

/**
 * Turns what a container is back into what an image says.
 *
 * @param settings The container.
 * @param image What its image said, which decides whether a default is worth a word.
 * @returns The configuration of an image of it.
 */
export function defaultsOf(
  settings: ContainerSettings,
  image: ContainerDefaults,
): ContainerDefaults {
  const { command, entrypoint, exposedPorts, labels, user, volumes, workingDirectory } = settings;
  const stopSignal = image.StopSignal ?? DEFAULT_STOP_SIGNAL;
  const healthcheck = healthcheckOf(settings.healthcheck, image.Healthcheck);
  return {
    ...user !== "" && { User: user },
    ...exposedPorts.length > 0 && { ExposedPorts: set(exposedPorts) },
    Env: environmentOf(settings, image.Env ?? []),
    ...entrypoint.length > 0 && { Entrypoint: entrypoint },
    ...command.length > 0 && { Cmd: command },
    ...volumes.length > 0 && { Volumes: set(volumes) },
    ...(workingDirectory !== "/" || image.WorkingDir) && { WorkingDir: workingDirectory },
    ...Object.keys(labels).length > 0 && { Labels: labels },
    ...(settings.stopSignal !== stopSignal || image.StopSignal) &&
      { StopSignal: settings.stopSignal },
    ...image.StopTimeout !== undefined && { StopTimeout: image.StopTimeout },
    ...healthcheck && { Healthcheck: healthcheck },
    ...image.Shell && { Shell: image.Shell },
  };
}

/** Without what each container gets of its own, unless it came from the image. */
function environmentOf(settings: ContainerSettings, image: readonly string[]): string[] {
  const own = [DEFAULT_PATH_VARIABLE, `HOSTNAME=${settings.hostname}`, "TERM=xterm"];
  return settings.env.filter((variable) => !own.includes(variable) || image.includes(variable));
}

/** Without what is so anyway. */
function healthcheckOf(
  check: Healthcheck | undefined,
  image: ImageHealthcheck | undefined,
): ImageHealthcheck | undefined {
  if (check === undefined) return image && { Test: ["NONE"] };
  const { interval, retries, startInterval, startPeriod, timeout } = HEALTH_DEFAULTS;
  return {
    Test: check.test,
    ...check.interval !== interval && { Interval: check.interval * NANOSECONDS },
    ...check.timeout !== timeout && { Timeout: check.timeout * NANOSECONDS },
    ...check.startPeriod !== startPeriod && { StartPeriod: check.startPeriod * NANOSECONDS },
    ...check.startInterval !== startInterval &&
      { StartInterval: check.startInterval * NANOSECONDS },
    ...check.retries !== retries && { Retries: check.retries },
  };
}

function set(names: readonly string[]): JsonSet {
  return Object.fromEntries(names.map((name) => [name, {}]));
}
