import { regexRule, refused } from "./mapping-odd.ts";
import type { OddCase } from "./mapping-odd.ts";

/** YAML, of which a mapping has more than one would think. */
export const YAML_CASES: readonly OddCase[] = [
  {
    what: "YAML 1.1 words and numbers are what a label's text says",
    rules: `- match: a
  name: x
  honor_labels: yes
  labels: {aa: on, bb: 0755, cc: 1.50, dd: True, ee: ~, ff: "", gg: 2020-01-01, hh: 1:30, ii: .inf, jj: 1_000, kk: !!str 7}`,
    lines: ["a:1|c"],
    want: ['x{aa="on",bb="0755",cc="1.50",dd="True",gg="2020-01-01",hh="1:30",ii=".inf",jj="1_000",kk="7"} counter 1'],
  },
  {
    what: "numbers of YAML 1.1 scale",
    rules: ["010", "0x10", "0b11", "1_0", ".5", "+5", "1e1", "-2", "~"]
      .map((scale, at) => `- {match: n${at}, name: n${at}, scale: ${scale}}`)
      .join("\n"),
    lines: Array.from({ length: 9 }, (_, at) => `n${at}:1|g`),
    want: [
      "n0 gauge 8",
      "n1 gauge 16",
      "n2 gauge 3",
      "n3 gauge 10",
      "n4 gauge 0.5",
      "n5 gauge 5",
      "n6 gauge 10",
    ].concat(["n7 gauge -2", "n8 gauge 1"]),
  },
  {
    what: "base 60 is no number",
    rules: "- {match: a, name: x, scale: 1:30}",
    lines: [],
    want: refused("scale: 1:30"),
  },
  { what: "a scale that is NaN", rules: "- {match: a, name: x, scale: .nan}", lines: [], want: refused("scale: .nan") },
  { what: "a scale in quotes", rules: "- {match: a, name: x, scale: '2'}", lines: [], want: refused('scale: "2"') },
  { what: "an infinite scale", rules: "- {match: a, name: x, scale: -.inf}", lines: [], want: refused("not finite") },
  {
    what: "a scale of 0 counts as one",
    rules: "- {match: a, name: x, scale: 0}",
    lines: ["a:5|c"],
    want: ["x counter 0"],
  },
  {
    what: "anchors, aliases and merges, of which what a map says itself wins",
    rules: `- &b {match: a, name: q, labels: &l {aa: "1"}, scale: 2}
- {<<: *b, match: b}
- {match: c, name: q, labels: {<<: *l, bb: "2"}}
- {<<: [*b, {ttl: 1h, scale: 9}], match: d, labels: {aa: "0"}}`,
    lines: ["a:1|c", "b:1|c", "c:1|c", "d:1|c"],
    want: ['q{aa="0"} counter 2', 'q{aa="1",bb="2"} counter 1', 'q{aa="1"} counter 4'],
  },
  { what: "a merge of no map", rules: "- {match: a, name: x, <<: 3}", lines: [], want: refused("merges no map") },
  { what: "a merge in quotes", rules: '- {match: a, name: x, "<<": {ttl: 1h}}', lines: [], want: refused('"<<"') },
  { what: "a list that holds itself", rules: "- &a {match: a, name: q, labels: *a}", lines: [], want: refused("deep") },
  {
    what: "of several documents the first one",
    rules: "mappings: [{match: a, name: x}]\n---\n{{{",
    lines: ["a:1|c"],
    want: ["x counter 1"],
  },
  {
    what: "a byte order mark, CRLF and a directive",
    rules: "\uFEFF%YAML 1.1\r\n---\r\nmappings:\r\n- {match: a, name: x}\r\n",
    lines: ["a:1|c"],
    want: ["x counter 1"],
  },
  {
    what: "block texts",
    rules: '- match: >-\n    a\n  name: |-\n    x\n  help: |\n    two\n    lines \\ and "quotes"',
    lines: ["a:1|c"],
    want: ["x counter 1"],
  },
  { what: "an entry of nothing", rules: "- \n- {match: a, name: x}", lines: [], want: refused("no map of keys") },
  { what: "keys in capitals", rules: "- {Match: a, Name: x}", lines: [], want: refused("did you mean match?") },
  { what: "a key twice", rules: "- {match: a, name: x, name: y}", lines: [], want: refused("twice") },
  { what: "a top-level key twice", rules: "mappings: []\nmappings: []", lines: [], want: refused("twice") },
  {
    what: "a ttl without unit, which is over at once",
    rules: "- {match: a, name: x, ttl: 60}\n- {match: b, name: y, ttl: 87600h}",
    lines: ["a:1|c", "b:1|c"],
    want: ["y counter 1"],
  },
  {
    what: "no value behind any key",
    rules:
      "- {match: a, name: x, ttl: , scale: ~, labels: null, observer_type: , histogram_options: , match_metric_type: }",
    lines: ["a:1|ms"],
    want: ["x summary count 1 sum 0.001"],
  },
];

export const MATCH_CASES: readonly OddCase[] = [
  {
    what: "a rule that is the beginning of an earlier one lives",
    rules: "- {match: a.b.c, name: long}\n- {match: a.b, name: short}",
    lines: ["a.b.c:1|c", "a.b:2|c"],
    want: ["long counter 1", "short counter 2"],
  },
  {
    what: "of two equal rules the first one counts, and no other loses its place to the second",
    rules: "- {match: a.*, name: one}\n- {match: '*.b', name: two}\n- {match: a.*, name: three}",
    lines: ["a.b:1|c"],
    want: ["one counter 1"],
  },
  {
    what: "unordered globs are searched completely",
    rules:
      "defaults: {glob_disable_ordering: true}\nmappings:\n- {match: a.a, name: aa}\n- {match: '*.*', name: any, labels: {ll: $1, mm: $2}}\n- {match: a.*.c, name: mid}\n- {match: '*.b.*', name: late}",
    lines: ["a.b:1|c", "a.a:2|c", "a.b.d:4|c", "a.b.c:8|c"],
    want: ["aa counter 2", 'any{ll="a",mm="b"} counter 1', "late counter 4", "mid counter 8"],
  },
  {
    what: "empty segments and characters of every kind are captured",
    rules: "- {match: a.*.c, name: x, labels: {ll: '<$1>'}}",
    lines: ["a..c:1|c", 'a."\\.c:1|c', "a.😀 é.c:1|c", "a.*.c:1|c", "A.b.c:1|c"],
    want: [
      "A_b_c counter 1",
      'x{ll="<"\\>"} counter 1',
      'x{ll="<*>"} counter 1',
      'x{ll="<>"} counter 1',
      'x{ll="<😀 é>"} counter 1',
    ],
  },
  {
    what: "two hundred segments",
    rules: `- {match: "${Array.from({ length: 200 }, () => "*").join(".")}", name: x, labels: {ll: $200}}`,
    lines: [`${Array.from({ length: 200 }, (_, at) => at).join(".")}:1|c`],
    want: ['x{ll="199"} counter 1'],
  },
  ...["a..b", ".a", "a.", "-a", "9a", "a b", "a.-b", "a/b", "é", "a.**", "*."].map((match): OddCase => ({
    what: `${match} is no glob`,
    rules: `- {match: "${match}", name: x}`,
    lines: [],
    want: refused("no glob"),
  })),
  ...[
    "(?=a)",
    "(a)\\1",
    "a++",
    "(?>a)",
    "a\\Z",
    "\\y",
    "a{1001}",
    "((a{100}){100}){100}",
    "[z-a]",
    "\\p{Foo}",
    "(?i",
  ].map((match): OddCase => ({
    what: `${match} is none of RE2`,
    rules: regexRule(match, "name: x"),
    lines: [],
    want: refused("no regular expression of RE2"),
  })),
  {
    what: "regular expressions are not anchored, come behind globs, and the first that fits by type wins",
    rules: [
      regexRule("b", "name: gauges, match_metric_type: gauge"),
      regexRule("B.c$", "name: never"),
      regexRule("(?i)B.(c)", 'name: "x_${1}"'),
      "- {match: a.b.d, name: glob}",
    ].join("\n"),
    lines: ["a.b.c:1|c", "a.b.d:2|c", "a.b.c:4|g", "a.bXC.e:8|c"],
    want: ["gauges gauge 4", "glob counter 2", "x_C counter 8", "x_c counter 1"],
  },
  {
    what: "quotes, classes, names of groups, groups that took no part",
    rules: regexRule(
      "^(?P<nn>[[:alpha:]]+)\\Q.$1\\E(x)?(\\pL)$",
      "name: 'n_${3}${2}_$2', labels: {l1: '${nn}', l2: '$nn$3', l3: '$0', l4: '$$1'}",
    ),
    lines: ["abc.$1é:1|c"],
    want: ['n___{l1="abc",l2="abcé",l3="abc.$1é",l4="$1"} counter 1'],
  },
  {
    what: "a name is matched in time whatever it is",
    rules: regexRule("^(a+)+$", "name: x"),
    lines: [`${"a".repeat(3_000)}b:1|c`],
    want: [`${"a".repeat(3_000)}b counter 1`],
  },
  {
    what: "the host and tags with a # in front are tags like others",
    rules: "- {match: a, name: x, match_tags: {host: web-*, cc: d}, drop_tags: ['h*'], rename_tags: {cc: ee}}",
    lines: ["a:1|c|#host:web-1,#cc:d,h2:x,b:c", "a:2|c|#host:db,cc:d"],
    want: ['a{cc="d",host="db"} counter 2', 'x{b="c",ee="d"} counter 1'],
  },
  {
    what: "tags in names are tags to rules",
    rules: "- {match: a.b, name: x, match_tags: {k: v}}",
    lines: ["a.b#k=v:1|c", "a.b,k=v:2|c", "a[k=v].b:4|c", "a.b:8|c"],
    want: ["a_b counter 8", 'x{k="v"} counter 7'],
  },
];

export const TEMPLATE_CASES: readonly OddCase[] = [
  {
    what: "every reference of globs",
    rules:
      '- {match: "*.*", name: n_$1, labels: {l1: "$2$1", l2: "$$1", l3: "${1", l4: "$1}", l5: "${01}", l6: "$1%", l7: "$1-$10", l8: "$1a", l9: "$", m1: "${2}${1}", m2: "$0", m3: "%s", m4: "$é", m5: "$9999999999x", m6: "$1.$2"}}',
    lines: ["AA.BB:1|c"],
    want: [
      'n_AA{l3="AA",l4="AA",l5="AA",l6="AA%",l7="AA-",l9="$",m1="BBAA",m2="AA.BB",m3="%s",m4="$é",m6="AA.BB"} counter 1',
    ],
  },
  {
    what: "what was captured is not looked at again",
    rules: '- {match: "*.*", name: n, labels: {ll: "${1}${2}"}}',
    lines: ["$2.${1}:1|c"],
    want: ['n{ll="$2${1}"} counter 1'],
  },
  {
    what: "an empty name is shown nowhere",
    rules: '- {match: "t.*", name: "$1_total"}\n- {match: "e.*", name: "$1"}',
    lines: ["t.x:1|c", "e.:1|c", "e.-:2|c", "e.9:4|c", "e.é:8|c"],
    want: ["_ counter 10", "_9 counter 4"],
  },
  ...["n:x", "n-x", "n.x", "n$x", "9n", "${nn}", "n x"].map((name): OddCase => ({
    what: `${name} is no name`,
    rules: `- {match: a, name: "${name}"}`,
    lines: [],
    want: refused("has the name"),
  })),
];
