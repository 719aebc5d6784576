import { kindRow, KINDS } from "../model/kind.ts";

/** A piece of a line, in bytes, and what it says. */
export interface Piece {
  readonly start: number;
  readonly end: number;
  readonly meaning: string;
}

const DECODER = new TextDecoder("utf-8", { ignoreBOM: true });
// oxlint-disable-next-line no-control-regex -- control characters would move the carets, or the terminal's cursor
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/g;

/** Bytes as a terminal may show them. */
export function showBytes(bytes: Uint8Array): string {
  return DECODER.decode(bytes).replaceAll(
    CONTROL,
    (control) => `\\x${control.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}

/** The line, and under it carets at one byte. */
export function pointAt(line: Uint8Array, column: number): string {
  return `  ${showBytes(line)}\n  ${" ".repeat(showBytes(line.subarray(0, column)).length)}^`;
}

/** The line, and under it each piece with its carets and its meaning. */
export function drawPieces(line: Uint8Array, pieces: readonly Piece[]): string {
  const text = showBytes(line);
  const rows = pieces.map(({ start, end, meaning }) => {
    const indent = showBytes(line.subarray(0, start)).length;
    const width = Math.max(1, showBytes(line.subarray(start, end)).length);
    return `  ${(" ".repeat(indent) + "^".repeat(width)).padEnd(text.length)}  ${meaning}`;
  });
  return [`  ${text}`, ...rows].join("\n");
}

/** What a field after the type says, by how it starts; the first row that fits counts. */
const FIELDS: readonly (readonly [start: string, meaning: (rest: string, role: string) => string])[] = [
  ["@", (rate) => `sample rate ${rate}`],
  ["#", () => "tags"],
  ["c:", (_id, role) => `container: ${role}`],
  ["e:", (_data, role) => `external data: ${role}`],
  ["card:", (_word, role) => `tag cardinality: ${role}`],
  ["T", (seconds) => `timestamp ${seconds}, Unix seconds`],
];
const NO_ROLE = "not part of the series";
const ROLE = "becomes tags by origin_tags";

/**
 * The pieces of a metric line that the core has accepted, whose name has `nameBytes` bytes. `readsOrigin`: fields that
 * name the origin have a say in what the series is.
 */
export function piecesOf(line: Uint8Array, nameBytes: number, readsOrigin: boolean): Piece[] {
  const [first = 0, ...ends] = pipesOf(line, nameBytes);
  const values = showBytes(line.subarray(nameBytes + 1, first)).split(":").length;
  const pieces: Piece[] = [
    { start: 0, end: nameBytes, meaning: "name" },
    { start: nameBytes + 1, end: first, meaning: values === 1 ? "value" : `${values} values` },
  ];
  let start = first + 1;
  for (const [index, end] of ends.entries()) {
    const text = showBytes(line.subarray(start, end)).replace(/(?:\\x0d)+$/, "");
    const meaning = index === 0 ? typeMeaning(text) : fieldMeaning(text, readsOrigin ? ROLE : NO_ROLE);
    if (end > start) pieces.push({ start, end, meaning });
    start = end + 1;
  }
  return pieces;
}

/** Where the sections end: every pipe behind the name, and the end of the line. */
function pipesOf(line: Uint8Array, from: number): number[] {
  const ends: number[] = [];
  for (let at = from; at < line.length; at++) if (line[at] === 0x7c) ends.push(at);
  return [...ends, line.length];
}

function typeMeaning(wire: string): string {
  const row = KINDS.find((candidate) => candidate.wire === wire);
  if (row === undefined) return "type";
  const { kind, unit } = kindRow(row.kind);
  return unit === "" ? `type: ${kind}` : `type: ${kind}, in ${unit}`;
}

function fieldMeaning(text: string, role: string): string {
  const field = FIELDS.find(([start]) => text.startsWith(start));
  return field === undefined ? "unknown field: passed over" : field[1](text.slice(field[0].length), role);
}
