/**
 * What end-to-end tests ask of the program again and again.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Suite } from "./suite.ts";
import type { RunOptions } from "./tsd.ts";

/** What {@linkcode commandsOf} gives. */
export interface Commands {
  /** Runs a shell script in a container of `alpine` that is removed at its end; gives its stdout. */
  sh(options: string[], script: string, expected?: RunOptions): Promise<string>;
  /** Runs the program; gives the lines it prints. */
  lines(...args: string[]): Promise<string[]>;
  /** Runs the program, which must fail with a code and say why in one line; gives that line. */
  failure(code: number, ...args: string[]): Promise<string>;
  /** Tells what a template gives of an object. */
  inspect<T>(name: string, template: string): Promise<T>;
}

/**
 * Runs the program in a suite.
 *
 * @param shared The suite, which has pulled `alpine`.
 * @returns How to.
 */
export function commandsOf(shared: Suite): Commands {
  return {
    sh: async (options, script, expected = {}) => {
      const args = ["run", "--rm", ...options, shared.image("alpine"), "sh", "-c", script];
      return (await shared.tsd.run(args, expected)).stdout;
    },
    lines: async (...args) => (await shared.tsd.run(args)).stdout.split("\n").slice(0, -1),
    failure: async (code, ...args) => {
      const { stderr } = await shared.tsd.run(args, { expect: code });
      assert.equal(stderr.trimEnd().split("\n").length, 1, stderr);
      return stderr.trimEnd();
    },
    inspect: async <T>(name: string, template: string) => {
      const { stdout } = await shared.tsd.run(["inspect", "-f", `{{json ${template}}}`, name]);
      return JSON.parse(stdout) as T;
    },
  };
}
