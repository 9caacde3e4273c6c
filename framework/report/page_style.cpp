#include <linseed/framework/report/page_style_internal.h>

namespace linseed::page {

std::string_view style() {
  return R"css(
:root {
  color-scheme: light dark;
  --paper: #f7f7f5; --card: #ffffff; --ink: #1d2125; --soft: #656c75; --line: #e3e5e8;
  --track: #eceef0; --warn: #b03a00;
  --c0: #0072b2; --c1: #d55e00; --c2: #009e73; --c3: #a6568c;
  --right: 0 114 178; --wrong: 213 94 0; --on: #ffffff;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #101214; --card: #181b1f; --ink: #e6e8eb; --soft: #99a1ab; --line: #2a2f36;
    --track: #262b31; --warn: #ff9d66;
    --c0: #56b4e9; --c1: #e69f00; --c2: #2bbd94; --c3: #d68fb8;
    --right: 86 180 233; --wrong: 230 159 0; --on: #06121a;
  }
}
* { box-sizing: border-box; }
html { scroll-behavior: smooth; -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  font-variant-numeric: tabular-nums;
}
main, header, footer { max-width: 1120px; margin: 0 auto; padding: 0 24px; }
header { padding-top: 40px; }
h1 { font-size: 30px; line-height: 1.2; font-weight: 650; letter-spacing: -0.015em; margin: 0;
  overflow-wrap: anywhere; }
h2 { font-size: 19px; font-weight: 650; letter-spacing: -0.01em; margin: 0 0 4px; }
h3 { font-size: 14px; font-weight: 600; margin: 0 0 8px; }
p { margin: 0 0 12px; max-width: 88ch; text-wrap: pretty; }
section > p, .about { color: var(--soft); }
.about { margin: 6px 0 0; }
.warn { color: var(--warn); font-size: 13px; margin: 8px 0 0; }
a { color: var(--c0); text-decoration: none; }
a:hover { text-decoration: underline; }
code { font: 0.92em/1.4 ui-monospace, "Cascadia Code", "SF Mono", Menlo, Consolas, monospace; }
nav { display: flex; flex-wrap: wrap; gap: 4px 20px; margin-top: 20px; font-size: 14px; }
section { margin-top: 44px; scroll-margin-top: 16px; }
h2 + .card { margin-top: 12px; }
figure { margin: 0; }
footer { margin-top: 56px; padding-bottom: 40px; color: var(--soft); font-size: 13px; }

.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(148px, 1fr));
  background: var(--card); border: 1px solid var(--line); border-radius: 12px; overflow: hidden;
  margin: 24px 0 0; }
.facts div { padding: 14px 15px 12px; box-shadow: 1px 1px 0 var(--line); }
.facts dt { color: var(--soft); font-size: 12.5px; white-space: nowrap; }
.facts dd { margin: 0; font-size: 23px; line-height: 1.3; font-weight: 600;
  letter-spacing: -0.02em; white-space: nowrap; }
.facts small { display: block; font-size: 12.5px; font-weight: 400; letter-spacing: 0;
  color: var(--soft); }

.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 420px), 1fr));
  gap: 16px; margin-top: 14px; }
.chart, .card { background: var(--card); border: 1px solid var(--line); border-radius: 12px;
  padding: 14px 18px; }
.chart { min-width: 0; padding-right: 24px; }
.chart figcaption { display: flex; flex-wrap: wrap; justify-content: space-between;
  gap: 0 16px; margin-bottom: 14px; }
.chart .name { font-weight: 600; overflow-wrap: anywhere; }
.legend { display: flex; flex-wrap: wrap; gap: 0 16px; color: var(--soft); font-size: 13.5px; }
.legend b { color: var(--ink); font-weight: 600; }
.key::before, .tip .row::before { content: ""; display: inline-block; width: 14px; height: 3px;
  border-radius: 2px; background: var(--c); margin-right: 7px; vertical-align: 3px; }
.c0 { --c: var(--c0); } .c1 { --c: var(--c1); } .c2 { --c: var(--c2); } .c3 { --c: var(--c3); }
.plot { position: relative; height: 210px; margin: 0 0 24px 44px; touch-action: pan-y; }
.plot svg { position: absolute; inset: 0; width: 100%; height: 100%; overflow: visible; }
.plot path { fill: none; vector-effect: non-scaling-stroke; stroke-linejoin: round;
  stroke-linecap: round; }
.plot .grid { stroke: var(--line); stroke-width: 1; shape-rendering: crispEdges; }
.plot .curve { stroke: var(--c); stroke-width: 2; }
.plot .raw { stroke: var(--c); stroke-width: 1; opacity: 0.25; }
.plot .dot { stroke: var(--c); stroke-width: 6; }
.plot .x, .plot .y { position: absolute; font-size: 12px; line-height: 1; color: var(--soft);
  white-space: nowrap; }
.plot .y { right: 100%; margin-right: 9px; transform: translateY(50%); }
.plot .x { top: 100%; margin-top: 9px; transform: translateX(-50%); }
.plot .cursor { position: absolute; top: 0; bottom: 0; width: 1px; background: var(--soft);
  pointer-events: none; }
.plot .mark { position: absolute; width: 9px; height: 9px; margin: -4.5px; border-radius: 50%;
  background: var(--c); border: 2px solid var(--card); pointer-events: none; }
.plot .tip { position: absolute; top: 0; z-index: 2; padding: 6px 11px; font-size: 12.5px;
  background: var(--card); border: 1px solid var(--line); border-radius: 8px; white-space: nowrap;
  box-shadow: 0 4px 16px rgb(0 0 0 / 0.14); pointer-events: none; }
.tip b, .tip .row { display: block; }
.tip b { font-weight: 600; color: var(--soft); }
[hidden] { display: none !important; }

.scroll { overflow-x: auto; }
.scroll tr > :first-child { position: sticky; left: 0; background: var(--under, var(--card)); }
.matrix { --under: var(--paper); }
table { border-collapse: collapse; font-size: 14px; }
.card table { width: 100%; }
th { text-align: left; font-weight: 500; }
thead th { color: var(--soft); font-size: 13px; }
.layers th, .layers td { padding: 6px 14px 6px 0; border-bottom: 1px solid var(--line);
  white-space: nowrap; }
.layers tbody tr:last-child > * { border-bottom-color: var(--soft); }
.layers tfoot > tr > * { font-weight: 600; border-bottom: 0; }
.layers .n { text-align: right; }
.layers .outside { color: var(--soft); }
.layers td.bar { width: 26%; padding-right: 0; }
td.bar .track { display: inline-block; width: calc(100% - 64px); min-width: 60px; height: 8px;
  background: var(--track); border-radius: 4px; overflow: hidden; }
td.bar .track span { display: block; height: 100%; background: var(--c0); border-radius: 4px; }
td.bar .n { display: inline-block; width: 60px; }

.filters { display: flex; flex-wrap: wrap; gap: 8px; }
.filters img { width: 52px; height: auto; border-radius: 4px; box-shadow: 0 0 0 1px var(--line);
  image-rendering: pixelated; }

.norms { display: grid; gap: 16px; margin-top: 14px; }
.norm h3 { overflow-wrap: anywhere; }
.norm > div { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr));
  gap: 14px 32px; }
.norm small { margin-left: 8px; font-size: 13px; font-weight: 400; color: var(--soft); }
.histogram figcaption { font-size: 13px; color: var(--soft); margin-bottom: 4px; }
.histogram svg { display: block; width: 100%; height: 64px; overflow: visible;
  border-bottom: 1px solid var(--soft); }
.histogram .bar { fill: var(--c0); }
.histogram .zero { stroke: var(--c1); stroke-width: 1.5; vector-effect: non-scaling-stroke;
  stroke-dasharray: 3 3; }
.ends { display: flex; justify-content: space-between; font-size: 12px; color: var(--soft);
  margin-top: 3px; }

.matrix { display: flex; flex-wrap: wrap; gap: 24px 40px; align-items: flex-start; }
.matrix .scroll { max-width: 100%; }
.confusion { border-collapse: separate; border-spacing: 2px; }
.confusion thead th { height: 92px; vertical-align: bottom; padding: 0; }
.confusion thead span { display: block; width: 40px; white-space: nowrap; transform-origin: 0 100%;
  transform: translate(24px, -4px) rotate(-50deg); }
.confusion tbody th { color: var(--soft); font-size: 13px; padding-right: 8px; white-space: nowrap;
  text-align: right; }
.confusion td { min-width: 42px; height: 32px; text-align: center; border-radius: 4px;
  background: var(--track); font-size: 13px; }
.confusion .right { background: rgb(var(--right) / calc(0.08 + 0.92 * var(--p))); }
.confusion .wrong { background: rgb(var(--wrong) / calc(0.04 + 0.96 * var(--p))); }
.confusion .strong { color: var(--on); }
.confusion .accuracy { background: none; padding-left: 12px; text-align: right; }
.confusion thead .accuracy span { width: auto; transform: none; padding-bottom: 4px; }
.heat { width: min(100%, 560px); background: var(--track); border-radius: 8px; }
.heat .right { fill: rgb(var(--right)); } .heat .wrong { fill: rgb(var(--wrong)); }
.lists { flex: 1 1 260px; display: grid; gap: 24px; }
.ranked { list-style: none; margin: 0; padding: 0; font-size: 14px; }
.ranked li { display: flex; justify-content: space-between; gap: 16px; padding: 5px 0;
  border-bottom: 1px solid var(--line); }
.ranked li:last-child { border-bottom: 0; }
.ranked i { color: var(--soft); font-style: normal; }
.ranked small { color: var(--soft); display: inline-block; min-width: 52px; text-align: right; }
.worst { display: grid; grid-template-columns: repeat(auto-fill, minmax(104px, 1fr)); gap: 16px 14px;
  margin-top: 14px; }
.worst img { display: block; width: 100%; height: auto; border-radius: 8px;
  image-rendering: pixelated; }
.worst figcaption { font-size: 12.5px; line-height: 1.4; margin-top: 5px; }
.worst b, .worst span, .worst small { display: block; overflow: hidden; text-overflow: ellipsis;
  white-space: nowrap; }
.worst b { font-weight: 600; } .worst small { color: var(--soft); font-size: 12px; }
.worst .taken { color: var(--c1); }

.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 340px), 1fr));
  gap: 16px; margin-top: 14px; }
.settings th, .settings td { padding: 5px 0; border-bottom: 1px solid var(--line);
  vertical-align: top; overflow-wrap: anywhere; }
.settings { table-layout: fixed; }
.settings th { color: var(--soft); padding-right: 16px; width: 36%; }
.settings tr:last-child > * { border-bottom: 0; }
.findings { margin: 0; padding: 0; list-style: none; }
.findings li { padding: 8px 0; border-bottom: 1px solid var(--line); }
.findings li:last-child { border-bottom: 0; }
.findings b { font-weight: 600; } .findings span { display: block; color: var(--soft); }

@media (max-width: 560px) {
  main, header, footer { padding-left: 16px; padding-right: 16px; }
  header { padding-top: 24px; }
  h1 { font-size: 25px; }
  .facts { grid-template-columns: 1fr 1fr; }
  .facts div { padding: 11px 14px 10px; }
  .facts dd { font-size: 21px; }
  .chart, .card { padding-left: 14px; padding-right: 14px; }
  .plot { height: 180px; margin-left: 38px; }
  .norm > div { grid-template-columns: 1fr 1fr; }
  .settings th { width: 42%; }
  .confusion td { min-width: 34px; height: 28px; font-size: 12px; }
}
@media print {
  :root { --paper: #ffffff; }
  body { font-size: 12px; -webkit-print-color-adjust: exact; print-color-adjust: exact; }
  nav { display: none; }
  header { padding-top: 0; }
  section { margin-top: 24px; }
  figure, .card, table { break-inside: avoid; }
  h2, h3, section > p { break-after: avoid; }
  .charts, .pair { grid-template-columns: 1fr 1fr; }
  .norm > div { grid-template-columns: repeat(4, 1fr); }
  .worst { grid-template-columns: repeat(8, 1fr); }
}
)css";
}

std::string_view script() {
  return R"js(
for (const plot of document.querySelectorAll('.plot')) {
  const chart = JSON.parse(plot.dataset.chart);
  const add = (parent, kind) => {
    const element = parent.appendChild(document.createElement('span'));
    element.className = kind;
    element.hidden = true;
    return element;
  };
  const place = (value, low, high, log) =>
    log ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
  const nearest = (points, x) => points.reduce((best, point) =>
    Math.abs(best[0] - x) > Math.abs(point[0] - x) ? point : best);
  const lines = chart.lines.filter((line) => line.points.length > 0);
  const cursor = add(plot, 'cursor');
  const tip = add(plot, 'tip');
  const title = tip.appendChild(document.createElement('b'));
  const marks = lines.map((line) => add(plot, 'mark c' + line.colour));
  const rows = lines.map((line) => add(tip, 'row c' + line.colour));
  const parts = [cursor, tip].concat(marks, rows);
  plot.addEventListener('pointermove', (event) => {
    const box = plot.getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    const wanted = chart.x[0] + share * (chart.x[1] - chart.x[0]);
    const found = lines.map((line) => nearest(line.points, wanted));
    const step = nearest(found, wanted)[0];
    const left = 100 * place(step, chart.x[0], chart.x[1], false);
    title.textContent = 'step ' + step.toLocaleString('en');
    cursor.style.left = left + '%';
    tip.style.left = left > 50 ? '' : 'calc(' + left + '% + 12px)';
    tip.style.right = left > 50 ? 'calc(' + (100 - left) + '% + 12px)' : '';
    found.forEach((point, i) => {
      marks[i].style.left = 100 * place(point[0], chart.x[0], chart.x[1], false) + '%';
      marks[i].style.bottom = 100 * place(point[1], chart.y[0], chart.y[1], chart.log) + '%';
      rows[i].textContent = (lines[i].name ? lines[i].name + ' ' : '') +
        Number(point[1].toPrecision(4)) +
        (point[0] === step ? '' : ' (step ' + point[0].toLocaleString('en') + ')');
    });
    for (const part of parts) part.hidden = false;
  });
  plot.addEventListener('pointerleave', () => { for (const part of parts) part.hidden = true; });
}
)js";
}

}  // namespace linseed::page
