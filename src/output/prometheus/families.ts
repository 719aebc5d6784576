import { assert } from "../../std/assert.ts";
import { Family, TraitsTable } from "./family.ts";
import type { FamilyFacts } from "./family.ts";
import { LAST_SEEN_SUFFIX, lastSeenName } from "./last-seen.ts";
import { exposedName } from "./projection.ts";
import type { Projection } from "./projection.ts";
import type { Shape } from "./shape.ts";

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
  readonly #traits = new TraitsTable();
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
   * is taken by another shape, conventional naming tries `<base>_<kind>`; exact naming refuses. Some families keep no name from
   * a series (`givesWay`): where the answer's holder is such a one, remove it and ask again.
   */
  resolve(projection: Projection, epoch: number): Resolution {
    const { base, name, kind, shape, isExact } = projection;
    const known = this.#knownAs(name, shape);
    if (known !== undefined) {
      if (epoch > known.epoch) known.renew(spelledAs(known.name, projection), this.#traits.of(projection), epoch);
      return { family: known, holder: undefined };
    }
    const holder = this.#holderOf(name, projection);
    if (holder === undefined) return { family: this.#makeFor(name, projection, epoch), holder };
    if (isExact || givesWay(holder, projection, epoch)) return { family: undefined, holder };
    const other = exposedName(`${base}_${kind}`, shape, "conventional");
    const second = this.#holderOf(other, projection);
    if (second === undefined) return { family: this.#makeFor(other, projection, epoch), holder };
    return { family: undefined, holder: givesWay(second, projection, epoch) ? second : holder };
  }

  /** The family as it was in an earlier process; undefined where one of its names is another's now. */
  restore(facts: FamilyFacts): Family | undefined {
    const known = this.#knownAs(facts.wanted, facts.shape);
    if (known !== undefined) return known.name === facts.name ? known : undefined;
    return this.#holderOf(facts.name, facts) === undefined ? this.#make(facts, 0) : undefined;
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

  #makeFor(name: string, projection: Projection, epoch: number): Family {
    return this.#make({ ...projection, name, wanted: projection.name, spelled: spelledAs(name, projection) }, epoch);
  }

  #make(facts: FamilyFacts, epoch: number): Family {
    const { name, wanted, shape } = facts;
    const family = new Family(++this.made, facts, this.#traits.of(facts), epoch);
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

/**
 * True for a family that is there only because it was restored from a file, and for a summary where rules that were read again say
 * that this name is a histogram, or the other way round: nobody has sent a series of it by these rules.
 */
export function givesWay(
  { size, unsent, name, shape, epoch: known }: Family,
  wish: Pick<Projection, "name" | "shape">,
  epoch: number,
): boolean {
  if (size > 0 && unsent === size) return true;
  return epoch > known && name === wish.name && shape.cell === "histogram" && wish.shape.cell === "histogram";
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
