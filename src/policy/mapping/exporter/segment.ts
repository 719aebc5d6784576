/** Holds one segment of a name against one of a glob: the texts that its `*` stand for; undefined where it does not fit. */
export type SegmentPattern = (segment: string) => readonly string[] | undefined;

/**
 * A segment with `*` in it: `req-*`, `*_total`, `a*b*c`. Each `*` is any text, also none. What stands between two of them
 * is looked for from the left, so that a segment is walked once whatever it holds.
 */
export function compileSegment(glob: string): SegmentPattern {
  const [start = "", ...rest] = glob.split("*");
  const end = rest.pop() ?? "";
  return (segment) => {
    if (segment.length < start.length + end.length || !segment.startsWith(start) || !segment.endsWith(end)) {
      return undefined;
    }
    const captures: string[] = [];
    const last = segment.length - end.length;
    let at = start.length;
    for (const middle of rest) {
      const found = segment.indexOf(middle, at);
      if (found < 0 || found + middle.length > last) return undefined;
      captures.push(segment.slice(at, found));
      at = found + middle.length;
    }
    captures.push(segment.slice(at, last));
    return captures;
  };
}

/** How much of a segment's glob is fixed: what has more of it is the more specific one. */
export function fixedCharacters(glob: string): number {
  return glob.replaceAll("*", "").length;
}
