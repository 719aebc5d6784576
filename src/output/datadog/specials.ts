import type { Event, ServiceCheck, Special } from "../../model/event.ts";

/** With its time, and with the host that it is sent under. */
export type DatedEvent = Event & { readonly timestamp: number; readonly hostname: string };
export type DatedCheck = ServiceCheck & { readonly timestamp: number; readonly hostname: string };

export interface SpecialsSettings {
  /** Host of those that name none. */
  readonly hostname: string;
  /** Most events, and most service checks, between two flushes. */
  readonly specialsMax: number;
}

/** Events and service checks, between two flushes. Which of them came is told by the core: they are not aggregated. */
export class Specials {
  #events: DatedEvent[] = [];
  #checks: DatedCheck[] = [];
  readonly #settings: SpecialsSettings;

  constructor(settings: SpecialsSettings) {
    this.#settings = settings;
  }

  /** False where there is no room for another one. `nowSeconds` is its time where it says none, in Unix seconds. */
  add(special: Extract<Special, { readonly type: "event" | "service_check" }>, nowSeconds: number): boolean {
    const { hostname, specialsMax } = this.#settings;
    const list = special.type === "event" ? this.#events : this.#checks;
    if (list.length >= specialsMax) return false;
    const dated = <Sent extends Event | ServiceCheck>(sent: Sent): Sent & { timestamp: number; hostname: string } => ({
      ...sent,
      timestamp: sent.timestamp ?? nowSeconds,
      hostname: sent.hostname ?? hostname,
    });
    if (special.type === "event") this.#events.push(dated(special.event));
    else this.#checks.push(dated(special.check));
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
}
