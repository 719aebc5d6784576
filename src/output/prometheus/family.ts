import type { Series } from "../../model/series.ts";
import type { Shape } from "./shape.ts";

/** What many families have in common: there is one object for all that are alike, since clients that put ids into names make a family of each. */
export interface FamilyTraits {
  readonly shape: Shape;
  /** Only what the text format shows is claimed. */
  readonly isExact: boolean;
  /** A family beside it tells when its series were last updated. */
  readonly hasLastSeen: boolean;
  /** Native histograms where a page has them, all or none, as for the first series: a receiver takes all for what the first is. */
  readonly isNative: boolean;
  /** What a rule said of the first series that was sent by the latest rules; undefined = as the shape says. */
  readonly help: string | undefined;
}

/** What a family is called in all. */
export interface FamilyNames {
  /** The name of the TYPE line. */
  readonly name: string;
  /** The name that its series asked for; differs from `name` where that one was taken. */
  readonly wanted: string;
  /** The name in formats with UTF-8 names. */
  readonly spelled: string;
}

/** What a family is when its first series comes. */
export type FamilyFacts = FamilyNames & FamilyTraits;

/** Series of one name on the page. Freed when its last series is gone. */
export class Family {
  /** Its own, never given again. */
  readonly number: number;
  readonly name: string;
  #traits: FamilyTraits;
  /** Absent where all are one, as nearly always. */
  #names: FamilyNames | undefined;
  /** First and last row of its series (`series-table.ts`), -1 when there is none. */
  first = -1;
  last = -1;
  size = 0;
  /** How many of its series were restored from a file and not sent since. */
  unsent = 0;
  /** Of the latest rules that a series of it was bound by (`epochOf`). */
  epoch: number;

  constructor(number: number, names: FamilyNames, traits: FamilyTraits, epoch: number) {
    this.number = number;
    this.name = names.name;
    this.#traits = traits;
    this.#names = namesUnlike(names);
    this.epoch = epoch;
  }

  get wanted(): string {
    return this.#names?.wanted ?? this.name;
  }

  get spelled(): string {
    return this.#names?.spelled ?? this.name;
  }

  get shape(): Shape {
    return this.#traits.shape;
  }

  get isExact(): boolean {
    return this.#traits.isExact;
  }

  get hasLastSeen(): boolean {
    return this.#traits.hasLastSeen;
  }

  get isNative(): boolean {
    return this.#traits.isNative;
  }

  get help(): string | undefined {
    return this.#traits.help;
  }

  /** The first series that is sent by later rules says what its family is like. */
  renew(spelled: string, traits: FamilyTraits, epoch: number): void {
    this.#names = namesUnlike({ name: this.name, wanted: this.wanted, spelled });
    this.#traits = traits;
    this.epoch = epoch;
  }
}

function namesUnlike({ name, wanted, spelled }: FamilyNames): FamilyNames | undefined {
  return wanted === name && spelled === name ? undefined : { name, wanted, spelled };
}

/** The traits of all families, each once. */
export class TraitsTable {
  readonly #traits = new Map<string, FamilyTraits>();

  of({ shape, isExact, hasLastSeen, isNative, help }: FamilyTraits): FamilyTraits {
    const key = JSON.stringify([shape.key, isExact, hasLastSeen, isNative, help]);
    const known = this.#traits.get(key);
    if (known !== undefined) return known;
    const traits = { shape, isExact, hasLastSeen, isNative, help };
    this.#traits.set(key, traits);
    return traits;
  }
}

/** 1 for the first rules, 1 more each time that they were read again; 0 is left for what an earlier process knew. 16 bits. */
export function epochOf({ epoch = 0 }: Pick<Series, "epoch">): number {
  return Math.min(epoch + 1, 0xffff);
}
