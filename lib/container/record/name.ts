/**
 * Container names and ids.
 *
 * @module
 */

import { EngineError } from "../../errors.ts";

const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/;

const QUALITIES = (
  "agile amber ample azure bold brave breezy bright brisk calm candid careful cheerful clear clever " +
  "cosy crisp curious daring deft eager early easy fair fine fleet fond frank fresh gentle glad " +
  "golden grand happy hardy hearty honest humble jolly keen kind lively loyal lucid lucky mellow " +
  "merry mild modest neat nimble noble patient placid plucky polite prompt proud quick quiet rapid " +
  "ready robust rosy serene sharp shy silver sleek smart snug sober solid spry steady still sunny " +
  "swift tidy tranquil trim trusty upbeat vivid warm wise witty zesty"
).split(" ");

const ANIMALS = (
  "albatross alpaca ant auk badger bat bear beaver bee bison bittern boar bunting camel carp cat " +
  "coot cormorant crab crane cricket crow curlew deer dingo dolphin dove duck eagle eel egret eider " +
  "elk falcon ferret finch fox frog gannet gecko goat goose grebe grouse gull hare hawk hedgehog " +
  "heron hornet ibex ibis jackdaw jay kestrel kite lark lemur linnet lizard llama lynx magpie " +
  "marmot marten merlin mole moose moth mouse newt nuthatch ocelot octopus osprey otter owl panda " +
  "pelican petrel plover puffin quail rabbit raven robin rook seal shrew siskin skua sparrow stoat " +
  "stork swallow swan swift tapir teal tern thrush toad trout turtle viper vole walrus warbler wasp " +
  "weasel whale wombat wren yak zebra"
).split(" ");

/**
 * Checks a name given by the user.
 *
 * @param name The name.
 * @param action What was to be done with it.
 * @throws {EngineError} `invalid`: it holds other characters than Docker allows.
 */
export function checkContainerName(name: string, action = "create container"): void {
  if (NAME.test(name)) return;
  throw new EngineError(
    `Cannot ${action} "${name}": Invalid container name (${name}), only ` +
      `[a-zA-Z0-9][a-zA-Z0-9_.-] are allowed`,
    { kind: "invalid" },
  );
}

/**
 * Makes a name up.
 *
 * @param attempt How many names were taken already; from the third on a number is added.
 * @returns A name such as `brisk_otter`.
 */
export function generateContainerName(attempt: number): string {
  const pick = (words: readonly string[]) => words[random(words.length)]!;
  const name = `${pick(QUALITIES)}_${pick(ANIMALS)}`;
  return attempt < 2 ? name : `${name}${random(10 ** attempt)}`;
}

/**
 * Makes an id up.
 *
 * @returns 64 hexadecimal digits, of which the first twelve are not a number: Docker's rule, since
 * they become a host name.
 */
export function generateContainerId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(32));
  const id = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return /^\d{12}/.test(id) ? generateContainerId() : id;
}

function random(below: number): number {
  return crypto.getRandomValues(new Uint32Array(1))[0]! % below;
}
