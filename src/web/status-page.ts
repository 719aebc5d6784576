import { createHash } from "node:crypto";
import type { SenderReport } from "../model/sender.ts";
import type { Status } from "../model/status.ts";
import { Html, html } from "./html.ts";
import { statusMain } from "./status-main.ts";
import { STYLE } from "./style.ts";

/** Fetches this page again every few seconds and takes over its main part; stops while the button is pressed. */
const SCRIPT = `
const button = document.querySelector("button");
button.hidden = false;
let paused = false;
button.addEventListener("click", () => {
  paused = !paused;
  button.setAttribute("aria-pressed", String(paused));
});
const tables = () => [...document.querySelectorAll(".scroll")];
const refresh = async () => {
  if (paused || document.hidden) return;
  const state = document.getElementById("state");
  try {
    const answer = await fetch(location.pathname, { signal: AbortSignal.timeout(4000) });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const main = page.querySelector("main");
    if (!answer.ok || main === null) throw new Error(String(answer.status));
    const places = tables().map((table) => table.scrollLeft);
    document.querySelector("main").replaceWith(main);
    tables().forEach((table, index) => (table.scrollLeft = places[index] ?? 0));
    if (state.textContent !== "") state.textContent = "";
  } catch {
    state.textContent = "The server does not answer; the numbers below are old.";
  }
};
setInterval(refresh, 5000);
`;

// Whole elements, because the policy's hashes cover every byte between the tags.
const STYLE_ELEMENT = new Html(`<style>${STYLE}</style>`);
const SCRIPT_ELEMENT = new Html(`<script>${SCRIPT}</script>`);
const hashSource = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

/** Four strokes and one across them; without an icon of its own, a page makes browsers ask for one that is not there. */
const ICON = new Html(
  "data:image/svg+xml," +
    encodeURIComponent(
      '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path d="M3 3v10M6 3v10M9 3v10M12 3v10M1 12 15 4" stroke="#2a9d5c" stroke-width="1.6"/></svg>',
    ),
);

/** Only this page's own style and script may run, and only this server may be asked. */
export const STATUS_PAGE_POLICY = [
  "default-src 'none'",
  `style-src ${hashSource(STYLE)}`,
  `script-src ${hashSource(SCRIPT)}`,
  "connect-src 'self'",
  "img-src data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** The status as a self-contained page; without JavaScript it is a snapshot that reloads itself. */
export function statusPage(status: Status, ready: boolean, senders: SenderReport): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>tallyd</title>
        <link rel="icon" href="${ICON}" />
        ${STYLE_ELEMENT}
        <noscript><meta http-equiv="refresh" content="10" /></noscript>
      </head>
      <body>
        <header>
          <h1>tallyd</h1>
          <p>
            <span class="soft">${status.version}</span> · <a href="/metrics">metrics</a> ·
            <a href="/api/status">status as JSON</a>
            <button type="button" aria-pressed="false" hidden>Pause refresh</button>
          </p>
          <p id="state" class="bad" role="status"></p>
        </header>
        ${statusMain(status, ready, senders)} ${SCRIPT_ELEMENT}
      </body>
    </html> `.text;
}
