/**
 * The candidate that `word` was most likely meant to be, or undefined when none is close: at most a third of the
 * word's letters (and at least two) may be wrong, missing, doubled or swapped.
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const typed = word.toLowerCase();
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(typed, candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** Insertions, deletions, replacements and swaps of neighbours (optimal string alignment) that turn one into the other. */
export function editDistance(left: string, right: string): number {
  let older: number[] = [];
  let old = Array.from({ length: right.length + 1 }, (_, column) => column);
  for (let row = 1; row <= left.length; row++) {
    const now = [row];
    for (let column = 1; column <= right.length; column++) {
      const replace = at(old, column - 1) + (left[row - 1] === right[column - 1] ? 0 : 1);
      let least = Math.min(replace, at(old, column) + 1, at(now, column - 1) + 1);
      const swapped = left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      if (row > 1 && column > 1 && swapped) least = Math.min(least, at(older, column - 2) + 1);
      now.push(least);
    }
    older = old;
    old = now;
  }
  return at(old, right.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Infinity;
}
