/** What a case comes to here, where it comes to something else than in statsd_exporter. */
export interface Difference {
  readonly why: string;
  /** What the page differs in, as `differences` tells it; "accepted" where a refused configuration is taken. */
  readonly instead: readonly string[] | "accepted";
}

const UNKNOWN_FIELDS = "Fields that are not known are passed over: later versions of DogStatsD add some.";
const WHOLE_LINE = "A line with several values is used as a whole or not at all, and the reason is told.";
const EXACT_WEIGHTS = "A sampled value weighs 1 / rate, and not a whole number below it.";
const SUPERSET = "Taken on purpose; what statsd_exporter refuses is no mapping of its users.";

/** Every case that differs on purpose, by its id. */
export const DIFFERENCES: ReadonlyMap<string, Difference> = new Map<string, Difference>([
  [
    "line-counter-sampling-gt1",
    { why: "A rate outside (0, 1] is taken as 1.", instead: ["foo{} value is 1, should be 0.5"] },
  ],
  ["line-counter-sampling-negative", { why: "A rate outside (0, 1] is taken as 1.", instead: ["foo{} is there"] }],
  [
    "line-counter-sampling-twice-compounds",
    { why: "The last rate of a line counts.", instead: ["foo{} value is 10, should be 100"] },
  ],
  [
    "line-timer-sampling-truncates-015",
    {
      why: EXACT_WEIGHTS,
      instead: ["foo{} count is 7, should be 6", "foo{} sum is 0.006666666666666667, should be 0.006"],
    },
  ],
  [
    "line-counter-negative-dropped",
    { why: "The series is there with 0; what it was asked to fall by is counted.", instead: ["foo{} is there"] },
  ],
  ["line-trailing-pipe", { why: UNKNOWN_FIELDS, instead: ["foo{} is there"] }],
  ["line-unknown-component", { why: UNKNOWN_FIELDS, instead: ["foo{} is there"] }],
  ["line-seven-components", { why: UNKNOWN_FIELDS, instead: ['foo{container_id="container",tag1="value"} is there'] }],
  ["line-type-trailing-cr", { why: "A line may end in CR LF.", instead: ["foo{} is there"] }],
  [
    "line-tag-trailing-cr-kept",
    { why: "A line may end in CR LF.", instead: ['foo{a="b\\r"} is missing', 'foo{a="b"} is there'] },
  ],
  ["line-hexfloat", { why: "Numbers are decimal, as in every other server.", instead: ["foo{} is missing"] }],
  ["line-multi-sample-one-bad", { why: WHOLE_LINE, instead: ["foo{} is missing"] }],
  ["ext-one-bad-value", { why: WHOLE_LINE, instead: ["foo{} is missing"] }],
  [
    "ext-gauge-rejected",
    {
      why: "DogStatsD 1.1 packs values of every type but sets.",
      instead: ['foo_gauge{tag1="bar",tag2="baz"} is there'],
    },
  ],
  [
    "tag-dog-two-sections-merge",
    {
      why: "As in the Agent, the last tag section counts.",
      instead: ['foo{a="b",c="d"} is missing', 'foo{c="d"} is there'],
    },
  ],
  [
    "tag-mixed-librato-dog",
    {
      why: "Both kinds of tags count, and such lines are counted as mixed; statsd_exporter loses the sample.",
      instead: ['foo{tag1="foo",tag2="baz",tag3="bing"} is there'],
    },
  ],
  [
    "flag-no-dog-mixed-still-rejected",
    { why: "A section that is not read is no second kind of tags.", instead: ['foo{tag1="foo"} is there'] },
  ],
  [
    "dog12-container-id-without-tags",
    { why: "statsd_exporter loses the sample.", instead: ['foo{container_id="abc123"} is there'] },
  ],
  [
    "glob-literal-star-in-metric",
    { why: "A star in a name is a character.", instead: ["nn{} is missing", 'nn{lbl="*"} is there'] },
  ],
  [
    "conflict-summary-then-bucket-overrejects",
    { why: "A summary has no buckets, so that the name is free.", instead: ["x_bucket{} is there"] },
  ],
  ["cfgerr-legacy-defaults-quantiles", { why: "Old configurations work, with a warning.", instead: "accepted" }],
  ["cfgerr-label-one-char", { why: SUPERSET, instead: "accepted" }],
  ["cfgerr-match-partial-star", { why: SUPERSET, instead: "accepted" }],
]);
