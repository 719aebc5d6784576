/** The look of every page that tallyd makes: the server's own and the report of a bench. Light or dark, as the reader has it. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --page: light-dark(#fff, #14171a); --card: light-dark(#f4f6f8, #1d2125); --line: light-dark(#dce1e6, #363d44);
  --text: light-dark(#1a1e23, #e3e6e9); --soft: light-dark(#57606a, #9da6af); --link: light-dark(#0b57b0, #8ab4f8);
  --good: light-dark(#19713a, #6fce8e); --bad: light-dark(#b3261e, #f2867e);
  font: 100%/1.5 system-ui, sans-serif; background: var(--page); color: var(--text);
}
body { margin: 0 auto; max-width: 72rem; padding: 1rem; }
h1 { margin: 0; font-size: 1.5rem; line-height: 1.2; }
h2 { margin: 2.5rem 0 .5rem; font-size: 1.15rem; }
h3 { margin: 0; font-size: 1rem; }
p { margin: .5rem 0; }
a { color: var(--link); }
.soft { color: var(--soft); }
.good { color: var(--good); }
.bad { color: var(--bad); }
.state { font-weight: 600; }
.state::before { content: "●"; margin-right: .4em; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(8rem, 1fr)); gap: .75rem; margin: 1rem 0; }
.tiles div { display: flex; flex-direction: column-reverse; justify-content: flex-end; padding: .6rem .8rem; border-radius: .5rem; background: var(--card); }
.tiles dt { color: var(--soft); font-size: .85rem; }
.tiles dd { margin: 0; font-size: 1.4rem; font-weight: 600; line-height: 1.3; overflow-wrap: anywhere; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 20rem), 1fr)); gap: .75rem; }
.card { padding: .8rem 1rem; border: 1px solid var(--line); border-radius: .5rem; overflow-wrap: anywhere; }
.facts { display: grid; grid-template-columns: 1fr auto; gap: .1rem 1rem; margin: .5rem 0 0; }
.facts dt { color: var(--soft); }
.facts dd { margin: 0; text-align: right; }
.scroll { overflow-x: auto; margin: .5rem 0 1.5rem; }
table { border-collapse: collapse; }
caption { text-align: left; color: var(--soft); padding-bottom: .25rem; max-width: calc(100vw - 2rem); }
th, td { text-align: left; padding: .3rem 1.25rem .3rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
thead th { color: var(--soft); font-size: .85rem; font-weight: 600; white-space: nowrap; }
tbody th { font-weight: 500; }
td.number, th.number { text-align: right; white-space: nowrap; }
dd, td.number { font-variant-numeric: tabular-nums; }
code { font: .9em/1.5 ui-monospace, monospace; overflow-wrap: anywhere; }
td code { display: block; min-width: 16rem; }
time { white-space: nowrap; }
@media (max-width: 40rem) { th, td { padding-right: .8rem; } }
`;
