const GRAM = 3;

/**
 * Which of many texts may stand in a name, without looking for each: of every text the three characters that fewest of the
 * texts share are kept in a map, and a name is looked up by each three characters of it. So a name costs what it is long,
 * and not how many texts there are: of 1,000 texts it holds a few, and these are all that is looked at.
 */
export class LiteralIndex {
  readonly #literals: readonly string[];
  readonly #byGram = new Map<string, number[]>();
  /** Shorter than three characters: always looked at. */
  readonly #short: number[] = [];

  constructor(literals: readonly string[]) {
    this.#literals = literals;
    const shares = new Map<string, number>();
    for (const gram of literals.flatMap((literal) => [...new Set(gramsOf(literal))])) {
      shares.set(gram, (shares.get(gram) ?? 0) + 1);
    }
    for (const [index, literal] of literals.entries()) {
      const [rarest] = gramsOf(literal).sort((left, right) => (shares.get(left) ?? 0) - (shares.get(right) ?? 0));
      if (rarest === undefined) this.#short.push(index);
      else this.#byGram.set(rarest, [...(this.#byGram.get(rarest) ?? []), index]);
    }
  }

  /** The indices of the texts that stand in the name, rising. */
  standingIn(name: string): readonly number[] {
    const found = new Set(this.#short.filter((index) => name.includes(this.#literals[index] as string)));
    for (let at = 0; at + GRAM <= name.length; at++) {
      for (const index of this.#byGram.get(name.slice(at, at + GRAM)) ?? []) {
        if (name.includes(this.#literals[index] as string)) found.add(index);
      }
    }
    return [...found].sort((left, right) => left - right);
  }
}

function gramsOf(text: string): string[] {
  return Array.from({ length: Math.max(0, text.length - GRAM + 1) }, (_, at) => text.slice(at, at + GRAM));
}
