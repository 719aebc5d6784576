import { setImmediate as nextTurn } from "node:timers/promises";
import { FamilyWriter } from "./family-writer.ts";
import type { SeriesSource } from "./family-writer.ts";
import type { PageFilter } from "./filter.ts";
import type { Negotiated } from "./format/accept.ts";
import type { EncoderOptions } from "./format/format.ts";
import { NUMBERS, NUMBERS_AND_LAST_SEEN } from "./last-seen.ts";
import { Page } from "./format/page.ts";
import type { SelfFamily } from "../../telemetry/family.ts";
import { writeOwn, writeTargetInfo } from "./own.ts";
import type { View } from "./reader.ts";
import type { Escaping } from "./spelling.ts";
import type { Journal } from "./state/state.ts";

/**
 * A page on its way: exactly one consumer reads `pieces` once. A piece is valid until `held` further ones are asked for:
 * its memory is used again. An error while reading means the page is broken.
 */
export interface RenderedPage {
  readonly contentType: string;
  readonly pieces: AsyncIterable<Uint8Array>;
  readonly held: number;
}

export interface RenderRequest extends EncoderOptions {
  readonly how: Negotiated;
  readonly escaping: Escaping;
  readonly view: View;
  readonly filter: PageFilter | undefined;
  /** Labels of `target_info`, without braces; "" = it is not shown. */
  readonly targetInfo: string;
  /** This server's own metrics, shown first; their names are reserved, so they cannot meet a pushed one. */
  readonly own: readonly SelfFamily[];
  readonly monotonicMs: () => number;
  readonly journal: Journal | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Work between two turns of the event loop, in milliseconds: a shard's drain or a health check never waits longer. */
const TURN_MS = 5;
/** Series between two looks at the clock. */
const LOOK_SERIES = 16;

/**
 * The page in pieces of at most `PIECE_BYTES_MAX` bytes, each valid until `PIECES_HELD` further ones are asked for: its
 * memory is used again. Other work runs between pieces, so series may come and go meanwhile: families and rows that were
 * born later are skipped, so that none is shown twice. Throws the signal's reason when it is aborted.
 */
export async function* renderPage(
  source: SeriesSource,
  request: RenderRequest,
): AsyncGenerator<Uint8Array, void, void> {
  const page = new Page();
  const { how, escaping, view, filter, own, targetInfo, monotonicMs, journal, signal } = request;
  const encoder = how.format.encoder(page, request);
  const walk = { view, filter, escaping, journal, bornMax: source.table.bornCount };
  const writer = new FamilyWriter(source, walk, encoder);
  const familiesMade = source.families.made;
  if (targetInfo !== "") writeTargetInfo(encoder, targetInfo, filter);
  for (const family of own) writeOwn(encoder, family, filter);
  let turnEnds = monotonicMs() + TURN_MS;
  let looked = 0;
  for (const family of source.families.values()) {
    if (family.number > familiesMade) break;
    for (const aspect of family.hasLastSeen ? NUMBERS_AND_LAST_SEEN : NUMBERS) {
      writer.begin(family, aspect);
      for (let isMore = true; isMore;) {
        isMore = writer.write();
        looked += 1;
        if (looked % LOOK_SERIES !== 0) continue;
        if (page.ready) yield* settled(page.take(), journal);
        if (monotonicMs() < turnEnds) continue;
        await nextTurn();
        signal?.throwIfAborted();
        turnEnds = monotonicMs() + TURN_MS;
      }
    }
  }
  encoder.end();
  yield* settled(page.take(true), journal);
}

/** Pieces leave when no crash can take back what they show. */
async function* settled(
  pieces: readonly Uint8Array[],
  journal: Journal | undefined,
): AsyncGenerator<Uint8Array, void, void> {
  await journal?.settle();
  yield* pieces;
}
