/** A mapping and lines of a kind that nobody writes on purpose, and what comes of them. */
export interface OddCase {
  readonly what: string;
  /** Rules, as a list; a whole file where it begins with a word. Undefined: none. */
  readonly rules?: string;
  readonly flags?: Readonly<Record<string, unknown>>;
  readonly lines: readonly string[];
  /** The page, a line for each series (`seriesTexts`); or a part of why the rules are refused. */
  readonly want: readonly string[] | { readonly refused: string };
}

/** Rules that are refused, with a part of why. */
export const refused = (why: string): OddCase["want"] => ({ refused: why });
/** A rule with a regular expression. */
export const regexRule = (match: string, rest: string): string => `- {match: '${match}', match_type: regex, ${rest}}`;
