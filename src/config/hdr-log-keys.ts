import * as limits from "./limits.ts";
import { filterEntry } from "./keys.ts";
import { bytes, decimal, duration, group, key, list, optionalKey, text, whole } from "./values.ts";

/** The log of whole distributions; a part of the schema. */
export const HDR_LOG = group(
  {
    directory: optionalKey(text("write a path"), "Turns the output on: where its files go."),
    series: key(
      list(filterEntry, limits.FILTER_ENTRIES_MAX),
      [],
      "Which histograms, timers and distributions: exact names (with the namespace), or prefix.*; * is all.",
    ),
    series_max: key(whole(limits.HDR_LOG_SERIES), "100", "Most series; each is one line an interval."),
    factor: key(
      decimal(limits.HDR_LOG_FACTOR),
      "1000",
      "HdrHistogram holds whole numbers: values times this, rounded. 1000 makes microseconds of milliseconds.",
    ),
    file_bytes_max: key(bytes(limits.HDR_LOG_FILE_BYTES), "16MiB", "A file is closed before it is larger."),
    file_age_max: key(duration(limits.HDR_LOG_FILE_AGE_MS), "1d", "A file is closed when it is older."),
    files_max: key(whole(limits.HDR_LOG_FILES), "10", "How many files there are at most; the oldest goes."),
  },
  "Interval logs of HdrHistogram: a line for each series and interval, with its whole distribution.",
);
