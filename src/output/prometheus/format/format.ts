import type { Encoder, Page } from "./encoder.ts";
import { TextEncoder004 } from "./text.ts";

/** A way to write the page. A new format is a file with its encoder and a row in `FORMATS`. */
export interface Format {
  readonly name: string;
  readonly contentType: string;
  /** What an Accept entry must say to mean it: the media type, and parameters that must be absent or equal. */
  readonly mediaType: string;
  readonly parameters: Readonly<Record<string, string>>;
  encoder(page: Page): Encoder;
}

export const TEXT_004: Format = {
  name: "text-0.0.4",
  contentType: "text/plain; version=0.0.4; charset=utf-8",
  mediaType: "text/plain",
  parameters: { version: "0.0.4" },
  encoder: (page) => new TextEncoder004(page),
};

export const FORMATS: readonly Format[] = [TEXT_004];

interface AcceptEntry {
  readonly mediaType: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly quality: number;
}

/** Longer Accept headers are answered as if there were none. Prometheus sends about 300 bytes. */
const ACCEPT_LENGTH_MAX = 4096;

/**
 * The format for an Accept header: the explicitly named one with the highest quality, the first of equals, and text
 * 0.0.4 where none fits. A wildcard never wins, since every scraper that sends one understands that format
 * (Prometheus 2.49.0 even sends a wildcard of quality 2 by mistake).
 */
export function negotiate(accept: string | undefined, formats: readonly Format[] = FORMATS): Format {
  let best = TEXT_004;
  let quality = 0;
  for (const entry of parseAccept(accept ?? "")) {
    const format = formats.find((candidate) => accepts(entry, candidate));
    if (format !== undefined && entry.quality > quality) {
      best = format;
      quality = entry.quality;
    }
  }
  return best;
}

function accepts(entry: AcceptEntry, format: Format): boolean {
  if (entry.mediaType !== format.mediaType) return false;
  return Object.entries(format.parameters).every(([key, value]) => (entry.parameters.get(key) ?? value) === value);
}

function parseAccept(accept: string): AcceptEntry[] {
  if (accept.length > ACCEPT_LENGTH_MAX) return [];
  return accept.split(",").map((entry) => {
    const [mediaType = "", ...rest] = entry.split(";").map((part) => part.trim());
    const parameters = new Map<string, string>();
    for (const parameter of rest) {
      const [key = "", value = ""] = parameter.split("=").map((part) => part.trim());
      parameters.set(key.toLowerCase(), value.replaceAll('"', ""));
    }
    const quality = Number(parameters.get("q") ?? 1);
    return { mediaType: mediaType.toLowerCase(), parameters, quality: Math.min(Math.max(quality || 0, 0), 1) };
  });
}
