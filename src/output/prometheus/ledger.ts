import type { NameConflict } from "../../model/status.ts";

/** Why a series, or something else that arrived, is not on the page. */
export const DROP_REASONS = [
  /** Series whose name belongs to a series of another type, and no other name was free. */
  "type_conflict",
  /** Series whose name and labels exist with other bounds, or with a scale that no factor leads to. */
  "layout_conflict",
  /** Samples of series in whose place there is another one by rules that were read again, until their shard has heard of it. */
  "superseded",
  /** Series beyond the limit for which there was no overflow series either. */
  "series_limit",
  /** Series for which the tally had no memory left. */
  "memory",
  /** Series without a name, or whose rule gave them none. */
  "empty_name",
  /** Series that a rule of the mapping drops. */
  "mapping",
  /** Counters whose rule has a scale below 0: they would fall. */
  "negative_scale",
  /** Sum of what counters were asked to go down by: a Prometheus counter never falls. */
  "negative_increment",
  "event",
  "service_check",
  /** Samples with a time of their own, which a scrape cannot show. */
  "late",
] as const;
export type DropReason = (typeof DROP_REASONS)[number];

/** What was done to names and labels to keep the page valid. */
export const NOTES = [
  /** Families that got another name because theirs was taken by another type. */
  "families_renamed",
  /** Series that feed the cell of a series with another name or other tags, because the two became equal. */
  "series_merged",
  /** Series whose name was reserved and got the `statsd_` prefix, or ended like a last-seen gauge and got `_sent` behind it. */
  "names_reserved",
  /** Tags that lost to another tag with the same label name. */
  "labels_overwritten",
  /** Labels that were renamed to `exported_…`. */
  "labels_renamed",
  /** Series that began anew because rules that were read again give them other bounds. */
  "series_restarted",
  /** Series folded into an overflow series. */
  "series_overflowed",
  /** Histograms that are native ones, or are none, against their rule: as the first series of their family is. */
  "histograms_unlike_rule",
  /** Exemplars whose trace is longer than scrapers take. */
  "exemplars_too_long",
  /** Series that were forgotten after their time to live. */
  "series_expired",
] as const;
export type Note = (typeof NOTES)[number];

const CONFLICTS_MAX = 20;
const NAME_LENGTH_MAX = 200;

/** Counts everything that is not shown as it was sent; every reason exists from the start, so that rates work. */
export class Ledger {
  readonly dropped = Object.fromEntries(DROP_REASONS.map((reason) => [reason, 0])) as Record<DropReason, number>;
  readonly notes = Object.fromEntries(NOTES.map((note) => [note, 0])) as Record<Note, number>;
  readonly #conflicts: NameConflict[] = [];

  drop(reason: DropReason): void {
    this.dropped[reason] += 1;
  }

  note(note: Note, times = 1): void {
    this.notes[note] += times;
  }

  /** Keeps the latest few, once each: a refused series comes again and again, and must not push out the others. */
  conflict(conflict: NameConflict): void {
    const kept = { ...conflict, name: conflict.name.slice(0, NAME_LENGTH_MAX) };
    const same = this.#conflicts.findIndex(({ name, kind }) => name === kept.name && kind === kept.kind);
    if (same >= 0) this.#conflicts.splice(same, 1);
    this.#conflicts.unshift(kept);
    if (this.#conflicts.length > CONFLICTS_MAX) this.#conflicts.pop();
  }

  /** Newest first. */
  get conflicts(): readonly NameConflict[] {
    return [...this.#conflicts];
  }
}
