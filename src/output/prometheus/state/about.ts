import type { Layout } from "../../../model/layout.ts";
import type { Treatment } from "../../../model/treatment.ts";
import type { Family } from "../family.ts";
import type { Look, Unit } from "../look.ts";

/** What a state file tells of a series beside its numbers, as JSON. */
export interface About {
  /** What the numbers mean: only a series with the same layout and scale may go on with them. */
  readonly meaning: string;
  /** How it stood on the page; absent where it had left it. */
  readonly page?: PageAbout;
}

/** What is as usual is left out. */
export interface PageAbout {
  /** The options that names and labels were made under (`namingOf`): under others the series would be called otherwise. */
  readonly naming: string;
  /** Of the family. */
  readonly wanted?: string;
  readonly spelled?: string;
  readonly help?: string;
  readonly isExact?: true;
  readonly isNative?: true;
  /** Of the series. */
  readonly unit: Unit;
  readonly treatment?: Treatment;
  readonly layout?: Layout;
  readonly spelledKeys?: readonly (readonly [key: string, sent: string])[];
}

/** Makes these texts, once where one is the same as for the series before: series come by family. */
export class AboutTexts {
  readonly #naming: string;
  #family: Family | undefined;
  #look: Look | undefined;
  #layout: Layout | undefined;
  #text = "";

  constructor(naming: string) {
    this.#naming = naming;
  }

  of(
    meaning: string,
    family: Family,
    look: Look,
    layout: Layout | undefined,
    spelledKeys: ReadonlyMap<string, string> | undefined,
  ): string {
    const page = (): PageAbout => ({ naming: this.#naming, ...pageOf(family, look), ...(layout && { layout }) });
    if (spelledKeys !== undefined) return textOf({ meaning, page: { ...page(), spelledKeys: [...spelledKeys] } });
    if (family !== this.#family || look !== this.#look || layout !== this.#layout) {
      this.#family = family;
      this.#look = look;
      this.#layout = layout;
      this.#text = textOf({ meaning, page: page() });
    }
    return this.#text;
  }
}

function pageOf(family: Family, { unit, treatment }: Look): Omit<PageAbout, "naming"> {
  const { name, wanted, spelled, help, isExact, isNative } = family;
  return {
    ...(wanted !== name && { wanted }),
    ...(spelled !== name && { spelled }),
    ...(help !== undefined && { help }),
    ...(isExact && { isExact }),
    ...(isNative && { isNative }),
    unit,
    ...(treatment !== undefined && { treatment: { ...treatment, help: undefined } }),
  };
}

function textOf(about: About): string {
  return JSON.stringify(about);
}
