// Puts the parts together.
const campaigns = data.campaigns.map((row, at) => {
  const [strategy, symbol, side, opened, closed, quantity, left, entry, exit, gross, costs, net, worst, best, multiple, bars, purpose, order] = row;
  return { number: at + 1, strategy, symbol, side, opened, closed, quantity, left, entry, exit, gross, costs, net, worst, best, multiple, bars, purpose, order };
});
const of = (list, name) => list.filter((one) => one.symbol === name);

if (unpacked(data.equity.t).length) new Curve($("#equity"));
else $("#equity").replaceChildren(element("p", { class: "empty" }, "No equity was marked: the record holds no bars."));

// Trades on candles.
const stage = $("#candles");
const chart = new Candles(stage);
const picks = $("#picks");
let current = null;
let shownTrades = null;

function spans(ticker) {
  const all = [1, 5, 15, 60, 300, 900, 3600, 14400, 86400];
  const reach = ticker.count ? ticker.span * ticker.count : 0;
  return [ticker.span, ...all.filter((span) => span > ticker.span && span % ticker.span === 0 && span * 8 <= reach)].slice(0, 6);
}

function choose(name, trade = null) {
  const ticker = data.tickers.find((one) => one.symbol === name);
  if (!ticker) return;
  current = ticker;
  const mine = of(campaigns, name);
  chart.load(ticker, mine);
  $("#ticker").textContent = name;
  const net = mine.reduce((sum, one) => sum + one.net, 0);
  $("#ticker-net").textContent = mine.length ? `${signed(net)} in ${plural(mine.length, "campaign")}` : "not traded";
  $("#ticker-net").className = mine.length ? tone(net) : "soft";
  $("#spans").replaceChildren(...(ticker.count ? spans(ticker) : []).map((span) => element("button", {
    "aria-pressed": String(span === ticker.span),
    onclick: (event) => {
      for (const other of $("#spans").children) other.setAttribute("aria-pressed", String(other === event.target));
      chart.setSpan(span);
    },
  }, spanName(span))));
  for (const button of picks.querySelectorAll("button")) button.setAttribute("aria-current", String(button.dataset.name === name));
  const names = [...new Set([...mine.map((one) => one.strategy), ...ticker.lines.map((line) => line.strategy)])].sort();
  $("#strategy").replaceChildren(element("option", { value: "" }, "All strategies"), ...names.map((one) => element("option", { value: one }, one)));
  $("#strategy").hidden = names.length < 2;
  chart.strategy = "";
  shownTrades.setRows(mine);
  shownTrades.host.hidden = !mine.length;
  $("#merged").hidden = !ticker.merged;
  pick(trade);
}

function pick(trade) {
  shownTrades.marked = trade;
  shownTrades.draw();
  if (trade) chart.pick(trade);
}

function go(trade, behavior = "auto") {
  choose(trade.symbol, trade);
  $("#charts").scrollIntoView({ block: "start", behavior });
}

function step(by) {
  const mine = of(campaigns, current.symbol);
  if (!mine.length) return;
  const at = chart.selected ? mine.indexOf(chart.selected) + by : by > 0 ? 0 : mine.length - 1;
  pick(mine[(at + mine.length) % mine.length]);
}

const sides = { 1: "long", "-1": "short" };
const tradeColumns = [
  { name: "#", of: (t) => t.number, num: true },
  { name: "Ticker", of: (t) => t.symbol },
  { name: "Strategy", of: (t) => t.strategy },
  { name: "Side", of: (t) => sides[t.side] },
  { name: "Opened", of: (t) => t.opened, text: moment, moment: true },
  { name: "Held", of: (t) => (t.closed ? t.closed - t.opened : null), text: (v) => (v === null ? "open" : lasting(v) || "0s"), num: true },
  { name: "Quantity", of: (t) => t.quantity, text: whole, num: true },
  { name: "Entry", of: (t) => t.entry, text: (v) => fixed(v, 4).replace(/0{1,2}$/, ""), num: true },
  { name: "Exit", of: (t) => t.exit, text: (v) => (v === null ? "" : fixed(v, 4).replace(/0{1,2}$/, "")), num: true },
  { name: "Left by", of: (t) => (t.closed ? t.purpose : "") },
  { name: "Costs", of: (t) => t.costs, text: (v) => fixed(v), num: true },
  { name: "Net", of: (t) => t.net, num: true, cell: coloured },
  { name: "R", of: (t) => t.multiple, text: (v) => (v === null ? "n/a" : signed(v)), num: true },
  { name: "MAE", of: (t) => t.worst, text: (v) => fixed(v), num: true },
  { name: "MFE", of: (t) => t.best, text: (v) => fixed(v), num: true },
  { name: "Bars", of: (t) => t.bars, num: true },
];
shownTrades = new Table($("#ticker-trades"), tradeColumns.filter((column) => column.name !== "Ticker"), campaigns, { size: 8, find: false, go: pick });

const pickRows = data.tickers.map((ticker) => {
  const mine = of(campaigns, ticker.symbol);
  return { name: ticker.symbol, net: mine.reduce((sum, one) => sum + one.net, 0), count: mine.length, bars: ticker.count };
});
function drawPicks(word = "") {
  picks.replaceChildren(...pickRows.filter((row) => row.name.toLowerCase().includes(word)).slice(0, 500).map((row) => element("li", {}, element("button", {
    "data-name": row.name, "aria-current": String(row.name === current?.symbol), onclick: () => choose(row.name),
  }, element("span", {}, row.name), element("span", { class: `net ${tone(row.net)}` }, row.count ? signed(row.net) : ""),
  element("small", {}, `${row.count ? plural(row.count, "campaign") : "not traded"}, ${plural(row.bars, "bar")}`)))));
}
$("#find").addEventListener("input", (event) => drawPicks(event.target.value.toLowerCase()));
drawPicks();
for (const [id, key] of [["trades", "trades"], ["levels", "levels"], ["plots", "plots"], ["volume", "volume"]]) {
  $(`#show-${id}`).addEventListener("change", (event) => { chart.shown[key] = event.target.checked; chart.draw(); });
}
$("#show-plots").parentNode.hidden = !data.tickers.some((ticker) => ticker.lines.length);
$("#strategy").addEventListener("change", (event) => { chart.strategy = event.target.value; chart.draw(); });
$("#zoom-in").addEventListener("click", () => chart.zoom(0.6));
$("#zoom-out").addEventListener("click", () => chart.zoom(1 / 0.6));
$("#zoom-fit").addEventListener("click", () => chart.fit());
$("#next").addEventListener("click", () => step(1));
$("#previous").addEventListener("click", () => step(-1));
chart.onpick = (trade) => { shownTrades.marked = trade; shownTrades.draw(); };

// Tables and timelines.
new Table($("#all-trades"), tradeColumns, campaigns, { title: "campaigns", go: (trade) => go(trade), none: "No campaign was begun." });
new Table($("#all-orders"), [
  { name: "Time", of: (o) => o[0], text: moment, moment: true },
  { name: "Ticker", of: (o) => o[1] },
  { name: "Strategy", of: (o) => o[2] },
  { name: "Purpose", of: (o) => o[3] },
  { name: "Type", of: (o) => o[4].replace("_", " ") },
  { name: "Side", of: (o) => (o[5] > 0 ? "buy" : "sell") },
  { name: "Quantity", of: (o) => Math.abs(o[5]), text: whole, num: true },
  { name: "Price", of: (o) => o[6], text: (v) => (v === null ? "" : fixed(v)), num: true },
  { name: "State", of: (o) => o[7].replace("_", " ") },
  { name: "Filled", of: (o) => o[8], text: whole, num: true },
  { name: "Average", of: (o) => o[9], text: (v) => (v === null ? "" : fixed(v, 4).replace(/0{1,2}$/, "")), num: true },
  { name: "Fees", of: (o) => o[10], text: (v) => fixed(v), num: true },
  { name: "Order", of: (o) => o[11], cell: (o, id) => element("code", {}, id) },
  { name: "Reason", of: (o) => o[13] },
], data.orders, { title: "orders", none: "No order was sent." });
new Table($("#all-scans"), [
  { name: "Time", of: (s) => s[0], text: moment, moment: true },
  { name: "Ticker", of: (s) => s[1] },
  { name: "Verdict", of: (s) => (s[2] ? "in" : "out"), cell: (s) => element("span", { class: s[2] ? "up" : "soft" }, s[2] ? "in" : "out") },
  { name: "Reason", of: (s) => s[3], wide: true },
  { name: "Price", of: (s) => s[4], text: (v) => (v === null ? "" : fixed(v)), num: true },
  { name: "Change %", of: (s) => s[5], text: (v) => (v === null ? "" : signed(v)), num: true },
  { name: "Volume", of: (s) => s[6], text: (v) => (v === null ? "" : fixed(v, 0)), num: true },
], data.scans, { size: 12, title: "scanner rows", none: "No scanner spoke in this record." });
new Table($("#all-notes"), [
  { name: "Time", of: (n) => n[0], text: moment, moment: true },
  { name: "Kind", of: (n) => n[1] },
  { name: "What", of: (n) => n[2], wide: true },
], data.notes, { size: 12, title: "notes", none: "Nothing went wrong and nothing was noted." });
lanes($("#lanes"), (name) => { choose(name); $("#charts").scrollIntoView({ block: "start" }); });
bins($("#bins"));
for (const table of document.querySelectorAll("table.sortable")) sortable(table);
for (const row of document.querySelectorAll("[data-ticker]")) {
  row.addEventListener("click", () => { choose(row.dataset.ticker); $("#charts").scrollIntoView({ block: "start" }); });
}

// Zone and theme.
function writeTimes() {
  for (const made of document.querySelectorAll("time[data-ms]")) {
    const ms = Number(made.dataset.ms);
    made.textContent = `${day(ms)} ${second(ms)}`;
  }
  for (const button of $("#zones").children) button.setAttribute("aria-pressed", String(button.textContent === zone));
}
onChange(writeTimes);
$("#zones").append(...Object.keys(zones).map((name) => element("button", { onclick: () => { zone = name; redrawAll(); } }, name)));
$("#theme").addEventListener("click", () => {
  const next = document.documentElement.dataset.theme === "light" ? "dark" : "light";
  remember("theme", next);
  setTheme(next);
});
const first = wanted.get("ticker") ?? pickRows.slice().sort((one, two) => two.count - one.count)[0]?.name;
if (first) choose(first);
const linked = campaigns.find((one) => one.number === Number(wanted.get("trade")));
if (linked) requestAnimationFrame(() => go(linked, "instant"));
redrawAll();
document.documentElement.dataset.ready = "yes";
