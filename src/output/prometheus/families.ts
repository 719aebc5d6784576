import { assert } from "../../std/assert.ts";
import { LAST_SEEN_SUFFIX, lastSeenName } from "./last-seen.ts";
import { exposedName } from "./projection.ts";
import type { Projection } from "./projection.ts";
import type { Shape } from "./shape.ts";

/** Series of one name on the page. Freed when its last series is gone. */
export interface Family {
  /** Its own, never given again. */
  readonly number: number;
  /** The name of the TYPE line. */
  readonly name: string;
  /** The name that its series asked for; differs from `name` where that one was taken. */
  readonly wanted: string;
  /** What a rule said of the first series that was sent; undefined = as the shape says. */
  help: string | undefined;
  /** Only what the text format shows is claimed. */
  readonly isExact: boolean;
  /** Native histograms where a page has them, all or none, as for the first series: a receiver takes all for what the first is. */
  isNative: boolean;
  /** A family beside it tells when its series were last updated. */
  readonly hasLastSeen: boolean;
  /** The name in formats with UTF-8 names. */
  spelled: string;
  readonly shape: Shape;
  /** First and last row of its series (`series-table.ts`), -1 when there is none. */
  first: number;
  last: number;
  size: number;
  /** How many of its series were restored from a file and not sent since. */
  unsent: number;
}

/** What a family is when its first series comes. */
export type FamilyFacts = Pick<
  Family,
  "name" | "wanted" | "help" | "isExact" | "isNative" | "hasLastSeen" | "spelled" | "shape"
>;

/** The answer to a series that asks for a family. */
export interface Resolution {
  /** Undefined = refused. */
  readonly family: Family | undefined;
  /** The family whose name stood in the way, if one did and this is the first time that it matters. */
  readonly holder: Family | undefined;
}

/**
 * Which family owns which sample name. A page is invalid when two families share a sample name, and one invalid line
 * loses the whole scrape, so every name that a family can ever show, in any format, is claimed when it is made:
 *
 *     counter hits_total        hits_total, and hits (its name in OpenMetrics) and hits_created
 *     gauge   depth             depth
 *     summary wait_seconds      wait_seconds, wait_seconds_sum, wait_seconds_count, wait_seconds_created
 *
 * With exact naming only what the text format shows is claimed, as in statsd_exporter; formats that need more names
 * must do without them.
 */
export class Families {
  /**
   * By the name of the TYPE line. What else a family claims follows from that name, so it is looked for and not kept: clients
   * that put ids into names make a family of each, and four more strings would cost more than the series itself.
   */
  readonly #byName = new Map<string, Family>();
  /** Those that are not called what their series ask for, by what these ask for. */
  readonly #renamed = new Map<string, Family>();
  /** Families made so far: the number of the latest. */
  made = 0;
  /** Families that were released so far. */
  released = 0;

  get size(): number {
    return this.#byName.size;
  }

  /** In the order that they were made. */
  values(): IterableIterator<Family> {
    return this.#byName.values();
  }

  /**
   * The family for a projection: the one that was made for the same name and shape before, or a new one. Where the name
   * is taken by another shape, conventional naming tries `<base>_<kind>`; exact naming refuses. A family of which nobody has
   * sent a series yet keeps no name from one that is sent: where the answer's holder is such a one, remove it and ask again.
   */
  resolve(projection: Projection): Resolution {
    const { base, name, kind, shape, isExact } = projection;
    const known = this.#knownAs(name, shape);
    if (known !== undefined) return { family: isUnsent(known) ? renewed(known, projection) : known, holder: undefined };
    const holder = this.#holderOf(name, projection);
    if (holder === undefined) return { family: this.#makeFor(name, projection), holder };
    if (isExact || isUnsent(holder)) return { family: undefined, holder };
    const other = exposedName(`${base}_${kind}`, shape, "conventional");
    const second = this.#holderOf(other, projection);
    if (second !== undefined) return { family: undefined, holder: isUnsent(second) ? second : holder };
    return { family: this.#makeFor(other, projection), holder };
  }

  /** The family as it was in an earlier process; undefined where one of its names is another's now. */
  restore(facts: FamilyFacts): Family | undefined {
    const known = this.#knownAs(facts.wanted, facts.shape);
    if (known !== undefined) return known.name === facts.name ? known : undefined;
    return this.#holderOf(facts.name, facts) === undefined ? this.#make(facts) : undefined;
  }

  /** Gives the names of an empty family back. */
  release(family: Family): void {
    assert(family.size === 0, "a family is released only when it has no series left");
    this.released += 1;
    this.#byName.delete(family.name);
    if (family.wanted !== family.name) this.#renamed.delete(identityOf(family.wanted, family.shape));
  }

  /** True where no other family has a right to a sample name. */
  isFreeFor(family: Family, name: string): boolean {
    return (this.#ownerOf(name) ?? family) === family;
  }

  #makeFor(name: string, projection: Projection): Family {
    return this.#make({ ...projection, name, wanted: projection.name, spelled: spelledAs(name, projection) });
  }

  #make({ name, wanted, spelled, shape, help, isExact, isNative, hasLastSeen }: FamilyFacts): Family {
    const family: Family = {
      number: ++this.made,
      name,
      wanted,
      spelled,
      shape,
      help,
      isExact,
      isNative,
      hasLastSeen,
      first: -1,
      last: -1,
      size: 0,
      unsent: 0,
    };
    this.#byName.set(name, family);
    if (wanted !== name) this.#renamed.set(identityOf(wanted, shape), family);
    return family;
  }

  #knownAs(wanted: string, shape: Shape): Family | undefined {
    const family = this.#byName.get(wanted);
    const isIt = family?.wanted === wanted && family.shape.key === shape.key;
    return isIt ? family : this.#renamed.get(identityOf(wanted, shape));
  }

  #holderOf(name: string, wish: Pick<Family, "shape" | "isExact" | "hasLastSeen">): Family | undefined {
    for (const claim of claimsOf(name, wish)) {
      const owner = this.#ownerOf(claim);
      if (owner !== undefined) return owner;
    }
    return undefined;
  }

  /** The family that claims a sample name: one of the few that could, by their names. */
  #ownerOf(claim: string): Family | undefined {
    for (const name of namesWithClaim(claim)) {
      const family = this.#byName.get(name);
      if (family !== undefined && claimsOf(name, family).includes(claim)) return family;
    }
    return undefined;
  }
}

/** True for a family that is there only because it was restored. */
export function isUnsent({ size, unsent }: Family): boolean {
  return size > 0 && unsent === size;
}

/** The first series that is sent says what its family is like; what was restored may be of other rules. */
function renewed(family: Family, projection: Projection): Family {
  family.help = projection.help;
  family.isNative = projection.isNative;
  family.spelled = spelledAs(family.name, projection);
  return family;
}

function spelledAs(name: string, { base, spelledBase }: Projection): string {
  return spelledBase === base ? name : spelledBase + name.slice(base.length);
}

function claimsOf(
  name: string,
  { shape, isExact, hasLastSeen }: Pick<Family, "shape" | "isExact" | "hasLastSeen">,
): string[] {
  const claims = [name, ...shape.derived.map((suffix) => name + suffix)];
  if (hasLastSeen) claims.push(lastSeenName(name));
  if (isExact) return claims;
  const openMetricsName = shape.type === "counter" ? name.slice(0, -"_total".length) : name;
  if (shape.type === "counter") claims.push(openMetricsName);
  if (shape.type !== "gauge") claims.push(`${openMetricsName}_created`);
  return claims;
}

/** What a family must be called to have `claim` among its claims: `claimsOf`, backwards. */
function namesWithClaim(claim: string): string[] {
  const names = [claim, `${claim}_total`];
  for (const suffix of ["_sum", "_count", "_bucket", LAST_SEEN_SUFFIX]) {
    if (claim.endsWith(suffix)) names.push(claim.slice(0, -suffix.length));
  }
  if (claim.endsWith("_created")) {
    const stem = claim.slice(0, -"_created".length);
    names.push(stem, `${stem}_total`);
  }
  return names;
}

function identityOf(name: string, shape: Shape): string {
  return `${name} ${shape.key}`;
}
