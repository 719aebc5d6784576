import type { ExpectedSeries, MappingVector } from "./mapping-vector.ts";

/**
 * A case made its own by a prefix, so that many fit into one process: its lines get a first segment (or where there is no
 * mapping, just more letters), its globs too, and the names that it gives and expects get it as well.
 */
export function prefixed(vector: MappingVector, number: number): MappingVector {
  const isMapped = vector.config !== null;
  const prefix = `c${number}${isMapped ? "." : "_"}`;
  const name = `c${number}_`;
  const series = (expected: readonly ExpectedSeries[]): ExpectedSeries[] =>
    expected.map((each) => ({ ...each, name: name + each.name }));
  return {
    ...vector,
    config: vector.config?.replaceAll(/(match: "?)/g, `$1${prefix}`).replaceAll(/( name: "?)/g, `$1${name}`) ?? null,
    input: vector.input.map((datagram) =>
      datagram
        .split("\n")
        .map((line) => (/^[^:#,|_\r]/.test(line) ? prefix + line : line))
        .join("\n"),
    ),
    expect: series(vector.expect),
    ...(vector.alt && { alt: series(vector.alt) }),
  };
}

/** Globs alone, and nothing that reaches beyond the rules: such files stand beside each other without touching. */
export function isMergeable({ config, flags, expect_config_error: isWrong }: MappingVector): boolean {
  if (config === null || isWrong || Object.keys(flags).length > 0) return false;
  return !config.includes("regex") && (!config.includes("defaults") || isUnordered({ config }));
}

/** Of the defaults of a file it says no more than that order plays no part. */
export function isUnordered({ config }: Pick<MappingVector, "config">): boolean {
  return config?.startsWith("defaults:\n  glob_disable_ordering: true\nmappings:") ?? false;
}

/** Regular expressions, which may look at any part of a name: such cases are told apart by a tag that their rules ask for. */
export function isTaggable({ config, flags, input, expect_config_error: isWrong }: MappingVector): boolean {
  if (config === null || isWrong || Object.keys(flags).length > 0 || !config.includes("regex")) return false;
  return !/observer|buckets|ttl/.test(config) && input.every((datagram) => !datagram.includes("\n"));
}

/** A case made its own by the tag `case`, which its series show as a label. */
export function tagged(vector: MappingVector, number: number): MappingVector {
  return {
    ...vector,
    config: vector.config?.replaceAll(/^- /gm, `- match_tags: {case: "${number}"}\n  `) ?? null,
    input: vector.input.map((line) => `${line}${line.includes("|#") ? "," : "|#"}case:${number}`),
    expect: vector.expect.map((series) => ({ ...series, labels: { ...series.labels, case: String(number) } })),
  };
}
