import { nearest } from "../../std/nearest.ts";
import { compilePattern } from "./pattern.ts";
import type { MatchType } from "./pattern.ts";

/** A rule of a profile, checked; plain data, crosses to the shard threads. */
export interface ProfileRule {
  readonly match: string;
  readonly matchType: MatchType;
  /** Templates; see `template.ts`. */
  readonly name: string;
  readonly tags: readonly (readonly [key: string, value: string])[];
}

/** A profile of the Agent's DogStatsD mapper, checked: rules for the names that start with `prefix`. */
export interface Profile {
  readonly name: string;
  /** `*` = every name. */
  readonly prefix: string;
  readonly rules: readonly ProfileRule[];
}

/** What is wrong with the profiles, where, and what to do. */
export interface ProfileProblem {
  /** `profile "airflow", mapping 2 ("airflow.*")`. */
  readonly where: string;
  readonly problem: string;
  readonly remedy: string;
  /** True where the profile is not used because of it; a word that means nothing is only told. */
  readonly isRefused: boolean;
}

export interface ProfilesRead {
  /** Those without a fault, in their order. */
  readonly profiles: readonly Profile[];
  readonly problems: readonly ProfileProblem[];
}

/** Mappings of all profiles together; each new name may be held against all of them. */
const MAPPINGS_MAX = 10_000;
const ALL = "the mapper profiles";
const PROFILE_KEYS = ["name", "prefix", "mappings"];
const MAPPING_KEYS = ["match", "match_type", "name", "tags"];

type Fields = Readonly<Record<string, unknown>>;

/** Stops the reading of one profile. */
class Refusal extends Error {}

/**
 * Reads `dogstatsd_mapper_profiles` as YAML or JSON gives it, or as JSON text. What the Agent refuses is refused, but
 * only the profile that has the fault: the Agent turns its whole mapper off. A profile with one bad mapping is refused
 * as a whole, because without that mapping its names would fall to the wrong one.
 */
export function readProfiles(given: unknown): ProfilesRead {
  return new ProfileReader().read(given);
}

class ProfileReader {
  readonly #profiles: Profile[] = [];
  readonly #problems: ProfileProblem[] = [];
  #mappings = 0;

  read(given: unknown): ProfilesRead {
    this.#attempt(ALL, () => {
      const list = typeof given === "string" ? parseJson(given) : given;
      if (!Array.isArray(list)) refuse(ALL, "are not a list", "write [{name: …, prefix: …, mappings: […]}]");
      for (const [index, profile] of (list as unknown[]).entries()) {
        this.#attempt(`profile ${index + 1}`, (where) => this.#profiles.push(this.#readProfile(profile, where)));
      }
    });
    return { profiles: this.#profiles, problems: this.#problems };
  }

  #attempt(where: string, read: (where: string) => void): void {
    try {
      read(where);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.#problems.push(error.cause as ProfileProblem);
    }
  }

  #readProfile(given: unknown, at: string): Profile {
    const fields = fieldsOf(given, at, "write name, prefix and mappings");
    const name = textOf(fields["name"]);
    if (name === "") refuse(at, "has no name", "give it a name, so that messages can call it by it");
    const where = `profile ${JSON.stringify(name)}`;
    this.#tellUnknown(fields, PROFILE_KEYS, where);
    const prefix = textOf(fields["prefix"]);
    if (prefix === "") refuse(where, "has no prefix", "write what its names start with, or '*' for every name");
    const mappings = fields["mappings"] ?? [];
    if (!Array.isArray(mappings)) return refuse(where, "has mappings that are no list", "write [{match: …, name: …}]");
    this.#mappings += mappings.length;
    if (this.#mappings > MAPPINGS_MAX) {
      refuse(where, `goes beyond ${MAPPINGS_MAX} mappings in all`, "join mappings with * or a regex");
    }
    return {
      name,
      prefix,
      rules: mappings.map((mapping: unknown, index) => this.#readRule(mapping, where, index + 1)),
    };
  }

  #readRule(given: unknown, profile: string, number: number): ProfileRule {
    const at = `${profile}, mapping ${number}`;
    const fields = fieldsOf(given, at, "write match and name, and perhaps match_type and tags");
    const match = textOf(fields["match"]);
    const where = match === "" ? at : `${at} (${JSON.stringify(match)})`;
    this.#tellUnknown(fields, MAPPING_KEYS, where);
    const matchType = textOf(fields["match_type"]) || "wildcard";
    if (matchType !== "wildcard" && matchType !== "regex") {
      return refuse(where, `has the match_type ${JSON.stringify(matchType)}`, "write wildcard or regex");
    }
    const name = textOf(fields["name"]);
    if (name === "")
      refuse(where, "has no name", "write what a matching metric is called, for example 'app.job' or 'app.$1'");
    if (match === "") refuse(where, "has no match", "write a pattern, for example 'app.*.job'");
    const pattern = compilePattern(match, matchType);
    if (!pattern.ok) refuse(where, pattern.error.problem, pattern.error.remedy);
    const tags = Object.entries(fieldsOf(fields["tags"] ?? {}, `the tags of ${where}`, "write {key: '$1'}"));
    return { match, matchType, name, tags: tags.map(([key, value]) => [key, textOf(value)] as const) };
  }

  #tellUnknown(fields: Fields, known: readonly string[], where: string): void {
    for (const key of Object.keys(fields).filter((name) => !known.includes(name))) {
      const guess = nearest(key, known);
      this.#problems.push({
        where,
        problem: `has an unknown key ${JSON.stringify(key)}; it is passed over`,
        remedy: guess === undefined ? `known here: ${known.join(", ")}` : `did you mean ${guess}?`,
        isRefused: false,
      });
    }
  }
}

function refuse(where: string, problem: string, remedy: string): never {
  throw new Refusal(problem, { cause: { where, problem, remedy, isRefused: true } satisfies ProfileProblem });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    return refuse(
      ALL,
      `are not valid JSON: ${(error as Error).message}`,
      'write [{"name": …, "prefix": …, "mappings": […]}]',
    );
  }
}

function fieldsOf(given: unknown, where: string, remedy: string): Fields {
  return typeof given === "object" && given !== null && !Array.isArray(given)
    ? (given as Fields)
    : refuse(where, "is no map of keys", remedy);
}

/** Text as YAML gives it; a number or a truth value is what was written. */
function textOf(given: unknown): string {
  return typeof given === "string" || typeof given === "number" || typeof given === "boolean" ? String(given) : "";
}

/** A problem as one line for the log and the status. */
export function tellProblem({ where, problem, remedy, isRefused }: ProfileProblem): string {
  return `${where} ${problem}; remedy: ${remedy}${isRefused ? " (refused; everything else goes on)" : ""}`;
}
