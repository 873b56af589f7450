/**
 * Executes a template's syntax tree on data.
 *
 * @module
 */

import { formatValue } from "./format_value.ts";
import type { TemplateFunctions } from "./template_function.ts";
import {
  type Block,
  type Call,
  callText,
  type Node,
  type Operand,
  operandText,
  type Pipeline,
} from "./nodes.ts";
import { executionError, FunctionError, type Place } from "./template_error.ts";
import { elementOf, entriesOf, isTrue, kindOf, typeName } from "./value.ts";

/** What `{{break}}` and `{{continue}}` do to the range around them. */
type Jump = "break" | "continue" | undefined;

/** How a template is executed. */
export interface EvaluateOptions {
  /** What it may call. */
  functions: TemplateFunctions;
  /**
   * Tells what a field is that is null: an empty list or map, or null, which is printed as `<nil>`.
   *
   * @default null, which is printed as `<no value>`
   */
  nilField?(name: string): unknown;
}

/**
 * Executes a template.
 *
 * @param nodes The template's parts.
 * @param data What `.` and `$` are at the start.
 * @param options How.
 * @returns The text made.
 * @throws {EngineError} Of kind `invalid`: the data does not have what the template asks for.
 */
export function evaluate(
  nodes: readonly Node[],
  data: unknown,
  options: EvaluateOptions,
): string {
  const evaluator = new Evaluator(data, options);
  evaluator.walk(nodes, data);
  return evaluator.output.join("");
}

class Evaluator {
  readonly output: string[] = [];
  readonly #functions: TemplateFunctions;
  readonly #nilField: ((name: string) => unknown) | undefined;
  readonly #variables: { name: string; value: unknown }[];

  constructor(data: unknown, { functions, nilField }: EvaluateOptions) {
    this.#functions = functions;
    this.#nilField = nilField;
    this.#variables = [{ name: "$", value: data }];
  }

  walk(nodes: readonly Node[], dot: unknown): Jump {
    for (const node of nodes) {
      const jump = this.#node(node, dot);
      if (jump !== undefined) return jump;
    }
    return undefined;
  }

  #node(node: Node, dot: unknown): Jump {
    switch (node.kind) {
      case "text":
        this.output.push(node.text);
        return undefined;
      case "action": {
        const value = this.#pipeline(node.pipeline, dot);
        if (node.pipeline.variables.length === 0) this.output.push(this.#printed(value));
        return undefined;
      }
      case "range":
        return this.#scoped(() => this.#range(node, dot));
      case "if":
      case "with":
        return this.#scoped(() => {
          const value = this.#pipeline(node.pipeline, dot);
          if (!isTrue(value)) return this.walk(node.otherwise, dot);
          return this.walk(node.body, node.kind === "with" ? value : dot);
        });
      default:
        return node.kind;
    }
  }

  /** Forgets the variables that were made while `run` ran. */
  #scoped(run: () => Jump): Jump {
    const mark = this.#variables.length;
    const jump = run();
    this.#variables.length = mark;
    return jump;
  }

  #range(node: Block, dot: unknown): Jump {
    const { pipeline } = node;
    const value = this.#calls(pipeline, dot);
    const entries = this.#rangeEntries(value, pipeline);
    if (entries.length === 0) return this.walk(node.otherwise, dot);
    for (const [key, element] of entries) {
      const mark = this.#variables.length;
      const { variables: [first, second] } = pipeline;
      if (second !== undefined) this.#bind(pipeline, [[first!, key], [second, element]]);
      else if (first !== undefined) this.#bind(pipeline, [[first, element]]);
      const jump = this.walk(node.body, element);
      this.#variables.length = mark;
      if (jump === "break") break;
    }
    return undefined;
  }

  #rangeEntries(value: unknown, pipeline: Pipeline): [unknown, unknown][] {
    switch (kindOf(value)) {
      case "slice":
        return (value as unknown[]).map((element, index) => [index, element]);
      case "map":
      case "struct":
        return entriesOf(value as object);
      case "int":
        return Array.from({ length: Math.max(0, Number(value)) }, (_, index) => [index, index]);
      case "nil":
      case "missing":
        return [];
      default: {
        const { head } = pipeline.calls.at(-1)!;
        throw fail(head, head, `range can't iterate over ${formatValue(value)}`);
      }
    }
  }

  #bind(pipeline: Pipeline, bindings: [string, unknown][]): void {
    for (const [name, value] of bindings) {
      const existing = this.#variables.findLast((variable) => variable.name === name);
      if (pipeline.assigns && existing !== undefined) existing.value = value;
      else this.#variables.push({ name, value });
    }
  }

  /** Computes a pipeline's value and gives it to its variable, if it has one. */
  #pipeline(pipeline: Pipeline, dot: unknown): unknown {
    const value = this.#calls(pipeline, dot);
    const [name] = pipeline.variables;
    if (name !== undefined) this.#bind(pipeline, [[name, value]]);
    return value;
  }

  #calls(pipeline: Pipeline, dot: unknown): unknown {
    let piped: [] | [unknown] = [];
    for (const call of pipeline.calls) piped = [this.#call(call, dot, piped)];
    return piped[0];
  }

  /** Computes one call; `piped` holds the result of the call before it. */
  #call(call: Call, dot: unknown, piped: [] | [unknown]): unknown {
    const { head, args } = call;
    const hasArguments = args.length + piped.length > 0;
    switch (head.kind) {
      case "function":
        return this.#function(call, head.function, dot, piped);
      case "field":
        return this.#fields(head, head.names, dot, dot, { args, piped });
      case "variable":
        if (head.names.length === 0) break;
        return this.#fields(head, head.names, this.#variable(head.variable), dot, { args, piped });
      case "chain":
        return this.#fields(head, head.names, this.#operand(head.base, dot), dot, { args, piped });
      case "nil":
        throw fail(head, head, "nil is not a command");
    }
    if (hasArguments) {
      throw fail(head, head, `can't give argument to non-function ${operandText(head)}`);
    }
    return this.#operand(head, dot);
  }

  #operand(operand: Operand, dot: unknown): unknown {
    switch (operand.kind) {
      case "dot":
        return dot;
      case "nil":
        return null;
      case "literal":
        return operand.value;
      case "pipeline":
        return this.#pipeline(operand.pipeline, dot);
      case "variable":
        if (operand.names.length === 0) return this.#variable(operand.variable);
    }
    return this.#call({ ...operand, head: operand, args: [] }, dot, []);
  }

  #variable(name: string): unknown {
    return this.#variables.findLast((variable) => variable.name === name)!.value;
  }

  /** Follows field names from a value; arguments go to the last one. */
  #fields(
    node: Operand,
    names: readonly string[],
    start: unknown,
    dot: unknown,
    final: { args: readonly Operand[]; piped: [] | [unknown] },
  ): unknown {
    return names.reduce((receiver, name, index) => {
      const isLast = index === names.length - 1;
      const args = isLast ? final.args.map((arg) => this.#operand(arg, dot)) : [];
      return this.#field(node, receiver, name, isLast ? [...args, ...final.piped] : []);
    }, start);
  }

  #field(node: Operand, receiver: unknown, name: string, args: unknown[]): unknown {
    const kind = kindOf(receiver);
    if (kind === "missing") return undefined;
    if (kind === "nil") throw fail(node, node, `nil pointer evaluating interface {}.${name}`);
    const isObject = kind === "map" || kind === "struct";
    const value = isObject ? elementOf(receiver as object, name) : undefined;
    if (typeof value === "function") {
      return guard(node, operandText(node), name, () => value.apply(receiver, args));
    }
    if (kind !== "map" && value === undefined) {
      throw fail(node, node, `can't evaluate field ${name} in type ${typeName(receiver)}`);
    }
    if (args.length > 0) {
      const problem = kind === "map"
        ? "is not a method but has arguments"
        : "has arguments but cannot be invoked as function";
      throw fail(node, node, `${name} ${problem}`);
    }
    return value === null && this.#nilField ? this.#nilField(name) : value;
  }

  /** Writes what an action prints: what is not there is `<no value>`, not `<nil>`. */
  #printed(value: unknown): string {
    const isNothing = value === undefined || value === null && !this.#nilField;
    return isNothing ? "<no value>" : formatValue(value);
  }

  #function(call: Call, name: string, dot: unknown, piped: [] | [unknown]): unknown {
    const count = call.args.length + piped.length;
    if (name === "and" || name === "or") {
      checkCount(call, name, count, 1, Infinity);
      return this.#shortCircuit(name, call.args, dot, piped);
    }
    const { least, most, call: compute } = this.#functions[name]!;
    checkCount(call, name, count, least, most);
    const args = [...call.args.map((arg) => this.#operand(arg, dot)), ...piped];
    return guard(call, callText(call), name, () => compute(...args));
  }

  /** Returns the first value that decides; those after it are not computed. */
  #shortCircuit(
    name: "and" | "or",
    args: readonly Operand[],
    dot: unknown,
    piped: [] | [unknown],
  ): unknown {
    let value: unknown;
    for (const arg of args) {
      value = this.#operand(arg, dot);
      if (isTrue(value) === (name === "or")) return value;
    }
    return piped.length > 0 ? piped[0] : value;
  }
}

function checkCount(call: Call, name: string, count: number, least: number, most: number): void {
  if (count >= least && count <= most) return;
  const want = most === least ? String(least) : `at least ${least}`;
  throw fail(call, call.head, `wrong number of args for ${name}: want ${want} got ${count}`);
}

/** Runs a function, and says which one where it fails. */
function guard(place: Place, text: string, name: string, run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof FunctionError)) throw error;
    throw executionError(place, text, `error calling ${name}: ${error.message}`);
  }
}

function fail(place: Place, operand: Operand, problem: string): Error {
  return executionError(place, operandText(operand), problem);
}
