/**
 * Words of a Dockerfile instruction: quotes, escapes, variables.
 *
 * @module
 * @see https://docs.docker.com/reference/dockerfile/#environment-replacement
 */

/** Looks a variable up. */
export type LookUp = (name: string) => string | undefined;

/**
 * Splits a text at white space that is neither quoted nor escaped; quotes and escapes stay.
 *
 * @param text The text.
 * @returns The words.
 */
export function splitWords(text: string): string[] {
  return text.match(/(?:\\.|'[^']*'|"(?:\\.|[^"\\])*"|[^\s])+/gs) ?? [];
}

/**
 * Takes quotes and escapes away, and puts in the values of variables.
 *
 * @param text A word, or several.
 * @param lookUp Looks a variable up; one that is not set is empty.
 * @returns What it stands for.
 * @throws {SyntaxError} A quote or brace is not closed, or a modifier of a variable is unknown.
 */
export function expandWord(text: string, lookUp: LookUp): string {
  let result = "";
  const parts = text.matchAll(
    /'([^']*)'|"((?:\\.|[^"\\])*)"|\\(.)|(\$(?:\w+|\{[^}]*\}))|(['"])|([^'"\\$]+|.)/gs,
  );
  for (const [, literal, quoted, escaped, variable, unclosed, plain] of parts) {
    if (unclosed !== undefined) {
      throw new SyntaxError(`unexpected end of statement while looking for matching ${unclosed}`);
    }
    if (quoted !== undefined) result += expandQuoted(quoted, lookUp);
    else if (variable !== undefined) result += expandVariable(variable, lookUp);
    else result += literal ?? escaped ?? plain ?? "";
  }
  return result;
}

/** Within double quotes a backslash escapes only what would have a meaning there. */
function expandQuoted(text: string, lookUp: LookUp): string {
  return text.replaceAll(
    /\\(["\\$])|(\$(?:\w+|\{[^}]*\}))/g,
    (_all, escaped?: string, variable?: string) => escaped ?? expandVariable(variable!, lookUp),
  );
}

function expandVariable(text: string, lookUp: LookUp): string {
  const [, name, modifier, word = ""] = /^\$\{?(\w+)(?::([-+?]))?(.*?)\}?$/s.exec(text) ?? [];
  if (name === undefined || (modifier === undefined && word !== "")) {
    throw new SyntaxError(`unsupported modifier in substitution ${text}`);
  }
  const value = lookUp(name);
  const isSet = value !== undefined && value !== "";
  if (modifier === "-" && !isSet) return expandWord(word, lookUp);
  if (modifier === "+") return isSet ? expandWord(word, lookUp) : "";
  if (modifier === "?" && !isSet) throw new SyntaxError(`${name}: ${word || "not set"}`);
  return value ?? "";
}
