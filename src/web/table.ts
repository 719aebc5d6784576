import { html } from "./html.ts";
import type { Html } from "./html.ts";

export type Cell = string | number;

/** A table with a caption; a column is set right where its first row holds a number. */
export function table(caption: string, heads: readonly string[], rows: readonly (readonly Cell[])[]): Html {
  const headCells = heads.map((head, index) => html`<th scope="col" class="${kindOf(rows[0]?.[index])}">${head}</th>`);
  const bodyRows = rows.map(([first = "", ...rest]) => {
    const cells = rest.map(
      (cell) => html`<td class="${kindOf(cell)}">${typeof cell === "number" ? numberText(cell) : cell}</td>`,
    );
    return html`<tr>
      <th scope="row">${first}</th>
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

function kindOf(cell: Cell | undefined): string {
  return typeof cell === "number" ? "number" : "text";
}

const NUMBERS = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });

export function numberText(value: number): string {
  return NUMBERS.format(value);
}
