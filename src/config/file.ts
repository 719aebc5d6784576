import type { Node, Pair, YAMLMap } from "yaml";
import { late } from "../std/late.ts";
import { nearest } from "../std/nearest.ts";
import { yamlProblem } from "../std/yaml-problem.ts";
import { keyOfAgent } from "./environment.ts";
import { showGiven } from "./given.ts";
import type { ConfigError, Layer } from "./given.ts";
import { GROUPS, isKey, KEYS, namesIn } from "./keyspace.ts";
import { RAW_KEYS } from "./mapping-keys.ts";
import type { YamlText } from "./mapping-keys.ts";

const yaml = late("yaml");

export interface FileText {
  /** As the user called it; only for messages. */
  readonly name: string;
  readonly text: string;
}

/** Reads a YAML file into a layer. Everything wrong with its structure comes as errors, with line numbers. */
export function readFileLayer(file: FileText): { readonly layer: Layer; readonly errors: readonly ConfigError[] } {
  const reader = new FileReader(file);
  reader.read();
  return reader;
}

class FileReader {
  readonly layer: Layer = new Map();
  readonly errors: ConfigError[] = [];
  readonly #name: string;
  readonly #text: string;
  readonly #lines = new (yaml().LineCounter)();

  constructor(file: FileText) {
    this.#name = file.name;
    this.#text = file.text;
  }

  read(): void {
    const document = yaml().parseDocument(this.#text, {
      lineCounter: this.#lines,
      prettyErrors: false,
      logLevel: "error",
    });
    for (const error of document.errors) {
      this.#fail({
        key: "(file)",
        offset: error.pos[0],
        given: "",
        problem: `is not valid YAML: ${yamlProblem(error)}`,
        remedy: "correct the line",
      });
    }
    const { contents } = document;
    if (document.errors.length > 0 || contents === null || (yaml().isScalar(contents) && contents.value === null))
      return;
    if (yaml().isMap(contents)) this.#readGroup(contents, "");
    else
      this.#fail({
        key: "(file)",
        offset: 0,
        given: "",
        problem: "is no map of keys",
        remedy: "write lines such as flush_interval: 10s",
      });
  }

  #readGroup(map: YAMLMap, parent: string): void {
    for (const pair of map.items) {
      const name = yaml().isScalar(pair.key) ? String(pair.key.value) : "(a collection)";
      const path = parent === "" ? name : `${parent}.${name}`;
      if (GROUPS.has(path)) this.#enterGroup(pair, path);
      else if (isKey(path)) this.#readKey(pair, path);
      else this.#unknown(pair, path, parent, name);
    }
  }

  #enterGroup(pair: Pair, path: string): void {
    if (yaml().isMap(pair.value)) return this.#readGroup(pair.value, path);
    // A group whose keys are all commented out is nothing to complain about.
    if (pair.value === null || (yaml().isScalar(pair.value) && pair.value.value === null)) return;
    const remedy = `write its keys on the lines below, indented: ${namesIn(path).join(", ")}`;
    this.#fail({
      key: path,
      offset: offsetOf(pair),
      given: yaml().isScalar(pair.value) ? showGiven(path, pair.value.value) : "",
      problem: "is no group of keys",
      remedy,
    });
  }

  #readKey(pair: Pair, path: string): void {
    const value = RAW_KEYS.has(path) && yaml().isCollection(pair.value) ? this.#rawYaml(pair.value) : toValue(pair);
    if (value !== null && value !== undefined) this.layer.set(path, { value, origin: this.#origin(offsetOf(pair)) });
  }

  /** The text of a value, indented as it was, so that it is YAML by itself. */
  #rawYaml({ range }: Pick<Node, "range">): YamlText {
    const [start, end] = range ?? [0, 0];
    const { line, col } = this.#lines.linePos(start);
    const before = this.#text.slice(start - col + 1, start);
    const indent = before.trim() === "" ? before : "";
    return { yaml: indent + this.#text.slice(start, end), file: this.#name, firstLine: line };
  }

  #unknown(pair: Pair, path: string, parent: string, name: string): void {
    const siblings = namesIn(parent);
    const close = nearest(name, siblings);
    const elsewhere = KEYS.find((facts) => facts.path === name || facts.path.endsWith(`.${name}`))?.path;
    const agents = parent === "" ? keyOfAgent(name) : undefined;
    const meant = agents ?? (close === undefined ? elsewhere : parent === "" ? close : `${parent}.${close}`);
    const remedy = meant === undefined ? `known here: ${siblings.join(", ")}` : `did you mean ${meant}?`;
    this.#fail({ key: path, offset: offsetOf(pair), given: "", problem: "is an unknown key", remedy });
  }

  #fail(error: Omit<ConfigError, "origin"> & { readonly offset: number }): void {
    const { offset, ...rest } = error;
    this.errors.push({ ...rest, origin: this.#origin(offset) });
  }

  #origin(offset: number): string {
    return `${this.#name} line ${this.#lines.linePos(offset).line}`;
  }
}

function offsetOf(pair: Pair): number {
  return yaml().isScalar(pair.key) ? (pair.key.range?.[0] ?? 0) : 0;
}

function toValue(pair: Pair): unknown {
  return typeof pair.value === "object" && pair.value !== null && "toJSON" in pair.value
    ? (pair.value as { toJSON(): unknown }).toJSON()
    : pair.value;
}
