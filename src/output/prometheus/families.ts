import { assert } from "../../std/assert.ts";
import { lastSeenName } from "./last-seen.ts";
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
  /** What a rule said of the first series; undefined = as the shape says. */
  readonly help: string | undefined;
  /** Only what the text format shows is claimed. */
  readonly isExact: boolean;
  /** Native histograms where a page has them, all or none, as for the first series: a receiver takes all for what the first is. */
  readonly isNative: boolean;
  /** A family beside it tells when its series were last updated. */
  readonly hasLastSeen: boolean;
  /** The name in formats with UTF-8 names. */
  readonly spelled: string;
  readonly shape: Shape;
  /** First and last row of its series (`series-table.ts`), -1 when there is none. */
  first: number;
  last: number;
  size: number;
}

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
  readonly #owners = new Map<string, Family>();
  readonly #byIdentity = new Map<string, Family>();
  /** Families made so far: the number of the latest. */
  made = 0;
  /** Families that were released so far. */
  released = 0;

  get size(): number {
    return this.#byIdentity.size;
  }

  /** In the order that they were made. */
  values(): IterableIterator<Family> {
    return this.#byIdentity.values();
  }

  /**
   * The family for a projection: the one that was made for the same name and shape before, or a new one. Where the name
   * is taken by another shape, conventional naming tries `<base>_<kind>`; exact naming refuses.
   */
  resolve(projection: Projection): Resolution {
    const { base, name, kind, shape, isExact } = projection;
    const known = this.#byIdentity.get(identityOf(name, shape));
    if (known !== undefined) return { family: known, holder: undefined };
    const holder = this.#holderOf(name, projection);
    if (holder === undefined) return { family: this.#make(name, projection), holder };
    if (isExact) return { family: undefined, holder };
    const other = exposedName(`${base}_${kind}`, shape, "conventional");
    const free = this.#holderOf(other, projection) === undefined;
    return { family: free ? this.#make(other, projection) : undefined, holder };
  }

  /** Gives the names of an empty family back. */
  release(family: Family): void {
    assert(family.size === 0, "a family is released only when it has no series left");
    this.released += 1;
    for (const claim of claimsOf(family.name, family)) this.#owners.delete(claim);
    this.#byIdentity.delete(identityOf(family.wanted, family.shape));
  }

  /** True where no other family has a right to a sample name. */
  isFreeFor(family: Family, name: string): boolean {
    return (this.#owners.get(name) ?? family) === family;
  }

  #make(name: string, projection: Projection): Family {
    const { name: wanted, base, spelledBase, shape, help, isExact, isNative, hasLastSeen } = projection;
    const number = ++this.made;
    const spelled = spelledBase + name.slice(base.length);
    const list = { first: -1, last: -1, size: 0 };
    const family: Family = { number, name, wanted, spelled, shape, help, isExact, isNative, hasLastSeen, ...list };
    for (const claim of claimsOf(name, family)) this.#owners.set(claim, family);
    this.#byIdentity.set(identityOf(wanted, shape), family);
    return family;
  }

  #holderOf(name: string, projection: Projection): Family | undefined {
    for (const claim of claimsOf(name, projection)) {
      const owner = this.#owners.get(claim);
      if (owner !== undefined) return owner;
    }
    return undefined;
  }
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

function identityOf(name: string, shape: Shape): string {
  return `${name} ${shape.key}`;
}
