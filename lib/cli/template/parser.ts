/**
 * Builds a template's syntax tree.
 *
 * @module
 */

import { lex, type Token } from "./lexer.ts";
import { parseNumber, unquote } from "./literal.ts";
import {
  type Block,
  type Call,
  type Node,
  type Operand,
  operandText,
  type Pipeline,
} from "./nodes.ts";
import { parseError } from "./template_error.ts";

/** Words that are no function names. */
const KEYWORDS = new Set([
  "block",
  "break",
  "continue",
  "define",
  "else",
  "end",
  "if",
  "nil",
  "range",
  "template",
  "with",
]);

/** How a list of nodes ended: at `{{end}}`, at `{{else}}`, or at the end of the template. */
type ListEnd = "end" | "else" | "template";

/**
 * Parses a template.
 *
 * @param template The template's text.
 * @param isFunction Tells whether a name is a function the template may call.
 * @returns The template's parts.
 * @throws {EngineError} Of kind `invalid`: the template is no template, in text/template's words.
 */
export function parseTemplate(template: string, isFunction: (name: string) => boolean): Node[] {
  return new Parser(lex(template), isFunction).parse();
}

class Parser {
  readonly #tokens: Token[];
  readonly #isFunction: (name: string) => boolean;
  readonly #variables = ["$"];
  #at = 0;
  #rangeDepth = 0;

  constructor(tokens: Token[], isFunction: (name: string) => boolean) {
    this.#tokens = tokens;
    this.#isFunction = isFunction;
  }

  parse(): Node[] {
    const { nodes, end } = this.#list();
    if (end !== "template") throw this.#error(`unexpected {{${end}}}`);
    return nodes;
  }

  /** Parses up to the keyword that ends the list; that keyword is consumed. */
  #list(): { nodes: Node[]; end: ListEnd } {
    const nodes: Node[] = [];
    while (true) {
      const token = this.#next();
      if (token.kind === "end") return { nodes, end: "template" };
      if (token.kind === "text") {
        nodes.push({ kind: "text", text: token.text });
        continue;
      }
      const keyword = this.#keyword();
      if (keyword === "end") this.#expectClose("end");
      if (keyword === "end" || keyword === "else") return { nodes, end: keyword };
      nodes.push(this.#action(keyword));
    }
  }

  #action(keyword: string | undefined): Node {
    switch (keyword) {
      case "if":
      case "with":
      case "range":
        return this.#block(keyword);
      case "break":
      case "continue":
        if (this.#rangeDepth === 0) throw this.#error(`{{${keyword}}} outside {{range}}`);
        this.#expectClose(keyword);
        return { kind: keyword };
      case undefined: {
        const pipeline = this.#pipeline("command", "close");
        return { kind: "action", pipeline };
      }
      default:
        throw this.#error(`unexpected {{${keyword}}}`);
    }
  }

  #block(kind: Block["kind"]): Node {
    const scope = this.#variables.length;
    const pipeline = this.#pipeline(kind, "close");
    if (kind === "range") this.#rangeDepth++;
    const { nodes: body, end } = this.#list();
    if (kind === "range") this.#rangeDepth--;
    if (end === "template") throw this.#error("unexpected EOF");
    const otherwise = end === "else" ? this.#otherwise(kind) : [];
    this.#variables.length = scope;
    return { kind, pipeline, body, otherwise };
  }

  /** Parses what follows `{{else`: `if ...}}` and `with ...}}` share the outer block's end. */
  #otherwise(kind: Block["kind"]): Node[] {
    this.#skipSpace();
    const token = this.#peek();
    if (kind !== "range" && token.kind === "word" && token.text === kind) {
      this.#next();
      return [this.#block(kind)];
    }
    this.#expectClose("else");
    const { nodes, end } = this.#list();
    if (end === "template") throw this.#error("unexpected EOF");
    if (end === "else") throw this.#error("expected end; found {{else}}");
    return nodes;
  }

  /** Consumes a keyword at the start of an action. */
  #keyword(): string | undefined {
    this.#skipSpace();
    const token = this.#peek();
    if (token.kind !== "word" || token.text === "nil" || !KEYWORDS.has(token.text)) {
      return undefined;
    }
    return this.#next().text;
  }

  #pipeline(context: string, end: "close" | "closeParenthesis"): Pipeline {
    this.#skipSpace();
    const { line, column } = this.#peek();
    const { variables, assigns } = this.#declarations(context);
    const calls: Call[] = [];
    while (true) {
      this.#skipSpace();
      const token = this.#peek();
      if (token.kind === end) break;
      calls.push(this.#call(context));
    }
    this.#next();
    if (calls.length === 0) throw this.#error(`missing value for ${context}`);
    const bad = calls.findIndex(({ head }, stage) => stage > 0 && isConstant(head));
    if (bad > 0) throw this.#error(`non executable command in pipeline stage ${bad + 1}`);
    // A variable exists from the end of its own pipeline on.
    if (!assigns) this.#variables.push(...variables);
    return { line, column, variables, assigns, calls };
  }

  /** Consumes `$x :=`, `$x =` or `$i, $e :=` where it stands. */
  #declarations(context: string): { variables: string[]; assigns: boolean } {
    const start = this.#at;
    const variables: string[] = [];
    while (this.#peek().kind === "variable") {
      variables.push(this.#next().text);
      this.#skipSpace();
      const { kind } = this.#next();
      this.#skipSpace();
      const isComma = kind === "comma";
      if (kind === "declare" || kind === "assign") {
        return { variables, assigns: kind === "assign" };
      }
      if (!isComma) break;
      if (variables.length >= (context === "range" ? 2 : 1)) {
        throw this.#error(`too many declarations in ${context}`);
      }
    }
    this.#at = start;
    return { variables: [], assigns: false };
  }

  /** Parses one call; the `|` after it is consumed. */
  #call(context: string): Call {
    const operands: Operand[] = [];
    while (true) {
      this.#skipSpace();
      const operand = this.#operand();
      if (operand !== undefined) operands.push(operand);
      const token = this.#peek();
      if (operand !== undefined && token.kind === "space") continue;
      if (token.kind === "pipe" && operands.length > 0) this.#next();
      else if (token.kind !== "close" && token.kind !== "closeParenthesis") {
        const where = operand === undefined && operands.length === 0 ? "command" : "operand";
        throw this.#unexpected(token, where);
      }
      break;
    }
    const [head, ...args] = operands;
    if (head === undefined) throw this.#error(`missing value for ${context}`);
    return { line: head.line, column: head.column, head, args };
  }

  /** Parses a term and the fields that hang on it, if one stands here. */
  #operand(): Operand | undefined {
    const term = this.#term();
    if (term === undefined) return undefined;
    const names: string[] = [];
    const { line, column } = this.#peek();
    while (this.#peek().kind === "field") names.push(this.#next().text.slice(1));
    if (names.length === 0) return term;
    switch (term.kind) {
      case "field":
      case "variable":
        return { ...term, line, column, names: [...term.names, ...names] };
      case "literal":
      case "nil":
      case "dot":
        throw this.#error(`unexpected . after term ${JSON.stringify(operandText(term))}`);
      default:
        return { kind: "chain", line, column, base: term, names };
    }
  }

  #term(): Operand | undefined {
    const token = this.#peek();
    const { line, column, text } = token;
    switch (token.kind) {
      case "dot":
        return this.#take({ kind: "dot", line, column });
      case "field":
        return this.#take({ kind: "field", line, column, names: [text.slice(1)] });
      case "variable":
        if (!this.#variables.includes(text)) throw this.#error(`undefined variable "${text}"`);
        return this.#take({ kind: "variable", line, column, variable: text, names: [] });
      case "word":
        return this.#take(this.#word(token));
      case "openParenthesis": {
        this.#next();
        const pipeline = this.#pipeline("parenthesized pipeline", "closeParenthesis");
        return { kind: "pipeline", line, column, pipeline };
      }
      case "string":
      case "rawString":
      case "character":
      case "number":
        return this.#take({ kind: "literal", line, column, value: this.#literal(token), text });
      default:
        return undefined;
    }
  }

  #word({ line, column, text }: Token): Operand {
    if (text === "true" || text === "false") {
      return { kind: "literal", line, column, value: text === "true", text };
    }
    if (text === "nil") return { kind: "nil", line, column };
    if (KEYWORDS.has(text)) throw this.#error(`unexpected <${text}> in operand`);
    if (!this.#isFunction(text)) throw this.#error(`function "${text}" not defined`);
    return { kind: "function", line, column, function: text };
  }

  #literal({ kind, text }: Token): string | number {
    if (kind === "rawString") return text.slice(1, -1).replaceAll("\r", "");
    if (kind === "number") {
      const number = parseNumber(text);
      if (number === undefined) throw this.#error(`bad number syntax: "${text}"`);
      return number;
    }
    const value = unquote(text);
    if (value === undefined) throw this.#error("invalid syntax");
    if (kind === "string") return value;
    const [character, ...more] = value;
    if (more.length > 0) throw this.#error(`malformed character constant: ${text}`);
    return character!.codePointAt(0)!;
  }

  #take(operand: Operand): Operand {
    this.#next();
    return operand;
  }

  #expectClose(context: string): void {
    this.#skipSpace();
    const token = this.#next();
    if (token.kind !== "close") throw this.#unexpected(token, context);
  }

  #skipSpace(): void {
    while (this.#tokens[this.#at]?.kind === "space") this.#at++;
  }

  #peek(): Token {
    const token = this.#tokens[this.#at]!;
    if (token.kind === "error") throw parseError(token.line, token.text);
    return token;
  }

  #next(): Token {
    const token = this.#peek();
    // The last token stays: whoever asks for more is told "end" again.
    if (token.kind !== "end") this.#at++;
    return token;
  }

  #unexpected(token: Token, context: string): Error {
    const text = token.kind === "dot" ? "<.>" : JSON.stringify(token.text);
    return this.#error(`unexpected ${token.kind === "end" ? "EOF" : text} in ${context}`);
  }

  #error(problem: string): Error {
    const index = Math.min(this.#at, this.#tokens.length - 1);
    return parseError(this.#tokens[index]!.line, problem);
  }
}

function isConstant(operand: Operand): boolean {
  return operand.kind === "literal" || operand.kind === "dot" || operand.kind === "nil";
}
