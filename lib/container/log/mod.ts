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
export { jsonLogOptions, type LogChoice, logSettings, parseLogOptions } from "./log_options.ts";
export { logPath, partialLinesPath } from "./log_files.ts";
export { LogRecord } from "./log_record.ts";
export type { LoggedContainer } from "./log_attributes.ts";
export { fixedWidthTime } from "./log_time.ts";
