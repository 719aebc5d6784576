import type { Encoder } from "./encoder.ts";
import { OpenMetricsEncoder } from "./openmetrics.ts";
import type { Page } from "./page.ts";
import { ProtobufEncoder } from "./protobuf.ts";
import { PlainTextEncoder } from "./text.ts";

/** A way to write the page. A new format is a file with its encoder and a row in `FORMATS`; `accept.ts` chooses. */
export interface Format {
  readonly name: string;
  readonly contentType: string;
  /** What an Accept entry must say to mean it: the media type, and parameters, which some formats let a scraper leave out. */
  readonly mediaType: string;
  readonly parameters: Readonly<Record<string, { readonly value: string; readonly mayLack: boolean }>>;
  /** Whether names may be escaped as a scraper asks, and whether the content type then, or always, says how. */
  readonly escaping: "never" | "asked" | "always";
  /** Shows when a series began to count, so that no zero needs to stand before its first value. */
  readonly showsCreated: (options: EncoderOptions) => boolean;
  /** Can hold native histograms. */
  readonly showsNative: boolean;
  readonly encoder: (page: Page, options: EncoderOptions) => Encoder;
}

export interface EncoderOptions {
  /** `_created` samples in OpenMetrics: off by default, since most servers store each as one more series. */
  readonly createdSamples: boolean;
}

export const TEXT_004: Format = {
  name: "text-0.0.4",
  contentType: "text/plain; version=0.0.4; charset=utf-8",
  mediaType: "text/plain",
  parameters: { version: { value: "0.0.4", mayLack: true } },
  escaping: "never",
  showsCreated: () => false,
  showsNative: false,
  encoder: (page) => new PlainTextEncoder(page),
};

export const TEXT_100: Format = {
  name: "text-1.0.0",
  contentType: "text/plain; version=1.0.0; charset=utf-8",
  mediaType: "text/plain",
  parameters: { version: { value: "1.0.0", mayLack: false } },
  escaping: "always",
  showsCreated: () => false,
  showsNative: false,
  encoder: (page) => new PlainTextEncoder(page),
};

export const OPENMETRICS_100: Format = {
  name: "openmetrics-1.0.0",
  contentType: "application/openmetrics-text; version=1.0.0; charset=utf-8",
  mediaType: "application/openmetrics-text",
  parameters: { version: { value: "1.0.0", mayLack: true } },
  escaping: "asked",
  showsCreated: ({ createdSamples }) => createdSamples,
  showsNative: false,
  encoder: (page, { createdSamples }) => new OpenMetricsEncoder(page, createdSamples),
};

export const PROTOBUF: Format = {
  name: "protobuf-delimited",
  contentType: "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited",
  mediaType: "application/vnd.google.protobuf",
  parameters: {
    proto: { value: "io.prometheus.client.MetricFamily", mayLack: false },
    encoding: { value: "delimited", mayLack: false },
  },
  escaping: "asked",
  showsCreated: () => true,
  showsNative: true,
  encoder: (page) => new ProtobufEncoder(page),
};

export const FORMATS: readonly Format[] = [TEXT_004, TEXT_100, OPENMETRICS_100, PROTOBUF];
