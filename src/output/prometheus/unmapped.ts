import type { Kind } from "../../model/kind.ts";
import type { Series } from "../../model/series.ts";
import type { UnmappedName, UnmappedReport } from "../../model/unmapped.ts";

/** A page of them is as much as anybody writes rules for. */
const NAMES_MAX = 1_000;
/** Names come from the network. */
const NAME_LENGTH_MAX = 200;

interface Entry {
  readonly name: string;
  readonly kind: Kind;
  series: number;
  /** Of the rules that had none for it when it was bound last. */
  epoch: number;
}

/** Names for which there was no rule: what a person who writes a mapping wants to know. Bounded, first come first served. */
export class Unmapped {
  readonly #names = new Map<string, Entry>();
  #beyond = 0;

  /** A series was bound. One that a rule fits may have been here before the rules were read again. */
  note({ name, kind, prometheus, epoch = 0 }: Pick<Series, "name" | "kind" | "prometheus" | "epoch">): void {
    const shown = name.slice(0, NAME_LENGTH_MAX);
    const key = `${kind} ${shown}`;
    const known = this.#names.get(key);
    if (prometheus === undefined || prometheus.rule >= 0) {
      // By the same rules, other tags of the name may still have none.
      if (known !== undefined && known.epoch < epoch) this.#names.delete(key);
    } else if (known !== undefined) {
      known.series += 1;
      known.epoch = epoch;
    } else if (this.#names.size < NAMES_MAX) this.#names.set(key, { name: shown, kind, series: 1, epoch });
    else this.#beyond += 1;
  }

  report(): UnmappedReport {
    const names: UnmappedName[] = [...this.#names.values()].map(({ epoch: _epoch, ...entry }) => entry);
    return { names: names.sort((left, right) => right.series - left.series), beyond: this.#beyond };
  }
}
