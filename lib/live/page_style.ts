/** What the live page adds to the style of all pages of a report. */
export const LIVE_STYLE = `
body { max-width: 76rem; padding-top: 1.2rem; }
h1 { margin: 0 0 .3em; } h2 { margin: 0 0 .5em; font-size: 1.1rem; } h3 { margin: 1.4em 0 .3em; font-size: 1rem; }
p { margin: .5em 0; max-width: 60rem; }
input, select, button { font: inherit; color: inherit; background: var(--box); border: 1px solid var(--line); border-radius: 6px;
  padding: .3em .6em; }
input[type="range"] { padding: 0; accent-color: var(--accent); }
button { cursor: pointer; } button:hover:not(:disabled) { border-color: var(--accent); }
button:disabled { opacity: .5; cursor: default; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }
[hidden] { display: none !important; }
.note { color: var(--soft); font-size: .86rem; line-height: 1.45; max-width: 42rem; }
.line { display: flex; flex-wrap: wrap; gap: .5em; align-items: center; margin: .6em 0; }
.asked { display: flex; flex-wrap: wrap; gap: .6em 1.4em; align-items: end; justify-content: space-between; margin: 1em 0; padding: .8em 1em;
  background: var(--box); border: 1px solid var(--line); border-radius: 8px; }
.asked :is(input, button, select) { background: var(--page); }
.problem, .link { display: flex; flex-wrap: wrap; gap: .6em 1em; align-items: end; }
.problem label { display: grid; gap: .15em; font-size: .86rem; color: var(--soft); }
.problem input { font-size: 1.05rem; color: var(--text); }
.problem button { background: var(--accent); color: var(--page); border-color: var(--accent); font-weight: 600; }
.device { display: grid; gap: .15em; font-size: .86rem; color: var(--soft); } .device select { color: var(--text); }
.trouble { color: var(--bad); } .trouble:empty { display: none; }
.columns { display: grid; grid-template-columns: minmax(0, 1fr) 21rem; gap: 1.2rem 2.2rem; align-items: start; }
.status { margin: 0; color: var(--soft); font-size: .86rem; min-height: 1.5em; font-variant-numeric: tabular-nums; }
.outcome { margin: .2em 0; min-height: 1.6em; font-size: 1.08rem; font-weight: 600; }
.before { margin: 0; color: var(--soft); } .before:empty { display: none; }
.chain { margin-top: .6em; min-height: 14em; padding: .8em 1em; border: 1px solid var(--line); border-radius: 8px; white-space: pre-wrap;
  overflow-wrap: anywhere; font: 14px/1.75 ui-monospace, "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
.chain[aria-busy] { border-color: var(--accent); }
.token { cursor: pointer; border-radius: 3px; } .token:hover { background: light-dark(#e3e8f0, #2b333e); }
.prompt { color: var(--soft); }
.token.verdict { font-weight: 700; padding: 0 .1em; }
.this.verdict, .said.this { color: var(--good); } .not.verdict, .said.not { color: light-dark(#9a4a00, #f0b076); }
.this.verdict { box-shadow: inset 0 -2px var(--good); } .not.verdict { box-shadow: inset 0 -2px light-dark(#d08a3c, #a36a2c); }
.token[aria-selected="true"] { background: light-dark(#bcd9f3, #1f4f7c); box-shadow: 0 0 0 1.5px var(--accent); }
.attempts { margin: .8em 0 0; padding-left: 1.6em; font-size: .92rem; }
.said.wrong { font-weight: 700; text-decoration: underline wavy var(--bad); text-underline-offset: 3px; }
.settings { display: grid; gap: 1.6rem; }
.settings :is(button, select) { font-size: .92rem; }
.framed body { padding-top: .4rem; } .framed header { display: none; }
.head-grid { display: grid; grid-template-columns: 2.6em repeat(var(--heads), minmax(1.6em, 2.6em)); gap: 3px; align-items: center; }
.axis { color: var(--soft); font-size: 12px; text-align: center; } .axis:first-child { text-align: left; }
.head { position: relative; padding: 0; height: 1.75em; border-radius: 4px; background: light-dark(#cfe2f4, #234a6d);
  border-color: light-dark(#9fc1e0, #35658f); }
.head.verifier::after { content: ""; position: absolute; inset: 0; margin: auto; width: .5em; height: .5em; border-radius: 50%;
  background: currentColor; }
.head[aria-pressed="true"] { background: repeating-linear-gradient(45deg, transparent 0 4px, var(--line) 4px 6px); border-style: dashed;
  color: var(--soft); border-color: var(--soft); }
.slider { display: grid; grid-template-columns: auto minmax(0, 1fr) auto; gap: .6em; align-items: center; font-size: .86rem; color: var(--soft); }
.steering output { font-weight: 600; min-width: 4.5em; font-variant-numeric: tabular-nums; }
.look { margin-top: 2rem; padding-top: 1.2rem; border-top: 1px solid var(--line); }
@media (max-width: 860px) {
  .columns { grid-template-columns: minmax(0, 1fr); }
  .head-grid { grid-template-columns: 2.6em repeat(var(--heads), minmax(1.6em, 3em)); }
}
@media (max-width: 700px) { body { padding: .9rem .8rem 3rem; } .problem input[name="numbers"] { width: 9em; } .problem input[name="target"] { width: 5em; } }
@media print { .asked, .settings { display: none; } .columns { display: block; } }
`;
