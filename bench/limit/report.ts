import { machine } from "../result.ts";

/** One measured number, against a target where one is set. */
export interface Finding {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  /** The value must be at most (or at least) that. */
  readonly target?: { readonly bound: "max" | "min"; readonly value: number };
  readonly note: string;
}

export interface Section {
  readonly question: string;
  readonly findings: readonly Finding[];
}

export function verdict({ value, target }: Finding): "" | "met" | "not met" {
  if (target === undefined) return "";
  return (target.bound === "max" ? value <= target.value : value >= target.value) ? "met" : "not met";
}

/** Markdown for people; the numbers behind it stand in a JSON file of the same name. */
export function report(sections: readonly Section[], date: string): string {
  const tables = sections.map(({ question, findings }) => {
    const rows = findings.map((finding) => {
      const { what, value, unit, target, note } = finding;
      const goal = target === undefined ? "" : `${target.bound === "max" ? "≤" : "≥"} ${format(target.value)}`;
      return `| ${what} | ${format(value)} ${unit} | ${goal} | ${verdict(finding)} | ${note} |`;
    });
    return [`**${question}**`, "", "| what | median | target | | note |", "|---|--:|--:|---|---|", ...rows, ""].join(
      "\n",
    );
  });
  return [`${date} · ${machine()}`, "", ...tables].join("\n");
}

/** Three digits or more of a measured number; counts as they are. */
export function format(value: number): string {
  if (Number.isInteger(value) || Math.abs(value) >= 1_000) return Math.round(value).toLocaleString("en-US");
  return value.toFixed(Math.abs(value) < 10 ? 2 : 1);
}
