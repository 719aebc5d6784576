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

/** A line is drawn up to this length; carets under a longer one would be lost where a terminal breaks it. */
const DRAWN_CHARACTERS_MAX = 1_000;
/** Most pieces that are told. */
const PIECES_MAX = 100;

/** The line, and under it each piece with its carets (of a long line: its bytes, from 1) and its meaning. */
export function drawPieces(line: Uint8Array, pieces: readonly Piece[]): string {
  const text = showBytes(line);
  const isDrawn = text.length <= DRAWN_CHARACTERS_MAX;
  const rows = pieces.slice(0, PIECES_MAX).map(({ start, end, meaning }) => {
    if (!isDrawn) return `  bytes ${start + 1} to ${end}: ${meaning}`;
    const indent = showBytes(line.subarray(0, start)).length;
    const width = Math.max(1, showBytes(line.subarray(start, end)).length);
    return `  ${(" ".repeat(indent) + "^".repeat(width)).padEnd(text.length)}  ${meaning}`;
  });
  const rest = pieces.length - rows.length;
  return [`  ${text}`, ...rows, ...(rest > 0 ? [`  … and ${rest} pieces more`] : [])].join("\n");
}

/** What a field after the type says, by how it starts; the first row that fits counts. */
const FIELDS: readonly (readonly [start: string, meaning: (rest: string, role: string) => string])[] = [
  ["@", (rate) => `sample rate ${rate}`],
  ["#", () => "tags"],
  ["c:", (_id, role) => `container: ${role}`],
  ["e:", (_data, role) => `external data: ${role}`],
  ["card:", (_word, role) => `tag cardinality: ${role}`],
  // Where timestamps are read, such a line is not drawn.
  ["T", () => "timestamp: passed over, taken as of now"],
];
const NO_ROLE = "not part of the series";
const ROLE = "becomes tags by origin_tags";

const COLON = 0x3a;
const PIPE = 0x7c;
const AT = 0x40;

/**
 * The pieces of a metric line that the core has accepted, whose name has `nameBytes` bytes: mostly one value and its type,
 * sometimes several such pairs. `readsOrigin`: fields that name the origin have a say in what the series is.
 */
export function piecesOf(line: Uint8Array, nameBytes: number, readsOrigin: boolean): Piece[] {
  const pieces: Piece[] = [{ start: 0, end: nameBytes, meaning: "name" }];
  for (let at = nameBytes + 1; ;) {
    const pipe = endOf(line, at, PIPE);
    const typeEnd = endOf(line, pipe + 1, COLON, PIPE);
    const type = withoutReturn(showBytes(line.subarray(pipe + 1, typeEnd)));
    pieces.push({ start: at, end: pipe, meaning: valueMeaning(line.subarray(at, pipe), type) });
    pieces.push({ start: pipe + 1, end: typeEnd, meaning: typeMeaning(type) });
    const rateEnd = line[typeEnd + 1] === AT ? endOf(line, typeEnd + 1, COLON, PIPE) : typeEnd;
    if (line[rateEnd] !== COLON) return [...pieces, ...fieldPieces(line, typeEnd + 1, readsOrigin)];
    if (rateEnd > typeEnd) pieces.push({ start: typeEnd + 1, end: rateEnd, meaning: "sample rate of this pair" });
    at = rateEnd + 1;
  }
}

function fieldPieces(line: Uint8Array, from: number, readsOrigin: boolean): Piece[] {
  const pieces: Piece[] = [];
  for (let start = from; start < line.length;) {
    const end = endOf(line, start, PIPE);
    const text = withoutReturn(showBytes(line.subarray(start, end)));
    if (end > start) pieces.push({ start, end, meaning: fieldMeaning(text, readsOrigin ? ROLE : NO_ROLE) });
    start = end + 1;
  }
  return pieces;
}

/** Where the first of `ends` is, from `from` on; the end of the line where there is none. */
function endOf(line: Uint8Array, from: number, ...ends: readonly number[]): number {
  const at = line.subarray(from).findIndex((byte) => ends.includes(byte));
  return at < 0 ? line.length : from + at;
}

function withoutReturn(text: string): string {
  return text.replace(/(?:\\x0d)+$/, "");
}

/** A set's member holds its colons; of all others they separate values. */
function valueMeaning(bytes: Uint8Array, type: string): string {
  const values = type === "s" ? 1 : showBytes(bytes).split(":").length;
  return values === 1 ? "value" : `${values} values`;
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
