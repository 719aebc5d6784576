import type { Event, ServiceCheck, Special } from "../../model/event.ts";

/** What is said of when and where, whether its sender said it or not. */
interface Dated {
  /** Unix seconds. */
  readonly timestamp: number;
  /** "" = explicitly none. */
  readonly hostname: string;
}
export type DatedEvent = Event & Dated;
export type DatedCheck = ServiceCheck & Dated;

export interface SpecialsSettings {
  /** Host of those that name none. */
  readonly hostname: string;
  /** Most events, and most service checks, between two flushes. */
  readonly specialsMax: number;
}

/** Events and service checks between two flushes. */
export class Specials {
  #events: DatedEvent[] = [];
  #checks: DatedCheck[] = [];
  readonly #settings: SpecialsSettings;

  constructor(settings: SpecialsSettings) {
    this.#settings = settings;
  }

  /** False where there is no room for another one. `nowSeconds` is its time where it says none, in Unix seconds. */
  add(special: Extract<Special, { readonly type: "event" | "service_check" }>, nowSeconds: number): boolean {
    const { length } = special.type === "event" ? this.#events : this.#checks;
    if (length >= this.#settings.specialsMax) return false;
    if (special.type === "event") this.#events.push(this.#date(special.event, nowSeconds));
    else this.#checks.push(this.#date(special.check, nowSeconds));
    return true;
  }

  counts(): { events_kept: number; service_checks_kept: number } {
    return { events_kept: this.#events.length, service_checks_kept: this.#checks.length };
  }

  /** Those that came since the last call. */
  take(): { readonly events: readonly DatedEvent[]; readonly checks: readonly DatedCheck[] } {
    const taken = { events: this.#events, checks: this.#checks };
    this.#events = [];
    this.#checks = [];
    return taken;
  }

  #date<Sent extends Event | ServiceCheck>(sent: Sent, nowSeconds: number): Sent & Dated {
    const { timestamp, hostname } = sent;
    return { ...sent, timestamp: timestamp ?? nowSeconds, hostname: hostname ?? this.#settings.hostname };
  }
}
