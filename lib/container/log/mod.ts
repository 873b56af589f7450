/**
 * Containers' logs, in the format of Docker's json-file driver.
 *
 * @module
 */

export { type JsonLogOptions, JsonLogWriter, type LogStream } from "./json_log_writer.ts";
export {
  type FollowOptions,
  readLog,
  readLogBatches,
  type ReadLogOptions,
} from "./json_log_reader.ts";
export { jsonLogOptions, type LogChoice, logSettings, parseLogOptions } from "./options.ts";
export { logPath, partialLinesPath } from "./files.ts";
export { LogRecord } from "./record.ts";
export type { LoggedContainer } from "./attributes.ts";
export { fixedWidthTime } from "./time.ts";
