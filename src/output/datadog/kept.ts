import type { Special } from "../../model/event.ts";

type KeptSpecial = Exclude<Special, { readonly type: "timestamped" | "exemplar" }>;

/** Events and service checks, the newest of each, until there is a route that sends them. */
export class Kept {
  readonly #lists: Readonly<Record<KeptSpecial["type"], KeptSpecial[]>> = { event: [], service_check: [] };
  readonly #countMax: number;
  #forgotten = 0;

  constructor(countMax: number) {
    this.#countMax = countMax;
  }

  add(special: KeptSpecial): void {
    const list = this.#lists[special.type];
    list.push(special);
    if (list.length <= this.#countMax) return;
    list.shift();
    this.#forgotten++;
  }

  counts(): { events_kept: number; service_checks_kept: number; specials_forgotten: number } {
    return {
      events_kept: this.#lists.event.length,
      service_checks_kept: this.#lists.service_check.length,
      specials_forgotten: this.#forgotten,
    };
  }
}
