import type { ExporterMapping, ExporterRule } from "./rule.ts";

/** Where a name may have got to: what may follow, and which rules end here. */
interface Place {
  readonly id: number;
  readonly next: Map<string, Place>;
  readonly rules: ExporterRule[];
}

/**
 * The tree in which a name looks for its glob, as text for Graphviz (`dot -Tsvg`): an arrow for each segment, a box for each
 * rule. Regular expressions are in no tree, and are left out.
 *
 *     ○ ──web──▶ ○ ──*──▶ ○ ──hits──▶ ○ ──▶ [hits, mapping.yml line 2]
 */
export function drawGlobs({ rules }: Pick<ExporterMapping, "rules">): string {
  const places = placesOf(rules.filter(({ matchType }) => matchType === "glob"));
  const arrows = places.flatMap(({ id, next }) =>
    [...next].map(([segment, to]) => `  ${id} -> ${to.id} [label=${quote(segment)}]`),
  );
  const boxes = places.flatMap((place) => place.rules.map((rule) => ({ place, rule })));
  const ends = boxes.flatMap(({ place, rule }, index) => [
    `  rule${index} [shape=box, label=${quote(textOf(rule))}]`,
    `  ${place.id} -> rule${index}`,
  ]);
  return ["digraph globs {", "  rankdir=LR", '  node [shape=circle, label=""]', ...arrows, ...ends, "}", ""].join("\n");
}

/** The root comes first. */
function placesOf(rules: readonly ExporterRule[]): Place[] {
  const places: Place[] = [];
  const add = (): Place => {
    const place: Place = { id: places.length, next: new Map(), rules: [] };
    places.push(place);
    return place;
  };
  const root = add();
  for (const rule of rules) {
    let place = root;
    for (const segment of rule.match.split(".")) {
      const next = place.next.get(segment) ?? add();
      place.next.set(segment, next);
      place = next;
    }
    place.rules.push(rule);
  }
  return places;
}

function textOf({ isDrop, name, kinds, file, line }: ExporterRule): string {
  const what = isDrop ? "drop" : name;
  return `${what}${kinds === undefined ? "" : ` (${kinds.join(", ")})`}\n${file} line ${line}`;
}

/** A text in quotes has two escapes that matter here (graphviz.org/doc/info/lang.html). */
function quote(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;
}
