/** The style of every page of a report: one column to read, light and dark, nothing fetched. */
export const STYLE = `
:root { color-scheme: light dark;
  --text: light-dark(#1b1f24, #e6e8ec); --soft: light-dark(#5c6270, #a9b0bd); --page: light-dark(#fff, #111418);
  --box: light-dark(#f5f6f8, #1a1f26); --line: light-dark(#dde0e6, #30363f); --accent: light-dark(#0b62a8, #78b7f0);
  --bad: light-dark(#b3261e, #ff8a80); --good: light-dark(#17692f, #6fcf8b); }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 68rem; padding: 2rem 1.25rem 5rem; color: var(--text); background: var(--page);
  font: 16px/1.6 system-ui, "Segoe UI", sans-serif; overflow-wrap: break-word; }
a { color: var(--accent); }
h1 { line-height: 1.2; } h2 { margin-top: 2.2em; line-height: 1.25; }
p, ul, ol, blockquote, h1, h2, h3, h4 { max-width: 46rem; }
blockquote { margin-left: 0; padding-left: 1em; border-left: 3px solid var(--line); color: var(--soft); }
pre, code, kbd { font: 0.86em/1.5 ui-monospace, "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
code { background: var(--box); padding: 0.1em 0.3em; border-radius: 3px; } pre code { padding: 0; background: none; }
pre { margin: 0.6em 0; overflow-x: auto; white-space: pre-wrap; overflow-wrap: anywhere; }
pre.source { padding: 0.7em 1em; background: var(--box); border-radius: 6px; white-space: pre; }
pre.stderr { color: var(--soft); }
pre.error { padding: 0.7em 1em; border-left: 4px solid var(--bad); background: var(--box); }
.output { margin: 0.4em 0 1.2em; overflow-x: auto; }
.output > * + * { margin-top: 0.8em; }
.failure { padding: 0.8em 1em; border: 1px solid var(--bad); border-radius: 6px; }
p.skipped { padding: 0.6em 1em; border-left: 4px solid var(--line); background: var(--box); }
section.skipped { opacity: 0.5; }
.failure b, .bad { color: var(--bad); } .good { color: var(--good); }
img, svg { max-width: 100%; height: auto; }
table { border-collapse: collapse; font-size: 0.92em; }
th, td { padding: 0.3em 0.9em 0.3em 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
nav, footer, .soft { color: var(--soft); font-size: 0.9em; }
math[display="block"] { margin: 0.8em 0; }
.hljs-comment { color: var(--soft); font-style: italic; }
.hljs-keyword, .hljs-literal { color: light-dark(#8b2f9e, #d79be6); }
.hljs-string, .hljs-regexp { color: light-dark(#226d3a, #8fd3a4); }
.hljs-number { color: light-dark(#9a4a00, #f0b076); }
.hljs-title, .hljs-title.function_ { color: light-dark(#0b5a9d, #86c1f5); }
.hljs-built_in, .hljs-type, .hljs-title.class_ { color: light-dark(#7a5b00, #e0c26b); }
.ansi-bold { font-weight: 600; } .ansi-dim { opacity: 0.7; }
.ansi-red { color: var(--bad); } .ansi-green { color: var(--good); } .ansi-yellow { color: light-dark(#7a5b00, #e0c26b); }
.ansi-blue { color: var(--accent); } .ansi-magenta { color: light-dark(#8b2f9e, #d79be6); }
.ansi-cyan { color: light-dark(#0b6b78, #7fd4e0); } .ansi-black { color: var(--soft); }
@media print { body { max-width: none; padding: 0; font-size: 11pt; } }
`;
