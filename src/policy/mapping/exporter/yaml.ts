import type { Document, Node as YamlNode, ParsedNode } from "yaml";
import { late } from "../../../std/late.ts";
import type { Reporter } from "./problem.ts";

const yaml = late("yaml");

/** A value of a file and the line where it stands. */
export type Node =
  | { readonly type: "scalar"; readonly line: number; readonly text: string; readonly isPlain: boolean }
  | { readonly type: "list"; readonly line: number; readonly items: readonly Node[] }
  | { readonly type: "map"; readonly line: number; readonly entries: readonly Entry[] };

export interface Entry {
  readonly key: string;
  readonly line: number;
  readonly value: Node;
}

/** A file of 10,000 rules has some 200,000; more comes only of aliases that repeat each other. */
const NODES_MAX = 1_000_000;
/** A mapping is five levels deep. */
const DEPTH_MAX = 30;

class TooMuch extends Error {}

/**
 * Reads YAML as statsd_exporter's library does (yaml.v2, which is YAML 1.1): only the first document counts, `<<` merges
 * maps, and a key that stands twice is an error. Scalars stay text, so that whoever reads them decides what they are:
 * a label's value `1.50` is not a number. Undefined: there is nothing in it, or it is broken and that is reported.
 */
export function readYaml(text: string, report: Reporter, firstLine = 1): Node | undefined {
  const lines = new (yaml().LineCounter)();
  const lineAt = (offset: number): number => lines.linePos(offset).line + firstLine - 1;
  try {
    const documents = yaml().parseAllDocuments(text, {
      version: "1.1",
      lineCounter: lines,
      prettyErrors: false,
      uniqueKeys: false,
      merge: false,
      logLevel: "error",
    });
    const document = "empty" in documents ? undefined : documents[0];
    if (document === undefined) return undefined;
    for (const { message, pos } of document.errors.slice(0, 10)) {
      report.error(lineAt(pos[0]), `is not valid YAML: ${message}`, "correct the line");
    }
    if (document.errors.length > 0 || document.contents === null) return undefined;
    return new TreeReader(document, lineAt, report).read(document.contents);
  } catch (error) {
    if (!(error instanceof TooMuch || error instanceof RangeError || error instanceof ReferenceError)) throw error;
    report.error(firstLine, `cannot be read: ${error.message}`, "write fewer levels and aliases");
    return undefined;
  }
}

class TreeReader {
  readonly #lineAt: (offset: number) => number;
  readonly #report: Reporter;
  /** What each alias stands for: the last node before it that has its name. */
  readonly #meant = new Map<YamlNode, YamlNode>();
  #nodes = 0;

  constructor(document: Document.Parsed, lineAt: (offset: number) => number, report: Reporter) {
    this.#lineAt = lineAt;
    this.#report = report;
    const anchors = new Map<string, YamlNode>();
    yaml().visit(document, {
      Value: (_key, node) => {
        if (node.anchor !== undefined) anchors.set(node.anchor, node);
      },
      Alias: (_key, node) => {
        const meant = anchors.get(node.source);
        if (meant !== undefined) this.#meant.set(node, meant);
      },
    });
  }

  read(node: YamlNode | ParsedNode | null, depth = 0): Node {
    this.#nodes++;
    if (this.#nodes > NODES_MAX) throw new TooMuch(`it has more than ${NODES_MAX} values`);
    if (depth > DEPTH_MAX) throw new TooMuch(`it is more than ${DEPTH_MAX} levels deep`);
    const line = this.#lineAt(node?.range?.[0] ?? 0);
    if (yaml().isAlias(node)) {
      const meant = this.#meant.get(node);
      if (meant === undefined)
        this.#report.error(
          line,
          `has *${node.source}, which stands for nothing`,
          "quote it, or write an anchor before it",
        );
      return this.read(meant ?? null, depth + 1);
    }
    if (yaml().isMap(node)) return { type: "map", line, entries: this.#entries(node.items, line, depth) };
    if (yaml().isSeq(node)) {
      return { type: "list", line, items: node.items.map((item) => this.read(item as YamlNode | null, depth + 1)) };
    }
    if (!yaml().isScalar(node)) return { type: "scalar", line, text: "", isPlain: true };
    const isPlain = node.type === "PLAIN";
    const text = isPlain ? (node.source ?? "") : String(node.value);
    return { type: "scalar", line, text, isPlain };
  }

  #entries(items: readonly { key: unknown; value: unknown }[], mapLine: number, depth: number): Entry[] {
    const entries = new Map<string, Entry>();
    const merged: Entry[] = [];
    for (const { key: keyNode, value: valueNode } of items) {
      const key = this.read(keyNode as YamlNode | null, depth + 1);
      const value = this.read(valueNode as YamlNode | null, depth + 1);
      if (key.type !== "scalar") {
        this.#report.error(key.line, "has a key that is no text", "write a word before the colon");
        continue;
      }
      if (key.text === "<<" && key.isPlain) {
        const maps = value.type === "list" ? value.items : [value];
        for (const map of maps) {
          if (map.type === "map") merged.push(...map.entries);
          else this.#report.error(key.line, "has a << that merges no map", "write <<: *name, of a map before it");
        }
        continue;
      }
      const earlier = entries.get(key.text);
      const line = key.line || mapLine;
      if (earlier === undefined) entries.set(key.text, { key: key.text, line, value });
      else {
        const problem = `has the key ${JSON.stringify(key.text)} twice; it stands on line ${earlier.line} before`;
        this.#report.error(line, problem, "take one of them out");
      }
    }
    for (const entry of merged) if (!entries.has(entry.key)) entries.set(entry.key, entry);
    return [...entries.values()];
  }
}
