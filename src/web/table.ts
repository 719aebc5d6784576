import { Html, html } from "./html.ts";

/** A number that is written in a way of its own: `0.000 %`. */
export interface Figure {
  readonly figure: string;
}

export type Cell = string | number | Html | Figure;

/** A table with a caption; a column is set right where its first row holds a number. */
export function table(caption: string, heads: readonly string[], rows: readonly (readonly Cell[])[]): Html {
  const headCells = heads.map((head, index) => html`<th scope="col" class="${kindOf(rows[0]?.[index])}">${head}</th>`);
  const bodyRows = rows.map(([first = "", ...rest]) => {
    const cells = rest.map((cell) => html`<td class="${kindOf(cell)}">${shown(cell)}</td>`);
    return html`<tr>
      <th scope="row" class="${kindOf(first)}">${shown(first)}</th>
      ${cells}
    </tr>`;
  });
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}">
    <table>
      <caption>
        ${caption}
      </caption>
      <thead>
        <tr>
          ${headCells}
        </tr>
      </thead>
      <tbody>
        ${bodyRows}
      </tbody>
    </table>
  </div>`;
}

/** A few numbers that are to be seen first, each with what it counts. */
export function tiles(entries: readonly (readonly [what: string, value: Cell, kind?: "good" | "bad"])[]): Html {
  const parts = entries.map(
    ([what, value, kind = "text"]) =>
      html`<div>
        <dt>${what}</dt>
        <dd class="${kind}">${shown(value)}</dd>
      </div>`,
  );
  return html`<dl class="tiles">${parts}</dl>`;
}

/** What belongs to one thing, line by line. */
export function facts(entries: readonly (readonly [what: string, value: Cell])[]): Html {
  const parts = entries.map(
    ([what, value]) =>
      html`<dt>${what}</dt>
        <dd>${shown(value)}</dd>`,
  );
  return html`<dl class="facts">${parts}</dl>`;
}

function kindOf(cell: Cell | undefined): string {
  return typeof cell === "number" || (typeof cell === "object" && "figure" in cell) ? "number" : "text";
}

function shown(cell: Cell): string | Html {
  if (typeof cell === "number") return numberText(cell);
  return typeof cell === "object" && "figure" in cell ? cell.figure : cell;
}

/**
 * `1,234.5`: with one decimal where it says something. Not by `Intl`, whose tables are 6 MB of a server that nobody looks at.
 */
export function numberText(value: number): string {
  const rounded = Math.abs(value) < 100 ? Math.round(value * 10) / 10 : Math.round(value);
  const [whole = "", decimal] = String(rounded).split(".");
  const grouped = whole.replaceAll(/\B(?=(?:\d{3})+$)/g, ",");
  return decimal === undefined ? grouped : `${grouped}.${decimal}`;
}
