/**
 * Cuts a template into tokens.
 *
 * @module
 * @see https://pkg.go.dev/text/template for the language
 */

import type { Place } from "./template_error.ts";

/** What a {@linkcode Token} is. */
export type TokenKind =
  | "text"
  | "open"
  | "close"
  | "space"
  | "field"
  | "dot"
  | "variable"
  | "word"
  | "string"
  | "rawString"
  | "character"
  | "number"
  | "declare"
  | "assign"
  | "pipe"
  | "comma"
  | "openParenthesis"
  | "closeParenthesis"
  | "other"
  | "error"
  | "end";

/** One token of a template. */
export interface Token extends Place {
  /** What it is. */
  kind: TokenKind;
  /** Its text as written; of an `error`, what is wrong. */
  text: string;
}

/** Tried in this order at each place inside an action. */
const ACTION_TOKENS: readonly (readonly [TokenKind, RegExp])[] = [
  ["space", /[ \t\r\n]+/y],
  ["declare", /:=/y],
  ["assign", /=/y],
  ["pipe", /\|/y],
  ["comma", /,/y],
  ["openParenthesis", /\(/y],
  ["closeParenthesis", /\)/y],
  ["rawString", /`[^`]*`/y],
  ["string", /"(?:[^"\\\n]|\\[^\n])*"/y],
  ["character", /'(?:[^'\\\n]|\\[^\n])+'/y],
  ["variable", /\$[\p{L}\p{N}_]*/uy],
  ["number", /(?:[+-]|\.?[0-9])(?:[eEpP][+-]|[0-9A-Za-z_.])*/y],
  ["field", /\.[\p{L}_][\p{L}\p{N}_]*/uy],
  ["dot", /\./y],
  ["word", /[\p{L}_][\p{L}\p{N}_]*/uy],
  ["other", /[!-~]/y],
];

const UNTERMINATED: Readonly<Record<string, string>> = {
  '"': "unterminated quoted string",
  "`": "unterminated raw quoted string",
  "'": "unterminated character constant",
};

/** After a name only these may follow; anything else is a character out of place. */
const AFTER_NAME = /[ \t\r\n.,|:()]|\}\}|$/y;

/**
 * Cuts a template into tokens.
 *
 * What cannot be cut ends the list with an `error` token rather than throwing, so that the parser
 * reports what comes first in the text.
 *
 * @param template The template's text.
 * @returns The tokens, ended by `end` or `error`.
 */
export function lex(template: string): Token[] {
  return new Lexer(template).run();
}

class Lexer {
  readonly #template: string;
  readonly #tokens: Token[] = [];
  #at = 0;
  #depth = 0;

  constructor(template: string) {
    this.#template = template;
  }

  run(): Token[] {
    let going = true;
    let trimLeft = false;
    while (going) {
      const open = this.#template.indexOf("{{", this.#at);
      this.#text(open === -1 ? this.#template.length : open, trimLeft);
      if (open === -1) return this.#push("end", "");
      const action = this.#action();
      going = action !== "failed";
      trimLeft = action === "trim";
    }
    return this.#tokens;
  }

  /** Takes text up to an action, trimmed where the actions around it ask for that. */
  #text(end: number, trimLeft: boolean): void {
    let text = this.#template.slice(this.#at, end);
    if (trimLeft) text = text.replace(/^[ \t\r\n]+/, "");
    if (/^\{\{-[ \t\r\n]/.test(this.#template.slice(end, end + 4))) {
      text = text.replace(/[ \t\r\n]+$/, "");
    }
    if (text !== "") this.#push("text", text);
    this.#at = end;
  }

  /** Takes one action or comment, delimiters included. */
  #action(): "plain" | "trim" | "failed" {
    const open = this.#match(/\{\{(?:-(?=[ \t\r\n]))?/y)!;
    if (/^[ \t\r\n]*\/\*/.test(this.#template.slice(this.#at + open.length))) {
      return this.#comment(open.length);
    }
    this.#push("open", open);
    this.#at += open.length;
    this.#depth = 0;
    while (true) {
      const close = this.#match(/(?:[ \t\r\n]+-)?\}\}/y);
      if (close !== undefined) return this.#close(close);
      const problem = this.#actionToken();
      if (problem === undefined) continue;
      this.#push("error", problem);
      return "failed";
    }
  }

  #close(close: string): "plain" | "trim" | "failed" {
    if (this.#depth > 0) {
      this.#push("error", "unclosed left paren");
      return "failed";
    }
    this.#push("close", close);
    this.#at += close.length;
    return close.length > 2 ? "trim" : "plain";
  }

  #comment(openLength: number): "plain" | "trim" | "failed" {
    const end = this.#template.indexOf("*/", this.#at + openLength);
    if (end === -1) {
      this.#push("error", "unclosed comment");
      return "failed";
    }
    this.#at = end + 2;
    const close = this.#match(/(?:[ \t\r\n]+-)?\}\}/y);
    if (close === undefined) {
      this.#push("error", "comment ends before closing delimiter");
      return "failed";
    }
    this.#at += close.length;
    return close.length > 2 ? "trim" : "plain";
  }

  /** Takes one token inside an action; returns what is wrong where there is none. */
  #actionToken(): string | undefined {
    for (const [kind, pattern] of ACTION_TOKENS) {
      const text = this.#match(pattern);
      if (text === undefined) continue;
      if (kind === "other" && text in UNTERMINATED) return UNTERMINATED[text];
      if (kind === "openParenthesis") this.#depth++;
      if (kind === "closeParenthesis" && --this.#depth < 0) return "unexpected right paren";
      this.#push(kind, text);
      this.#at += text.length;
      const isName = kind === "field" || kind === "variable" || kind === "word";
      return isName && this.#match(AFTER_NAME) === undefined ? this.#badCharacter() : undefined;
    }
    return this.#at >= this.#template.length ? "unclosed action" : this.#unrecognized();
  }

  #badCharacter(): string {
    return `bad character ${describeCharacter(this.#template.codePointAt(this.#at)!)}`;
  }

  #unrecognized(): string {
    const character = describeCharacter(this.#template.codePointAt(this.#at)!);
    return `unrecognized character in action: ${character}`;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    return pattern.exec(this.#template)?.[0];
  }

  #push(kind: TokenKind, text: string): Token[] {
    const before = this.#template.slice(0, this.#at);
    const lineStart = before.lastIndexOf("\n") + 1;
    const column = new TextEncoder().encode(before.slice(lineStart)).length;
    this.#tokens.push({ kind, text, line: before.split("\n").length, column });
    return this.#tokens;
  }
}

function describeCharacter(codePoint: number): string {
  const hex = codePoint.toString(16).toUpperCase().padStart(4, "0");
  return `U+${hex} '${String.fromCodePoint(codePoint)}'`;
}
