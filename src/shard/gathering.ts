import type { Special } from "../model/event.ts";
import type { Definition } from "../model/series.ts";
import type { RejectExample } from "../model/status.ts";
import {
  DEFINITIONS_PART_MAX,
  DEFINITIONS_PART_TAGS,
  REJECTS_MAX,
  SPECIALS_BYTES_MAX,
  SPECIALS_MAX,
  SPECIALS_PART_BYTES,
} from "./limits.ts";

/** A piece of what has gathered. */
export interface Gathered {
  readonly definitions: readonly Definition[];
  readonly specials: readonly Special[];
  readonly rejects: readonly RejectExample[];
}

/** Hands definitions over at once, without a drain. */
export type Announce = (definitions: readonly Definition[]) => void;

/**
 * What gathers for the main thread beside numbers, until drains take it: in its order, and in pieces that are each quick to hand
 * over. A flood of new names makes a hundred thousand definitions between two drains. They need not wait for the next one: what
 * waited a second would be old by then to the garbage collector, which leaves it in the heap for minutes.
 */
export class Gathering {
  readonly #announce: Announce | undefined;
  #definitions: Definition[] = [];
  #definitionTags = 0;
  #specials: { readonly special: Special; readonly bytes: number }[] = [];
  #specialBytes = 0;
  #rejects: RejectExample[] = [];
  /** Definitions and specials that ever came, and those of them that were taken. */
  added = 0;
  taken = 0;

  /** With `announce` whole pieces of definitions do not wait for a drain. */
  constructor(announce?: Announce) {
    this.#announce = announce;
  }

  define(definition: Definition): void {
    this.#definitions.push(definition);
    this.#definitionTags += tagsOf(definition);
    this.added++;
    const isPiece = this.#definitions.length >= DEFINITIONS_PART_MAX || this.#definitionTags >= DEFINITIONS_PART_TAGS;
    if (this.#announce !== undefined && isPiece) this.#announce(this.#takeDefinitions());
  }

  /** `bytes`: of the line. False where there is no room for it. */
  add(special: Special, bytes: number): boolean {
    const isFull = this.#specials.length >= SPECIALS_MAX || this.#specialBytes + bytes > SPECIALS_BYTES_MAX;
    if (isFull) return false;
    this.#specials.push({ special, bytes });
    this.#specialBytes += bytes;
    this.added++;
    return true;
  }

  get hasRoomForReject(): boolean {
    return this.#rejects.length < REJECTS_MAX;
  }

  addReject(example: RejectExample): void {
    this.#rejects.push(example);
  }

  /** True where one `take` would not take everything. */
  get isMoreThanPiece(): boolean {
    return this.#definitionsInPiece() < this.#definitions.length || this.#specialsInPiece() < this.#specials.length;
  }

  take(): Gathered {
    const definitions = this.#takeDefinitions();
    const parted = this.#specials.splice(0, this.#specialsInPiece());
    for (const { bytes } of parted) this.#specialBytes -= bytes;
    this.taken += parted.length;
    const rejects = this.#rejects;
    this.#rejects = [];
    return { definitions, specials: parted.map(({ special }) => special), rejects };
  }

  #takeDefinitions(): Definition[] {
    const definitions = this.#definitions.splice(0, this.#definitionsInPiece());
    for (const definition of definitions) this.#definitionTags -= tagsOf(definition);
    this.taken += definitions.length;
    return definitions;
  }

  #definitionsInPiece(): number {
    return pieceOf(this.#definitions, tagsOf, DEFINITIONS_PART_TAGS);
  }

  #specialsInPiece(): number {
    return pieceOf(this.#specials, ({ bytes }) => bytes, SPECIALS_PART_BYTES);
  }
}

function tagsOf({ series }: Definition): number {
  return series.tags.length;
}

/** How many items come next, of so much weight in all: at least one where there are any. */
function pieceOf<Item>(items: readonly Item[], weightOf: (item: Item) => number, weightMax: number): number {
  let weight = 0;
  const end = items.findIndex((item, index) => {
    weight += weightOf(item);
    return index > 0 && (weight > weightMax || index >= DEFINITIONS_PART_MAX);
  });
  return end < 0 ? items.length : end;
}
