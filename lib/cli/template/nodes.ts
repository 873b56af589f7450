/**
 * The syntax tree of a template.
 *
 * @module
 */

import type { Place } from "./template_error.ts";

/** Something that has a value. */
export type Operand =
  | Place & { kind: "dot" }
  | Place & { kind: "nil" }
  | Place & { kind: "literal"; value: string | number | boolean; text: string }
  | Place & { kind: "field"; names: string[] }
  | Place & { kind: "variable"; variable: string; names: string[] }
  | Place & { kind: "function"; function: string }
  | Place & { kind: "chain"; base: Operand; names: string[] }
  | Place & { kind: "pipeline"; pipeline: Pipeline };

/** An operand, and the arguments it is called with where it is a function. */
export interface Call extends Place {
  /** The function or value. */
  head: Operand;
  /** What follows it. */
  args: Operand[];
}

/** Calls joined by `|`: each result is the last argument of the next call. */
export interface Pipeline extends Place {
  /** The variables that receive the value. */
  variables: string[];
  /** Whether they exist already (`=`) or are made here (`:=`). */
  assigns: boolean;
  /** The calls, at least one. */
  calls: Call[];
}

/** A block that decides over its body. */
export interface Block {
  /** The word that opens it. */
  kind: "if" | "with" | "range";
  /** What decides. */
  pipeline: Pipeline;
  /** What it holds. */
  body: Node[];
  /** What stands after its `{{else}}`. */
  otherwise: Node[];
}

/** A part of a template. */
export type Node =
  | { kind: "text"; text: string }
  | { kind: "action"; pipeline: Pipeline }
  | Block
  | { kind: "break" | "continue" };

/**
 * Writes an operand as error messages show it.
 *
 * @param operand The operand.
 * @returns Its text in a uniform spacing.
 */
export function operandText(operand: Operand): string {
  switch (operand.kind) {
    case "dot":
      return ".";
    case "nil":
      return "nil";
    case "literal":
      return operand.text;
    case "field":
      return operand.names.map((name) => `.${name}`).join("");
    case "variable":
      return [operand.variable, ...operand.names].join(".");
    case "function":
      return operand.function;
    case "chain":
      return [operandText(operand.base), ...operand.names].join(".");
    case "pipeline":
      return `(${pipelineText(operand.pipeline)})`;
  }
}

/**
 * Writes a call as error messages show it.
 *
 * @param call The call.
 * @returns Its text in a uniform spacing.
 */
export function callText(call: Call): string {
  return [call.head, ...call.args].map(operandText).join(" ");
}

/**
 * Writes a pipeline as error messages show it.
 *
 * @param pipeline The pipeline.
 * @returns Its text in a uniform spacing.
 */
export function pipelineText(pipeline: Pipeline): string {
  const variables = pipeline.variables.join(", ");
  const declaration = variables && `${variables} ${pipeline.assigns ? "=" : ":="} `;
  return declaration + pipeline.calls.map(callText).join(" | ");
}
