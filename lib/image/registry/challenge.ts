/**
 * The `WWW-Authenticate` header: how a server wants to be told who is asking.
 *
 * @module
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-11.6.1
 */

/** One way to authenticate that a server offers. */
export interface Challenge {
  /** The scheme in lower case: `bearer`, `basic`. */
  readonly scheme: string;
  /** Its parameters, their names in lower case. */
  readonly parameters: Readonly<Record<string, string>>;
}

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const PARAMETER = new RegExp(`(${TOKEN})\\s*=\\s*(?:"((?:[^"\\\\]|\\\\.)*)"|(${TOKEN}))`, "y");
const SCHEME = new RegExp(`(${TOKEN})(?=\\s|,|$)`, "y");
// A scheme may be followed by one opaque word instead of parameters (`Negotiate abc==`).
const OPAQUE = /\s+[A-Za-z0-9._~+/-]+=*(?=\s*(?:,|$))/y;
const SEPARATOR = /[\s,]*/y;

/**
 * Parses a `WWW-Authenticate` header.
 *
 * @param header Its value; several headers joined by commas are one list.
 * @returns The challenges up to the first that is malformed.
 */
export function parseChallenges(header: string): Challenge[] {
  const challenges: Challenge[] = [];
  let parameters: Record<string, string> | undefined;
  let at = 0;
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(header);
    if (found !== null) at = pattern.lastIndex;
    return found;
  };
  while (match(SEPARATOR), at < header.length) {
    const parameter = parameters === undefined ? null : match(PARAMETER);
    if (parameter !== null) {
      const value = parameter[2]?.replaceAll(/\\(.)/g, "$1") ?? parameter[3]!;
      parameters![parameter[1]!.toLowerCase()] = value;
      continue;
    }
    const scheme = match(SCHEME);
    if (scheme === null) break;
    parameters = Object.create(null) as Record<string, string>;
    challenges.push({ scheme: scheme[1]!.toLowerCase(), parameters });
    match(OPAQUE);
  }
  return challenges;
}
