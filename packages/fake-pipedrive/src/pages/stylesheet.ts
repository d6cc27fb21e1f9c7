/** The style of all pages, light and dark, without other files. It avoids Pipedrive's colours on purpose. */
export const stylesheet = `
:root {
  color-scheme: light dark;
  --ink: light-dark(#1c1b22, #f1eff7); --soft: light-dark(#66636f, #a5a1b1);
  --page: light-dark(#f4f2f8, #131217); --card: light-dark(#fff, #1d1c23);
  --line: light-dark(#e4e0ec, #34323d); --tint: light-dark(#f8f6fc, #25232d);
  --accent: light-dark(#5b3df5, #8f7bff); --on-accent: light-dark(#fff, #14101f);
  --good: light-dark(#0d7a4f, #5fd6a2); --bad: light-dark(#b3261e, #ff8a80);
}
* { box-sizing: border-box; }
body { --width: 480px; margin: 0; -webkit-text-size-adjust: 100%; overflow-wrap: anywhere; min-height: 100vh; color: var(--ink); background: var(--page);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; }
body.wide { --width: 960px; } body.widest { --width: 1080px; }
.banner p { margin: 0; } .banner { padding: 10px 20px; text-align: center; font-size: 14px; color: #2b1d00;
  background: repeating-linear-gradient(-45deg, #ffc53d 0 14px, #ffd15c 14px 28px); }
main { width: min(100% - 32px, var(--width)); margin: 48px auto; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 16px; padding: 32px;
  box-shadow: 0 1px 2px rgb(20 10 60 / 5%), 0 12px 32px rgb(20 10 60 / 7%); }
.card > :last-child { margin-bottom: 0; }
.card + .card { margin-top: 24px; }
h1 { margin: 0 0 6px; font-size: 24px; line-height: 1.25; letter-spacing: -.015em; }
h2 { margin: 0 0 16px; font-size: 17px; }
p { margin: 0 0 16px; }
a { color: var(--accent); } .soft { color: var(--soft); } small, .small { font-size: 13.5px; }
.pair { display: flex; align-items: center; gap: 10px; margin-bottom: 22px; }
.tile { display: grid; place-items: center; width: 48px; height: 48px; border-radius: 13px; font-weight: 650;
  font-size: 20px; color: var(--on-accent); background: var(--accent); }
.tile.plain { color: var(--ink); background: var(--tint); border: 1px solid var(--line); }
.pair .line { width: 34px; border-top: 2px dotted var(--line); }
label { display: block; margin: 24px 0 6px; font-weight: 600; font-size: 14px; }
select { width: 100%; padding: 11px 38px 11px 14px; font: inherit; color: inherit; border: 1px solid var(--line);
  border-radius: 10px; appearance: none;
  background: var(--tint) no-repeat right 16px center / 10px linear-gradient(var(--soft), var(--soft));
  background-image: url("data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 10 6'%3E%3Cpath d='m1 1 4 4 4-4' fill='none' stroke='%238a8694' stroke-width='1.6'/%3E%3C/svg%3E"); }
ul.scopes { list-style: none; margin: 0; padding: 4px 16px; border: 1px solid var(--line); border-radius: 10px; }
ul.scopes li { display: flex; gap: 12px; padding: 10px 0; }
ul.scopes li + li { border-top: 1px solid var(--line); }
ul.scopes li::before { content: "✓"; color: var(--good); font-weight: 700; }
code { font: 13px/1.5 ui-monospace, "SF Mono", Menlo, Consolas, monospace; overflow-wrap: anywhere; }
.actions { display: flex; gap: 12px; margin-top: 26px; }
.actions > * { flex: 1; }
button, .button { display: inline-block; padding: 11px 18px; font: inherit; font-weight: 600; text-align: center; text-decoration: none;
  color: var(--ink); background: var(--card); border: 1px solid var(--line); border-radius: 10px; cursor: pointer; }
button:hover, .button:hover { background: var(--tint); }
.actions .primary { flex: 1.6; }
.primary, .primary:hover { color: var(--on-accent); background: var(--accent); border-color: var(--accent); }
.primary:hover { filter: brightness(1.08); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.name:focus { outline: 3px solid var(--accent); outline-offset: 4px; border-radius: 4px; }
details { margin-top: 22px; font-size: 13.5px; color: var(--soft); } summary { cursor: pointer; }
dl + p { margin: 26px 0 10px; }
dl { display: grid; grid-template-columns: fit-content(12em) minmax(0, 1fr); gap: 8px 20px; margin: 0; }
details dl { margin-top: 12px; gap: 4px 16px; }
dt { color: var(--soft); } dd { margin: 0; }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: 14.5px; }
th { padding: 0 14px 8px 0; text-align: left; font-size: 12.5px; font-weight: 600; color: var(--soft); }
td { padding: 11px 14px 11px 0; border-top: 1px solid var(--line); vertical-align: middle; }
td:last-child, th:last-child { padding-right: 0; }
.users { list-style: none; margin: 0; padding: 0; font-size: 14.5px; }
.users li { display: grid; grid-template-columns: 3fr 3fr 4fr minmax(15em, auto); gap: 4px 20px; align-items: center; padding: 12px 0; border-top: 1px solid var(--line); }
.users li > * { min-width: 0; } .name { margin: 0; font-size: inherit; font-weight: 600; display: inline-block; }
.does { display: flex; flex-wrap: wrap; gap: 8px; justify-content: end; } .does > * { padding: 5px 11px; font-size: 13.5px; border-radius: 8px; }
.said { grid-column: 1 / -1; margin: 0; font-size: 13.5px; } .said:empty { display: none; } button[aria-busy=true] { opacity: .55; cursor: progress; }
td { overflow-wrap: break-word; min-width: 5em; }
.danger { color: var(--bad); } .good { color: var(--good); }
.badge { display: inline-block; padding: 1px 9px; font-size: 12.5px; font-weight: 600; border-radius: 99px;
  border: 1px solid currentcolor; }
.viewers { display: flex; flex-wrap: wrap; align-items: center; gap: 8px; margin: -16px 0 20px; font-size: 14px; }
.viewers a { padding: 5px 12px; line-height: 1.3; color: inherit; text-decoration: none; border: 1px solid var(--line); border-radius: 10px; }
.viewers a:hover { background: var(--card); } .viewers a[aria-current] { border-color: var(--accent); background: var(--card); }
.viewers small { display: block; font-size: 12px; color: var(--soft); }
bdi { max-width: 100%; } .viewers a { min-width: 0; max-width: 100%; }
.deal { display: grid; grid-template-columns: minmax(0, 4fr) minmax(0, 5fr); gap: 20px; align-items: start; }
.deal .card + .card { margin: 0; } .card { min-width: 0; } .deal dl { margin: 18px 0 24px; }
.panel { padding: 0; overflow: hidden; } .panel h2 { margin: 0; padding: 14px 20px; border-bottom: 1px solid var(--line); font-size: 15px; }
.panel iframe { display: block; width: 100%; height: 400px; border: 0; }
.ghost { display: grid; gap: 12px; margin-bottom: 24px; } .ghost i { height: 12px; border-radius: 6px; background: var(--tint); border: 1px solid var(--line); }
.ghost i:nth-child(2) { width: 82%; } .ghost i:nth-child(3) { width: 64%; }
@media (max-width: 760px) { .users li { grid-template-columns: minmax(0, 1fr) minmax(0, 1fr); } .does { justify-content: start; } .deal { grid-template-columns: minmax(0, 1fr); } }
@media (max-width: 520px) { main { margin: 20px auto; } .card { padding: 22px; } .users li, dl { grid-template-columns: minmax(0, 1fr); } dd + dt { margin-top: 6px; } .actions { flex-direction: column-reverse; } }
`
