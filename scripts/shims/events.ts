/**
 * Stands in for `node:events`, which adds 7 ms to the start of every command.
 *
 * @module
 */

export { default, EventEmitter } from "npm:events@3.3.0";
