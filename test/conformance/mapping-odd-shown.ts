import { refused } from "./mapping-odd.ts";
import type { OddCase } from "./mapping-odd.ts";

export const LABEL_CASES: readonly OddCase[] = [
  {
    what: "labels that Prometheus keeps for itself, from rules and from tags",
    rules: "- {match: a, name: x, labels: {job: j, instance: i, __name__: n, le: l, overflow: 'true'}}",
    lines: ["a:1|c|#__x:1,job:mine,exported_job:2"],
    want: [
      'x{exported___name__="n",exported___x="1",exported_job="2",instance="i",job="j",le="l",overflow="true"} counter 1',
    ],
  },
  {
    what: "le and quantile where they would break a page, and only there",
    rules:
      "- {match: s, name: s, labels: {le: l, quantile: q}}\n- {match: h, name: h, observer_type: histogram, buckets: [1], labels: {le: l, quantile: q}}",
    lines: ["s:1|h|#quantile:tag", "h:1|h|#le:tag"],
    want: [
      'h{exported_le="l",quantile="q"} histogram count 1 sum 1 le 1: 1',
      's{exported_quantile="q",le="l"} summary count 1 sum 1',
    ],
  },
  {
    what: "a rule's label beats a tag that is escaped to it, unless the tag is honored; no value takes the label away",
    rules:
      "- {match: a, name: a, labels: {a_b: rule}}\n- {match: b, name: b, honor_labels: true, labels: {a_b: rule}}\n- {match: c, name: c, labels: {a_b: $1}}",
    lines: ["a:1|c|#a.b:tag", "b:1|c|#a-b:one,a.b:two", "b:2|c|#a.b:", "b:4|c|#a_b", "c:1|c|#a.b:tag"],
    want: ['a{a_b="rule"} counter 1', 'b{a_b="rule"} counter 6', 'b{a_b="two"} counter 1', "c counter 1"],
  },
  {
    what: "one letter is a label, a digit first is none",
    rules: "- {match: a, name: x, labels: {9a: b}}",
    lines: [],
    want: refused('the label "9a"'),
  },
  {
    what: "a map as a label's value",
    rules: "- {match: a, name: x, labels: {aa: {b: c}}}",
    lines: [],
    want: refused("value is no text"),
  },
  {
    what: "renamed to no label",
    rules: "- {match: a, name: x, rename_tags: {a: $1}}",
    lines: [],
    want: refused('the label "$1"'),
  },
  {
    what: "a pattern of keys",
    rules: "- {match: a, name: x, match_tags: {a*: b}}",
    lines: [],
    want: refused("without *"),
  },
];

export const SHOWN_CASES: readonly OddCase[] = [
  {
    what: "what brought statsd_exporter down",
    lines: ["a]b[c:1|c", "foo:1|ms|#quantile:x", "bar:1|h|#le:1", "baz:1|c|#__x:1", "go.goroutines:1|c"].concat([
      "statsd_exporter.lines_total:1|g",
      "q:1|ms",
      "q_count:1|ms",
      "z:1|ms|@0.0000001",
      "nan:NaN|c",
    ]),
    want: [
      "a_b_c counter 1",
      'bar{le="1"} summary count 1 sum 1',
      'baz{exported___x="1"} counter 1',
      'foo{exported_quantile="x"} summary count 1 sum 0.001',
      "go_goroutines counter 1",
      "q summary count 1 sum 0.001",
      "statsd_exporter_lines_total gauge 1",
      "z summary count 10000000 sum 10000",
    ],
  },
  {
    what: "names of the server and of Prometheus, from rules and from clients",
    rules: "- {match: a, name: up}\n- {match: b.*, name: tallyd_$1}\n- {match: c, name: process_cpu_seconds_total}",
    lines: ["a:1|c", "b.lines_total:2|c", "c:4|c", "up:8|g", "scrape_duration_seconds:1|g", "tallyd.lines_total:16|c"],
    want: [
      "statsd_process_cpu_seconds_total counter 4",
      "statsd_scrape_duration_seconds gauge 1",
      "statsd_tallyd_lines_total counter 18",
      "statsd_up counter 1",
    ],
  },
  {
    what: "the sum, count and buckets of an observer are nobody else's",
    rules:
      "- {match: a, name: q}\n- {match: b, name: q_count}\n- {match: c, name: q_sum, observer_type: histogram}\n- {match: d, name: q_bucket}",
    lines: ["a:1|ms", "b:1|ms", "c:1|ms", "d:1|c"],
    want: ["q summary count 1 sum 0.001", "q_bucket counter 1"],
  },
  {
    what: "other label names and another help under one name",
    rules: "- {match: a, name: q, help: one, labels: {aa: x}}\n- {match: b, name: q, help: 'two', labels: {bb: x}}",
    lines: ["a:1|c", "b:2|c"],
    want: ['q{aa="x"} counter 1', 'q{bb="x"} counter 2'],
  },
  {
    what: "names that escape alike are one series",
    lines: ["a.b:1|c", "a_b:2|c", "a-b:4|c", "a--b:8|c", "g.h:1|g", "g_h:+2|g", "s.t:x|s", "s_t:y|s", "s-t:x|s"],
    want: ["a_b counter 15", "g_h gauge 3", "s_t gauge 2"],
  },
  {
    what: "timers, histograms and distributions of one name are one summary, in seconds",
    rules: "- {match: q.*, name: q, summary_options: {quantiles: [{quantile: 0.5}, {quantile: 1}]}}",
    lines: ["u:100|ms", "u:2|h", "u:3|d", "q.a:100|ms|@0.5", "q.b:2|h", "q.c:3:4|d"],
    want: ["q summary count 5 sum 9.2 0.5: 2 1: 4", "u summary count 3 sum 5.1"],
  },
  {
    what: "and one histogram, each sample under the bounds in its own unit",
    rules: "- {match: q.*, name: q, observer_type: histogram, buckets: [0.1, 1, 5]}",
    lines: ["q.a:2|h|@0.5", "q.b:100|ms", "q.b:100.1|ms", "q.c:1000|ms|@0.25", "q.c:5|d", "q.c:9000|ms"],
    want: ["q histogram count 10 sum 22.2001 le 0.1: 1 le 1: 6 le 5: 9"],
  },
  {
    what: "rules with different scales and units add up under one name",
    rules:
      "- {match: c1, name: c, scale: 2}\n- {match: c2, name: c}\n- {match: g1, name: g, scale: 0.001}\n- {match: g2, name: g}\n- {match: s1, name: s, scale: 1000, buckets: [1]}\n- {match: s2, name: s}",
    lines: ["c1:1|c", "c2:5|c", "g1:500|g", "g2:+1|g", "g1:+500|g", "s1:7|ms", "s2:2000|ms", "s2:0.5|h"],
    want: ["c counter 7", "g gauge 2", "s summary count 3 sum 9.5"],
  },
  {
    what: "gauges that step are scaled as a whole, counters below 0 fall nowhere",
    rules: "- {match: g, name: g, scale: 0.001}\n- {match: n, name: n, scale: -1}",
    lines: ["g:+5|g", "g:-3|g", "g:10|g", "g:+1|g", "n:5|c", "c:-1|c", "c:5|c"],
    want: ["c counter 5", "g gauge 0.011"],
  },
  {
    what: "summaries with a scale of 0 and below",
    rules:
      "- {match: z, name: z, scale: 0, summary_options: {quantiles: [{quantile: 0.5}]}}\n- {match: n, name: n, scale: -1, summary_options: {quantiles: [{quantile: 0}, {quantile: 1}]}}",
    lines: ["z:5|ms", "n:5|h", "n:10|h", "n:30|h"],
    want: ["n summary count 3 sum -45 0: -30 1: -5", "z summary count 1 sum 0 0.5: 0"],
  },
  {
    what: "bounds below 0, an infinite one, and none",
    rules:
      "- {match: a, name: a, observer_type: histogram, histogram_options: {buckets: [-1, -0.5, 0, .inf]}}\n- {match: b, name: b, observer_type: histogram, histogram_options: {buckets: [.inf]}}",
    lines: ["a:-0.7|h", "a:0|h", "a:7|h", "b:0.003|h"],
    want: [
      "a histogram count 3 sum 6.3 le -1: 0 le -0.5: 1 le 0: 2",
      "b histogram count 1 sum 0.003 le 0.005: 1 le 0.01: 1 le 0.025: 1 le 0.05: 1 le 0.1: 1 le 0.25: 1 le 0.5: 1 le 1: 1 le 2.5: 1 le 5: 1 le 10: 1",
    ],
  },
  ...["[1, 0.5]", "[1, 1]", "[.nan]", '["1"]', "[a]", "1", "[1, .inf, 2]", "{a: b}"].map((buckets): OddCase => ({
    what: `${buckets} are no buckets`,
    rules: `- {match: a, name: x, observer_type: histogram, histogram_options: {buckets: ${buckets}}}`,
    lines: [],
    want: refused("bucket"),
  })),
  ...["[{quantile: 1.5}]", "[{quantile: -0.1}]", "[{quantile: .nan}]", "[0.5]", "[{quantil: 0.5}]", "0.5"].map(
    (quantiles): OddCase => ({
      what: `${quantiles} are no quantiles`,
      rules: `- {match: a, name: x, summary_options: {quantiles: ${quantiles}}}`,
      lines: [],
      want: refused("quantile"),
    }),
  ),
  ...["max_age: -5s", "max_age: 1200h", "age_buckets: -1", "age_buckets: 1.5", "age_buckets: 256", "buf_cap: x"].map(
    (option): OddCase => ({
      what: `summary_options with ${option}`,
      rules: `- {match: a, name: x, summary_options: {${option}}}`,
      lines: [],
      want: refused(option.slice(0, option.indexOf(":"))),
    }),
  ),
  {
    what: "old and new places of options, and what the type has no use for",
    rules: `defaults: {timer_type: histogram, buckets: [7], quantiles: [{quantile: 0.3, error: 0.1}], summary_options: {max_age: 500ms}}
mappings:
- {match: a, name: a, quantiles: [{quantile: 0.9, error: 0.01}]}
- {match: b, name: b, observer_type: summary, buckets: [3], summary_options: {max_age: 168h, age_buckets: 200, buf_cap: 7}}
- {match: c, name: c, observer_type: "", match_metric_type: timer}`,
    lines: ["a:1|h", "b:1|h", "c:1|h", "d:1|h"],
    want: [
      "a histogram count 1 sum 1 le 7: 1",
      "b summary count 1 sum 1 0.3: 1",
      "c summary count 1 sum 1 0.3: 1",
      "d histogram count 1 sum 1 le 7: 1",
    ],
  },
  {
    what: "an observer of histograms with options of summaries, by defaults",
    rules: "defaults: {observer_type: histogram}\nmappings:\n- {match: a, name: x, summary_options: {}}",
    lines: [],
    want: refused("histogram with summary_options"),
  },
  {
    what: "drop takes every type, or the one that it names",
    rules: "- {match: a.*, name: x, action: drop}\n- {match: b.*, name: y, action: drop, match_metric_type: counter}",
    lines: ["a.b:1|c", "a.b:2|g", "a.b:3|ms", "b.c:1|c", "b.c:2|g"],
    want: ["b_c gauge 2"],
  },
];
