import { format } from "../limit/report.ts";
import { median } from "../result.ts";
import type { PeerResult } from "./compare.ts";
import { cpuPerMillion, lostPercent, SHAPES } from "./compare.ts";

const BEGIN = "<!-- compare:begin -->\n";
const END = "<!-- compare:end -->";

/** One markdown table per shape; a peer that was not run is named in each with its reason. */
export function table(
  results: readonly PeerResult[],
  plan: { readonly rounds: number; readonly seconds: number },
  where: string,
): string {
  const parts = SHAPES.map((shape) => {
    const first = results.find((result) => result.notRun === "");
    const own = cpuPerMillion(first?.rounds[shape.name] ?? []);
    const rows = results.map((result) => row(result, shape.name, own));
    return [
      `**${shape.name}, ${format(shape.perSecond)} a second**`,
      "",
      "| server | version | CPU s per million lines | × tallyd | lost | resident MB | most lines/s with < 1 % lost |",
      "|---|---|--:|--:|--:|--:|--:|",
      ...rows,
      "",
    ].join("\n");
  });
  return [where, "", `Medians of ${plan.rounds} runs of ${plan.seconds} s each, in turn.`, "", ...parts].join("\n");
}

function row(result: PeerResult, shape: string, own: number): string {
  const { name, version, install, notRun } = result;
  if (notRun !== "") return `| ${name} | | not run: ${notRun} (\`${install}\`) | | | | |`;
  const rounds = result.rounds[shape] ?? [];
  const cpu = cpuPerMillion(rounds);
  const most = result.maxima[shape];
  const cells = [
    name,
    version,
    format(cpu),
    format(cpu / own),
    `${format(lostPercent(rounds))} %`,
    format(median(rounds.map((round) => round.residentBytes / 1e6))),
    most === undefined ? "not searched" : format(most),
  ];
  return `| ${cells.join(" | ")} |`;
}

/** Puts the tables between the markers of the README. */
export function insertTable(readme: string, text: string): string {
  const begin = readme.indexOf(BEGIN);
  const end = readme.indexOf(END);
  if (begin < 0 || end < begin) throw new Error("the README has no markers for the table");
  return `${readme.slice(0, begin + BEGIN.length)}\n${text.trimEnd()}\n\n${readme.slice(end)}`;
}
