/** The style of all pages, light and dark. */
export const stylesheet = `
:root {
  color-scheme: light dark;
  --ink: light-dark(#17201b, #e9efeb); --soft: light-dark(#59645e, #9ba8a1);
  --page: light-dark(#f5f5f0, #0f1311); --card: light-dark(#fff, #171d1a); --tint: light-dark(#f4f6f2, #1f2723);
  --line: light-dark(#e0e3dc, #2c3631); --strong: light-dark(#c6ccc4, #44514a);
  --accent: light-dark(#0a6b43, #5fd39b); --on-accent: light-dark(#fff, #06150d);
  --good: light-dark(#0a6b43, #5fd39b); --good-tint: light-dark(#e3f4ea, #12301f);
  --busy: light-dark(#1d56b8, #8ab8ff); --busy-tint: light-dark(#e6eefc, #16263f);
  --warning: light-dark(#8a4b00, #f2b45c); --warning-tint: light-dark(#fdf0dc, #35260f);
  --bad: light-dark(#b0231d, #ff9189); --bad-tint: light-dark(#fce9e7, #3a1715);
  --mono: ui-monospace, "SF Mono", "Cascadia Code", Menlo, Consolas, "DejaVu Sans Mono", monospace;
}
*, ::before, ::after { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; overflow-wrap: anywhere; color: var(--ink); background: var(--page); -webkit-text-size-adjust: 100%;
  font: 15px/1.5 Inter, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; }
h1, h2, h3, p, dl, dd, ol, ul, figure { margin: 0; padding: 0; } ol, ul { list-style: none; }
h1 { font-size: 22px; line-height: 1.2; letter-spacing: -.015em; text-wrap: balance; }
h2 { font-size: 15px; line-height: 1.4; letter-spacing: -.005em; }
h3 { font-size: 12.5px; font-weight: 600; color: var(--soft); }
a { color: var(--accent); } code { font: 12.5px/1.5 var(--mono); overflow-wrap: anywhere; }
.soft { color: var(--soft); font-size: 13.5px; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.top, main, .people { width: min(100% - 40px, 1200px); margin-inline: auto; }
.top { display: flex; align-items: center; gap: 16px; padding: 14px 0; }
.brand { display: flex; align-items: center; gap: 11px; margin-right: auto; font-weight: 650; color: inherit;
  text-decoration: none; letter-spacing: -.01em; } .brand em { font-style: normal; font-weight: 400; color: var(--soft); }
.brand svg { flex: none; } #time { font-variant-numeric: tabular-nums; }
.card { padding: 24px; background: var(--card); border: 1px solid var(--line); border-radius: 16px; min-width: 0; }
.row { display: flex; justify-content: space-between; align-items: start; gap: 16px; margin-bottom: 14px; }
[inert] { opacity: .45; }

button, .button { display: inline-block; padding: 8px 14px; font: inherit; font-weight: 600; font-size: 14px; line-height: 1.4;
  color: var(--ink); background: var(--card); border: 1px solid var(--strong); border-radius: 10px; cursor: pointer;
  text-decoration: none; white-space: nowrap; transition: background .12s, border-color .12s; }
button:hover, .button:hover { background: var(--tint); border-color: var(--soft); }
button.on { color: var(--warning); background: var(--warning-tint); border-color: currentcolor; }
button[aria-busy=true] { opacity: .55; cursor: progress; }
button.danger { color: var(--bad); } button.danger:hover { background: var(--bad-tint); border-color: currentcolor; }
.primary, .primary:hover { color: var(--on-accent); background: var(--accent); border-color: var(--accent); }
.primary:hover { filter: brightness(1.1); } .quiet { border-color: transparent; background: none; color: var(--accent); }
.big { padding: 14px 24px; font-size: 16.5px; border-radius: 12px; }

.pill { flex: none; padding: 4px 12px; font-size: 13px; font-weight: 600; border-radius: 99px; text-decoration: none; }
.pill.plain { color: var(--soft); border: 1px solid var(--line); } a.pill:hover { border-color: var(--strong); color: var(--ink); }
.good { --tone: var(--good); --tone-tint: var(--good-tint); } .busy { --tone: var(--busy); --tone-tint: var(--busy-tint); }
.warning { --tone: var(--warning); --tone-tint: var(--warning-tint); } .bad { --tone: var(--bad); --tone-tint: var(--bad-tint); }
.pill:is(.good, .busy, .warning, .bad) { color: var(--tone); background: var(--tone-tint); }
.pill:is(.good, .busy, .warning, .bad)::before { content: ""; display: inline-block; width: 7px; height: 7px; margin-right: 8px;
  border-radius: 50%; background: currentcolor; vertical-align: .08em; } .pill.busy::before { animation: pulse .7s infinite alternate; }
@keyframes pulse { to { opacity: .25; } }
.notice { margin: 14px 0 0; padding: 10px 14px; font-size: 14px; color: var(--warning); background: var(--warning-tint); border-radius: 10px; }
.notice.bad { color: var(--bad); background: var(--bad-tint); margin: 0 0 14px; } .notice strong { font-variant-numeric: tabular-nums; }
.chip { display: inline-block; padding: 0 7px; background: var(--tint); border: 1px solid var(--line); border-radius: 6px; }
.chip.bad { color: var(--bad); background: var(--bad-tint); border-color: transparent; }

.people { display: flex; align-items: center; gap: 8px; margin-bottom: 16px; }
.people ul { display: flex; gap: 8px; overflow-x: auto; padding: 3px; margin: -3px; }
.tab { max-width: min(18em, 78vw); white-space: normal; display: grid; padding: 7px 14px; text-align: left; line-height: 1.3; border-color: var(--line); background: none; }
.tab small { font-size: 12px; font-weight: 400; color: var(--soft); }
.tab[aria-current] { background: var(--card); border-color: var(--accent); box-shadow: inset 0 0 0 1px var(--accent); }

main { display: grid; grid-template-columns: minmax(0, 5fr) minmax(0, 7fr); gap: 16px; padding-bottom: 56px; align-items: stretch; }
#actions { grid-column: 1 / -1; }
.side { grid-column: 1 / -1; display: grid; grid-template-columns: minmax(0, 7fr) minmax(0, 5fr); gap: 16px; align-items: start; }
.who { display: flex; align-items: center; gap: 14px; flex-wrap: wrap; } .who > div { flex: 1; min-width: 12em; } .who p { color: var(--soft); }
.avatar { display: grid; place-items: center; width: 48px; height: 48px; border-radius: 14px; font-weight: 650; font-size: 17px;
  color: var(--good); background: var(--good-tint); }
.token { margin-top: 18px; padding: 14px 18px 18px; background: var(--tint); border-radius: 12px; font-size: 14px; color: var(--soft); }
.token .button { margin-top: 12px; }
.countdown { font-size: 44px; line-height: 1.15; font-weight: 600; letter-spacing: -.03em; font-variant-numeric: tabular-nums; color: var(--ink); }
.countdown.over { color: var(--warning); }
progress { appearance: none; display: block; width: 100%; height: 6px; margin-top: 8px; border: 0; border-radius: 3px; overflow: hidden; background: var(--line); }
progress::-webkit-progress-bar { background: var(--line); } progress::-webkit-progress-value { background: var(--accent); border-radius: 3px; }
progress::-moz-progress-bar { background: var(--accent); }
.facts { margin-top: 14px; font-size: 14px; } .facts div { display: grid; grid-template-columns: 11.6em 1fr; gap: 12px; padding: 4px 0; }
.facts dt { color: var(--soft); } .facts dd { min-width: 0; font-variant-numeric: tabular-nums; }

.machine { display: flex; flex-direction: column; } .machine figure { display: flex; flex-direction: column; justify-content: center; gap: 14px; flex: 1; }
.machine svg { display: block; width: 100%; height: auto; overflow: visible; } .machine svg.portrait { display: none; }
.machine figcaption { color: var(--soft); font-size: 13px; }
.node rect { fill: var(--card); stroke: var(--strong); stroke-width: 1.3; transition: fill .25s, stroke .25s; }
.node text { fill: var(--soft); font-size: 14px; font-weight: 600; transition: fill .25s; }
.arrow path { fill: none; stroke: var(--strong); stroke-width: 1.3; transition: stroke .25s; }
.landscape .arrow path { marker-end: url(#landscape-head); } .portrait .arrow path { marker-end: url(#portrait-head); }
.arrow text { fill: var(--soft); font: 11px var(--mono); transition: fill .25s; } marker.head path { fill: var(--strong); } marker.lit path { fill: var(--accent); }
.arrow.lit path { stroke: var(--accent); stroke-width: 2; } .arrow.lit text { fill: var(--accent); }
.landscape .arrow.lit path { marker-end: url(#landscape-head-lit); } .portrait .arrow.lit path { marker-end: url(#portrait-head-lit); }
[data-state=not_installed] [data-node=not_installed] rect { fill: var(--tint); stroke: var(--ink); stroke-width: 2; }
[data-state=active] [data-node=active] rect { fill: var(--good-tint); stroke: var(--good); stroke-width: 2; }
[data-state=refreshing] [data-node=refreshing] rect { fill: var(--busy-tint); stroke: var(--busy); stroke-width: 2; }
[data-state=in_doubt] [data-node=in_doubt] rect { fill: var(--warning-tint); stroke: var(--warning); stroke-width: 2; }
[data-state=reauthorization_required] [data-node=reauthorization_required] rect { fill: var(--bad-tint); stroke: var(--bad); stroke-width: 2; }
[data-state=not_installed] [data-node=not_installed] text { fill: var(--ink); } [data-state=active] [data-node=active] text { fill: var(--good); }
[data-state=refreshing] [data-node=refreshing] text { fill: var(--busy); } [data-state=in_doubt] [data-node=in_doubt] text { fill: var(--warning); }
[data-state=reauthorization_required] [data-node=reauthorization_required] text { fill: var(--bad); }

.bench { display: grid; grid-template-columns: minmax(0, 8fr) minmax(0, 5fr); gap: 24px 40px; margin-top: 12px; }
.groups { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 12.5em), 1fr)); gap: 24px; } .groups > div { display: grid; gap: 18px; align-content: start; }
.group { display: grid; gap: 10px; align-content: start; } .tile button { width: 100%; } .tile p { margin-top: 3px; font-size: 12.5px; line-height: 1.4; }
.outcome { display: flex; flex-direction: column; gap: 10px; } #result { flex: 1; display: grid; min-height: 132px; }
#result > * { padding: 14px 18px; background: var(--tint); border-radius: 12px; } .result { border-left: 3px solid var(--tone, var(--strong)); border-radius: 4px 12px 12px 4px !important; }
.result code { color: var(--tone, inherit); } .figures { display: grid; grid-template-columns: repeat(3, auto); justify-content: start; gap: 10px 32px; margin-top: 14px; }
.figures div { display: flex; flex-direction: column-reverse; } .figures dt { color: var(--soft); font-size: 12.5px; }
.figures dd { font-size: 24px; font-weight: 600; line-height: 1.2; letter-spacing: -.02em; font-variant-numeric: tabular-nums; }

.scroll { overflow-x: auto; } table { width: 100%; border-collapse: collapse; font-size: 14px; font-variant-numeric: tabular-nums; }
th { padding: 0 16px 8px 0; text-align: left; font-size: 12.5px; font-weight: 500; color: var(--soft); white-space: nowrap; }
td { padding: 11px 16px 11px 0; border-top: 1px solid var(--line); } td:not(:first-child) { white-space: nowrap; }
.number { text-align: right; } th:last-child, td:last-child { padding-right: 0; }
.dot::before { content: ""; display: inline-block; width: 7px; height: 7px; margin-right: 8px; border-radius: 50%; background: var(--tone, var(--soft)); }
.events { max-height: 460px; margin-top: 12px; overflow-y: auto; } .events + .empty { margin-top: -2px; } .events:not(:empty) + .empty { display: none; }
.events li { display: grid; grid-template-columns: 5.2em 1fr; gap: 0 8px; padding: 11px 0; border-top: 1px solid var(--line); font-size: 14px; }
.events li:first-child { border-top: 0; } .gone { margin: 8px 0 20px; color: var(--soft); } .events li.new { animation: arrive 1.6s; } @keyframes arrive { from { background: var(--good-tint); } }
.events time { grid-row: span 2; color: var(--tone, var(--soft)); font-variant-numeric: tabular-nums; font-size: 13px; line-height: 21px; }
.live { margin-left: 8px; font-size: 12px; font-weight: 500; color: var(--soft); visibility: hidden; } .live.on { visibility: visible; color: var(--good); }
.live::before { content: ""; display: inline-block; width: 6px; height: 6px; margin-right: 6px; border-radius: 50%; background: currentcolor; vertical-align: .12em; }

.hero { display: flex; flex-direction: column; align-items: start; justify-content: center; gap: 18px; padding: 40px 8px; }
.hero h1 { font-size: clamp(30px, 4.4vw, 44px); line-height: 1.08; letter-spacing: -.03em; } .hero p { max-width: 34em; font-size: 16.5px; color: var(--soft); }
.welcome { align-content: center; min-height: min(680px, 100vh - 90px); } .welcome > #events { grid-column: 1 / -1; }
.buttons { display: flex; flex-wrap: wrap; justify-content: end; gap: 8px; }
body.panel { background: var(--card); } .panel main { display: block; width: auto; margin: 0; padding: 20px; } .panel h1 { font-size: 17px; }
.deals { margin: 2px 0 14px; } .deals li { display: flex; justify-content: space-between; gap: 16px; padding: 11px 0; border-top: 1px solid var(--line); font-size: 14px; }
.deals small { display: block; margin-top: 1px; font-size: 12.5px; color: var(--soft); } .deals strong { font-weight: 600; font-variant-numeric: tabular-nums; }
.invitation { display: grid; justify-items: center; gap: 12px; padding: 56px 12px; text-align: center; text-wrap: balance; } .panel .invitation h1 { font-size: 22px; }
.invitation p { max-width: 30em; color: var(--soft); } .invitation .button { margin-top: 6px; }
.plain-page { display: block; max-width: 34rem; } .plain-page p { margin: 10px 0 20px; color: var(--soft); }
@media (max-width: 900px) { main, .side, .bench { grid-template-columns: minmax(0, 1fr); } .outcome { order: -1; } }
@media (max-width: 560px) {
  .top, main, .people { width: calc(100% - 24px); } .card { padding: 18px; border-radius: 14px; } .brand em { display: none; }
  .top { flex-wrap: wrap; gap: 10px; } #time { order: 3; width: 100%; } #time:empty { display: none; }
  .machine svg.landscape { display: none; } .machine svg.portrait { display: block; max-width: 380px; margin-inline: auto; }
  .facts div { grid-template-columns: 8em 1fr; } .people { align-items: start; flex-direction: column; } .people ul { max-width: 100%; } .quiet { padding-left: 4px; }
  .hero { padding: 24px 6px; } .welcome { align-content: start; }
}
@media (prefers-reduced-motion: reduce) { *, ::before { animation: none !important; transition: none !important; } }
`
