"""How a model's report looks: legible on a telephone, on a screen and on paper."""

CSS = """\
:root { --ink: #222; --faint: #666; --line: #d9d9d9; --ours: #1f5f8b; }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0 auto; padding: 1.2rem 1rem 3rem; max-width: 54rem; color: var(--ink);
  background: #fff; font: 16px/1.5 system-ui, "Segoe UI", Roboto, "Helvetica Neue", "PingFang SC",
  "Microsoft YaHei", "Noto Sans CJK SC", sans-serif; }
h1 { margin: 0; font-size: 1.6rem; line-height: 1.2; }
h2 { margin: 2.2rem 0 .5rem; padding-bottom: .2rem; border-bottom: 1px solid var(--line);
  font-size: 1.15rem; }
h3 { margin: 1.2rem 0 .3rem; font-size: 1rem; }
p { margin: .4rem 0; max-width: 44rem; }
.faint, small { color: var(--faint); }
small { display: block; font-size: .8rem; line-height: 1.3; }
.lead { font-size: 1.05rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .92rem; }
th, td { padding: .35rem .6rem .35rem 0; border-bottom: 1px solid var(--line); text-align: left;
  vertical-align: top; }
th { font-weight: 600; }
thead th { color: var(--faint); font-size: .82rem; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap;
  padding-left: .6rem; padding-right: 0; }
tr.ours td { color: var(--ours); }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(17rem, 1fr)); gap: 1rem; }
figure { margin: 0; break-inside: avoid; }
figcaption { font-weight: 600; font-size: .92rem; }
svg { display: block; width: 100%; height: auto; }
svg text { font-family: system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC",
  sans-serif !important; }
figure p { color: var(--faint); font-size: .82rem; line-height: 1.35; }
.figures.broad { grid-template-columns: 1fr; }
.verdict { margin: 1rem 0; padding: .8rem 1rem; border: 1px solid var(--line);
  border-left: 4px solid var(--ours); background: #f7f9fb; break-inside: avoid; }
.verdict .head { margin: 0 0 .4rem; font-size: 1.1rem; font-weight: 600; }
.verdict ul { margin: 0; padding: 0; list-style: none; }
.verdict li { margin: .3rem 0; padding-left: 1.4rem; text-indent: -1.4rem; }
.verdict li b { display: inline-block; width: 1.4rem; text-indent: 0; }
.verdict li.for b { color: #2b7a2b; } .verdict li.against b { color: #b3261e; }
.figures > figure:only-child { max-width: 30rem; } .figures.broad > figure { max-width: none; }
.pairs th { width: 40%; font-weight: 400; color: var(--faint); }
.trust td:nth-child(2) { white-space: nowrap; font-variant-numeric: tabular-nums; }
.open, .closed { white-space: nowrap; }
.open { color: #2b7a2b; } .closed { color: #b3261e; font-weight: 600; }
code { font-size: .85em; overflow-wrap: anywhere; }
@media (max-width: 34rem) { body { font-size: 15px; } th, td { padding-right: .4rem; }
  table { font-size: .85rem; } td.n small { white-space: nowrap; font-size: .72rem; } }
@page { margin: 16mm 14mm; }
@media print { body { max-width: none; padding: 0; font-size: 10pt; }
  .verdict { background: none; } .figures { grid-template-columns: 1fr 1fr; }
  .figures.broad svg { max-width: 150mm; } h3 { break-after: avoid; } thead { display:
  table-header-group; }
  h2 { break-after: avoid; } tr { break-inside: avoid; } .wide { overflow: visible; } }
"""
