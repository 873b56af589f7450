/**
 * Changing an image's configuration by Dockerfile instructions.
 *
 * @module
 */

export { applyChanges } from "./instruction.ts";
