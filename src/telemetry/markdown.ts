import { METRICS } from "./metrics.ts";

/** The text of METRICS.md: the table of self-metrics. A test compares the two. */
export function metricsMarkdown(): string {
  const rows = METRICS.map(({ name, type, labels, meaning }) => {
    const labelList = labels.length === 0 ? "" : labels.map((label) => `\`${label}\``).join(", ");
    return `| \`${name}\` | ${type} | ${labelList} | ${meaning} |`;
  });
  return `# Self-metrics

What tallyd says about itself on \`/metrics\`, beside what it received. Made from the table in \`metrics.ts\`.

| name | type | labels | meaning |
| --- | --- | --- | --- |
${rows.join("\n")}

Reasons, kinds and notes that have a fixed list exist from the start with 0, so that \`rate()\` sees the first event.

The process and its runtime are described by the usual \`process_*\` (CPU, memory, file descriptors, start time) and
\`nodejs_*\` (heap, heap spaces, garbage collection, active resources, version) metrics.

Names that begin with \`tallyd_\`, \`process_\`, \`nodejs_\` or \`scrape_\`, and \`up\`, are reserved: a received metric
with such a name is shown with the prefix \`statsd_\`.
`;
}
