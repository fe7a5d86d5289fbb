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
.open, .closed { white-space: nowrap; }
.open { color: #2b7a2b; } .closed { color: #b3261e; font-weight: 600; }
code { font-size: .85em; overflow-wrap: anywhere; }
@media (max-width: 34rem) { body { font-size: 15px; } th, td { padding-right: .4rem; }
  table { font-size: .85rem; } td.n small { white-space: nowrap; font-size: .72rem; } }
@media print { body { max-width: none; padding: 0; font-size: 10.5pt; }
  h2 { break-after: avoid; } tr { break-inside: avoid; } .wide { overflow: visible; } }
"""
