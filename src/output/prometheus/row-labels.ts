import type { LabelBytes } from "./format/encoder.ts";
import { LabelScan } from "./format/label-scan.ts";
import { escapeValue, isLegacyName } from "./label.ts";
import type { SeriesTable } from "./series-table.ts";
import { labelAs } from "./spelling.ts";
import type { Escaping } from "./spelling.ts";

const encoder = new TextEncoder();

/** The labels of rows as one page writes them. They lie ready in memory, but for keys that are escaped otherwise there. */
export class RowLabels {
  readonly #table: SeriesTable;
  readonly #escaping: Escaping;
  readonly #labels: LabelBytes = { bytes: new Uint8Array(0), from: 0, to: 0, plain: 0 };
  readonly #scan = new LabelScan();

  constructor(table: SeriesTable, escaping: Escaping) {
    this.#table = table;
    this.#escaping = escaping;
  }

  /** Valid until the next call. */
  of(row: number): LabelBytes {
    const labels = this.#labels;
    this.#table.readLabels(row, labels);
    if (this.#escaping === "underscores") return labels;
    const spelled = this.#table.spelledKeys.get(row);
    if (spelled === undefined && this.#escaping === "allow-utf-8") return labels;
    this.#scan.scan(labels);
    const parts: string[] = [];
    for (let label = 0; label < this.#scan.count; label += 1) {
      const legacy = this.#scan.text(label * 2);
      const key = labelAs(this.#escaping, legacy, spelled?.get(legacy) ?? legacy);
      const shown = isLegacyName(key) ? key : `"${escapeValue(key)}"`;
      parts.push(`${shown}="${escapeValue(this.#scan.text(label * 2 + 1))}"`);
    }
    return labelBytes(parts.join(","));
  }
}

/** Labels of a text without braces. */
export function labelBytes(text: string): LabelBytes {
  const bytes = encoder.encode(text);
  return { bytes, from: 0, to: bytes.length };
}
