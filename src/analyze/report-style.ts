/** The style sheet of a report's page: light and dark by what the reader prefers, nothing from elsewhere. */
import { markup } from './markup.ts';

export const REPORT_STYLE = markup`
:root { color-scheme: light dark; --ink: #1c2024; --soft: #5b6570; --line: #d9dee3; --paper: #ffffff;
  --panel: #f5f7f9; --served: #0b62a8; --baseline: #8a949e; --other: #b98a2f; --bad: #a3261c; --good: #1c6b3c; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8ebee; --soft: #a3adb7; --line: #3a424a; --paper: #14181c;
  --panel: #1d2329; --served: #62b0f0; --baseline: #76808a; --other: #d8ac58; --bad: #f08a80; --good: #7fcf9c; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem; max-width: 68rem; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; margin: 0 0 .25rem; }
h2 { font-size: 1.25rem; margin: 2.5rem 0 .5rem; border-top: 1px solid var(--line); padding-top: 1rem; }
h3 { font-size: 1rem; margin: 1.5rem 0 .5rem; }
p, li { max-width: 46rem; }
.soft { color: var(--soft); }
.verdict { background: var(--panel); border-left: 4px solid var(--served); padding: .75rem 1rem; margin: 1rem 0; }
.loses h3 { color: var(--bad); } .wins h3 { color: var(--good); }
.scroll { overflow-x: auto; }
figure { margin: 1.5rem 0; } figcaption { color: var(--soft); font-size: .875rem; }
table { margin: 1rem 0; border-collapse: collapse; font-size: .875rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--soft); padding-bottom: .25rem; }
th, td { padding: .25rem .6rem; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap; }
th:first-child, td:first-child { text-align: left; }
thead th { border-bottom: 2px solid var(--line); vertical-align: bottom; }
tr.served { font-weight: 600; } tr.served th { color: var(--served); }
td small { color: var(--soft); font-weight: 400; }
.chart { width: 100%; max-width: 45rem; height: auto; margin: .5rem 0; font: 12px system-ui, sans-serif; }
.chart text { fill: var(--ink); } .chart .tick { fill: var(--soft); }
.chart .grid { stroke: var(--line); } .chart .whisker { stroke: var(--ink); fill: none; }
.chart .bar { fill: var(--baseline); } .chart .served .bar { fill: var(--served); } .chart .other .bar { fill: var(--other); }
.chart .served .label { font-weight: 600; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1rem; } dt { color: var(--soft); } dd { margin: 0; }
pre { background: var(--panel); padding: .75rem; overflow-x: auto; font-size: .8rem; }
@media print { body { max-width: none; } h2 { break-after: avoid; } figure { break-inside: avoid; } }
`;
