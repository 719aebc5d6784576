import type { Version } from "./message.ts";
import { BYTES, VARINT, WireWriter, fieldsOf, packedVarints } from "./wire.ts";

/** The field of a whole message that holds its series. */
const SERIES_FIELD: Readonly<Record<Version, number>> = { "1.0": 1, "2.0": 5 };

export interface Part {
  readonly message: Uint8Array;
  readonly points: number;
}

/** The two halves of a message of at least two series; symbols go with both, metadata with the first. */
export function splitMessage(message: Uint8Array, points: number, version: Version): readonly [Part, Part] {
  const first = new WireWriter();
  const second = new WireWriter();
  const middle = points >> 1;
  let seen = 0;
  for (const { field, start, end } of fieldsOf(message)) {
    const bytes = message.subarray(start, end);
    if (field !== SERIES_FIELD[version]) {
      first.raw(bytes);
      if (version === "2.0") second.raw(bytes);
      continue;
    }
    (seen < middle ? first : second).raw(bytes);
    seen += 1;
  }
  return [
    { message: first.bytes.slice(), points: middle },
    { message: second.bytes.slice(), points: points - middle },
  ];
}

/** A 2.0 message as 1.0, for a receiver that knows no other: what 1.0 cannot say (start times, metadata) is left out. */
export function downgradeMessage(message: Uint8Array): Uint8Array {
  const out = new WireWriter();
  const series = new WireWriter();
  const symbols: Uint8Array[] = [];
  for (const { field, contentStart, end } of fieldsOf(message)) {
    const content = message.subarray(contentStart, end);
    if (field === 4) symbols.push(content);
    if (field !== 5) continue;
    series.clear();
    for (const part of fieldsOf(content)) {
      const bytes = content.subarray(part.contentStart, part.end);
      if (part.field === 1) writeLabels(series, packedVarints(bytes), symbols);
      else if (part.field === 2) series.field(2, without(bytes, 3));
      else if (part.field === 3) series.field(4, without(bytes, 17));
    }
    out.field(1, series.bytes);
  }
  return out.bytes.slice();
}

function writeLabels(into: WireWriter, references: readonly number[], symbols: readonly Uint8Array[]): void {
  const label = new WireWriter();
  for (let index = 0; index < references.length; index += 2) {
    label.clear();
    label.field(1, symbols[references[index] as number] as Uint8Array);
    label.field(2, symbols[references[index + 1] as number] as Uint8Array);
    into.tag(1, BYTES);
    into.varint(label.length);
    into.raw(label.bytes);
  }
}

/** The message without a field that is a varint. */
function without(message: Uint8Array, left: number): Uint8Array {
  const out = new WireWriter();
  for (const { field, wire, start, end } of fieldsOf(message)) {
    if (field !== left || wire !== VARINT) out.raw(message.subarray(start, end));
  }
  return out.bytes.slice();
}
