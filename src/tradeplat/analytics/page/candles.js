// A curve's colour says whose it is, its dashes which of that strategy's it is.
const DASHES = [[[], "solid"], [[7, 4], "dashed"], [[2, 3], "dotted"]];

// Candles of one ticker with its fills, stops, targets, declared curves, halts and desk hours.
class Candles extends View {
  constructor(stage) {
    super(stage, 560, "Candles with trades");
    this.shown = { trades: true, levels: true, plots: true, volume: true };
    this.strategy = "";
    this.selected = null;
    this.right = 72;
  }

  load(ticker, campaigns) {
    this.ticker = ticker;
    this.campaigns = campaigns;
    this.frames = new Map();
    this.selected = null;
    if (!ticker.count) { this.base = null; this.count = 0; this.draw(); return; }
    const times = unpacked(ticker.t), close = new Float64Array(ticker.count);
    for (let at = 0; at < close.length; at++) close[at] = ticker.t0 + times[at];
    const price = (column) => Float64Array.from(unpacked(column), (steps) => ticker.base + steps * ticker.step);
    const made = { span: ticker.span, close, o: price(ticker.o), h: price(ticker.h), l: price(ticker.l), c: price(ticker.c), v: unpacked(ticker.v) };
    made.open = Float64Array.from(close, (ts) => ts - ticker.span * 1000);
    this.base = made;
    this.setSpan(ticker.span);
    this.fit();
  }

  // Bars of `span` seconds, merged from the finest there are.
  frame(span) {
    if (span === this.base.span) return this.base;
    if (!this.frames.has(span)) this.frames.set(span, merged(this.base, span));
    return this.frames.get(span);
  }

  setSpan(span) {
    const before = this.bars, from = before?.open[Math.max(0, Math.floor(this.from))], to = before?.close[Math.min(this.count, Math.ceil(this.to)) - 1];
    const whole = !before || (this.from <= 0 && this.to >= this.count);
    this.bars = this.frame(span);
    this.count = this.bars.close.length;
    this.owners = [...new Set(this.ticker.lines.map((line) => line.strategy))];
    this.placed = this.ticker.lines.map((line, at, all) => {
      const rank = all.slice(0, at).filter((other) => other.strategy === line.strategy).length;
      const [dash, border] = DASHES[rank % DASHES.length], colour = `curve-${1 + (this.owners.indexOf(line.strategy) % 4)}`;
      return { ...line, at: unpacked(line.t), value: unpacked(line.v), colour, dash, border };
    });
    if (whole || !from) this.fit();
    else this.show(above(this.bars.close, from), above(this.bars.close, to - 1) + 1);
  }

  // Where an instant lies on the index axis.
  place(ts) {
    const { open, close } = this.bars, at = above(close, ts);
    if (at >= close.length) return close.length;
    return at + Math.min(1, Math.max(0, (ts - open[at]) / (close[at] - open[at])));
  }

  // The middle of the bar in which an instant lies.
  middle(ts) { return this.x(Math.floor(Math.min(this.place(ts), this.count - 0.01)) + 0.5); }

  pick(campaign) {
    this.selected = campaign;
    const from = this.place(campaign.opened), to = this.place(campaign.closed || data.to);
    const pad = Math.max(25, (to - from) * 0.6);
    this.show(from - pad, to + pad);
  }

  range(first, last) {
    let low = Infinity, high = -Infinity, most = 0;
    for (let at = first; at <= last; at++) {
      if (this.bars.l[at] < low) low = this.bars.l[at];
      if (this.bars.h[at] > high) high = this.bars.h[at];
      if (this.bars.v[at] > most) most = this.bars.v[at];
    }
    const reach = (high - low || high * 0.001) * 0.6;
    if (this.shown.levels) {
      for (const level of this.levels(first, last)) {
        if (level.price < low && level.price > low - reach) low = level.price;
        if (level.price > high && level.price < high + reach) high = level.price;
      }
    }
    const margin = (high - low || Math.abs(high) * 0.002 || 1) * 0.07;
    return { low: low - margin, high: high + margin, most };
  }

  levels(first, last) {
    const from = this.bars.open[first], to = this.bars.close[last];
    return this.ticker.levels
      .map(([kind, strategy, price, start, end]) => ({ kind, strategy, price, start, end: end || data.to }))
      .filter((level) => level.start <= to && level.end >= from && this.wanted(level.strategy));
  }

  wanted(strategy) { return !this.strategy || this.strategy === strategy; }

  draw() {
    if (!this.begin()) return;
    const pen = this.pen;
    if (!this.base) {
      this.legend.replaceChildren();
      pen.fillStyle = ink.soft; pen.textAlign = "center";
      pen.fillText("No bars were recorded for this ticker.", this.width / 2, this.height / 2);
      return;
    }
    const bars = this.bars, bottom = this.height - this.foot;
    const extra = this.shown.plots ? [...new Set(this.placed.filter((line) => line.pane > 0 && this.wanted(line.strategy)).map((line) => line.pane))].sort() : [];
    const below = extra.length * 84, volume = this.shown.volume ? 74 : 0, floor = bottom - below - volume;
    const first = Math.max(0, Math.floor(this.from)), last = Math.min(this.count - 1, Math.ceil(this.to) - 1);
    if (last < first) return;
    const { low, high, most } = this.range(first, last);
    // The legend has a line for the bar and one for each strategy with curves; prices stay below it.
    const top = 30 + (this.shown.plots ? 19 * this.owners.filter((one) => this.wanted(one)).length : 0);
    const y = (value) => top + (1 - (value - low) / (high - low)) * (floor - top - 12);
    const digits = this.ticker.decimals;
    this.timeAxis(bars.open, 0, bottom);
    const shown = bars.c[last];
    this.axis(ticks(low, high, 7), y, (value) => fixed(value, digits), 0, floor, y(shown));
    pen.strokeStyle = ink.line;
    pen.strokeRect(-1, -1, this.width + 1.5, bottom + 1.5);
    pen.save();
    pen.beginPath(); pen.rect(0, 0, this.width, bottom); pen.clip();
    this.spells(bottom);
    this.drawBars(first, last, y, floor, volume, most);
    if (this.shown.plots) this.drawLines(first, last, y, bottom, extra);
    if (this.shown.levels) this.drawLevels(first, last, y);
    this.spots = [];
    if (this.shown.trades) this.drawTrades(first, last, y);
    pen.restore();
    this.tag(y(shown), fixed(shown, digits), ink.last, ink.panel);
    const at = this.cross(bars.open, bottom);
    if (at !== null && this.pointer.y < floor) this.tag(this.pointer.y, fixed(low + (1 - (this.pointer.y - top) / (floor - top - 12)) * (high - low), digits), ink.text, ink.panel);
    this.describe(at ?? last, digits);
    this.hover();
  }

  // Outside desk hours the chart is shaded, in halts it is tinted.
  spells(bottom) {
    const pen = this.pen, paint = (from, to, colour) => {
      const left = Math.max(0, this.x(from)), right = Math.min(this.width, this.x(to));
      if (right > left) { pen.fillStyle = colour; pen.fillRect(left, 0, right - left, bottom); }
    };
    let until = -Infinity;
    for (const [start, end] of data.desks[this.ticker.symbol] ?? []) {
      paint(until === -Infinity ? 0 : this.place(until), this.place(start), ink.shade);
      until = end || Infinity;
    }
    if (until !== -Infinity && until !== Infinity) paint(this.place(until), this.count, ink.shade);
    for (const [start, end] of this.ticker.halts) paint(this.place(start), this.place(end || data.to), ink.halt);
    const picked = this.selected;
    if (picked) paint(this.place(picked.opened), this.place(picked.closed || data.to), ink[picked.net >= 0 ? "up-soft" : "down-soft"]);
  }

  drawBars(first, last, y, floor, volume, most) {
    const pen = this.pen, { o, h, l, c, v } = this.bars, size = this.width / (this.to - this.from);
    const group = Math.max(1, Math.ceil(3 / size)), body = Math.max(1, Math.floor(size * group * 0.72));
    const start = first - (first % group);
    let bulk = most;
    const sums = [];
    for (let at = start; at <= last; at += group) {
      const end = Math.min(at + group, this.count);
      let high = -Infinity, low = Infinity, sum = 0;
      for (let one = at; one < end; one++) {
        if (h[one] > high) high = h[one];
        if (l[one] < low) low = l[one];
        sum += v[one];
      }
      sums.push([at, o[at], high, low, c[end - 1], sum]);
      bulk = Math.max(bulk, sum);
    }
    for (const rising of [true, false]) {
      pen.fillStyle = rising ? ink.up : ink.down;
      for (const [at, open, high, low, close, sum] of sums) {
        if (close >= open !== rising) continue;
        const middle = Math.round(this.x(at + group / 2)), top = Math.round(y(Math.max(open, close))), foot = Math.round(y(Math.min(open, close)));
        pen.fillRect(middle, Math.round(y(high)), 1, Math.max(1, Math.round(y(low)) - Math.round(y(high))));
        if (body >= 3) pen.fillRect(middle - Math.floor(body / 2), top, body, Math.max(1, foot - top));
        else if (body > 1) pen.fillRect(middle, top, body, Math.max(1, foot - top));
        if (volume && sum) {
          const tall = Math.max(1, (sum / bulk) * (volume - 16));
          pen.globalAlpha = 0.38;
          pen.fillRect(middle - Math.floor(body / 2), floor + volume - tall, Math.max(1, body), tall);
          pen.globalAlpha = 1;
        }
      }
    }
  }

  drawLines(first, last, y, bottom, extra) {
    const pen = this.pen, closes = this.bars.close;
    const floor = bottom - extra.length * 84;
    extra.forEach((pane, rank) => {
      const top = floor + rank * 84;
      pen.strokeStyle = ink.line;
      pen.beginPath(); pen.moveTo(0, top + 0.5); pen.lineTo(this.width, top + 0.5); pen.stroke();
    });
    this.placed.forEach((line) => {
      if (!this.wanted(line.strategy)) return;
      const from = Math.max(0, above(line.at, this.bars.open[first]) - 2), to = Math.min(line.at.length, above(line.at, closes[last]) + 2);
      let scale = y;
      if (line.pane > 0) {
        let low = Infinity, high = -Infinity;
        for (let at = from; at < to; at++) { low = Math.min(low, line.value[at]); high = Math.max(high, line.value[at]); }
        const top = floor + extra.indexOf(line.pane) * 84;
        scale = (value) => top + 10 + (1 - (value - low) / (high - low || 1)) * 64;
      }
      pen.strokeStyle = pen.fillStyle = ink[line.colour];
      pen.setLineDash(line.dash);
      pen.lineWidth = 1.4;
      pen.globalAlpha = 0.9;
      pen.beginPath();
      let before = null;
      for (let at = from; at < to; at++) {
        const x = this.x(above(closes, line.at[at] - 1) + 0.5), v = scale(line.value[at]);
        if (line.style === "dots") pen.fillRect(x - 1, v - 1, 2.5, 2.5);
        else if (line.style === "histogram") pen.fillRect(x - 1, Math.min(v, scale(0)), 2, Math.abs(scale(0) - v));
        else if (before === null) pen.moveTo(x, v);
        else { if (line.style === "step") pen.lineTo(x, before); pen.lineTo(x, v); }
        before = v;
      }
      pen.stroke();
      pen.setLineDash([]);
      pen.lineWidth = 1;
      pen.globalAlpha = 1;
    });
  }

  drawLevels(first, last, y) {
    const pen = this.pen;
    pen.setLineDash([5, 3]);
    const all = this.levels(first, last), crowded = all.length > 60;
    for (const level of all) {
      const left = this.x(this.place(level.start)), right = this.x(this.place(level.end)), at = Math.round(y(level.price)) + 0.5;
      if (right - left < 3 && crowded) continue;
      pen.strokeStyle = level.kind === "stop" ? ink.down : ink.up;
      pen.beginPath(); pen.moveTo(left, at); pen.lineTo(Math.max(left + 3, right), at); pen.stroke();
    }
    pen.setLineDash([]);
  }

  drawTrades(first, last, y) {
    const pen = this.pen, from = this.bars.open[first], to = this.bars.close[last];
    pen.setLineDash([2, 3]);
    for (const trade of this.campaigns) {
      if (!this.wanted(trade.strategy) || trade.opened > to || (trade.closed || Infinity) < from || trade.exit === null) continue;
      pen.strokeStyle = trade.net >= 0 ? ink.up : ink.down;
      pen.lineWidth = trade === this.selected ? 2 : 1;
      pen.beginPath();
      pen.moveTo(this.middle(trade.opened), y(trade.entry));
      pen.lineTo(this.middle(trade.closed || data.to), y(trade.exit));
      pen.stroke();
    }
    pen.lineWidth = 1;
    pen.setLineDash([]);
    const seen = this.ticker.fills.filter((fill) => fill[0] >= from && fill[0] <= to && this.wanted(fill[4]));
    const small = seen.length > 200, columns = new Set();
    for (const fill of seen) {
      const [ts, quantity, price] = fill, x = this.middle(ts), v = y(price), up = quantity > 0;
      const key = `${Math.round(x)}${up}`;
      if (small && columns.has(key)) continue;
      columns.add(key);
      this.spots.push({ x, y: v, fill });
      const size = small ? 3.5 : 7, away = up ? 1 : -1;
      pen.beginPath();
      pen.moveTo(x, v + away);
      pen.lineTo(x - size * 0.85, v + away * (size + 4));
      pen.lineTo(x + size * 0.85, v + away * (size + 4));
      pen.closePath();
      pen.fillStyle = up ? ink.up : ink.down;
      pen.strokeStyle = ink.panel;
      pen.lineWidth = small ? 1.5 : 3;
      pen.stroke(); pen.fill();
      if (small) continue;
      pen.strokeStyle = ink.text;
      pen.lineWidth = 1.2;
      pen.stroke();
    }
    pen.lineWidth = 1;
  }

  describe(at, digits) {
    const { o, h, l, c, v, span, open, close } = this.bars, change = at > 0 ? c[at] - c[at - 1] : c[at] - o[at];
    const parts = [element("b", {}, `${this.ticker.symbol} ${spanName(span)}`), span >= 86400 ? ` ${day(close[at])}   ` : ` ${moment(open[at])} to ${second(close[at])}   `];
    for (const [name, column] of [["O", o], ["H", h], ["L", l], ["C", c]]) parts.push(`${name} `, element("b", {}, fixed(column[at], digits)), "  ");
    parts.push(element("span", { class: tone(change * 1e6) }, signed(change, digits)), `   V ${fixed(v[at], 0)}`);
    if (this.shown.plots) for (const owner of this.owners.filter((one) => this.wanted(one))) parts.push(element("br"), ...this.curves(owner, close[at], digits));
    this.legend.replaceChildren(...parts);
  }

  // One line of the legend: a strategy's name, and each of its curves with its value at `now`.
  curves(owner, now, digits) {
    const lines = this.placed.filter((line) => line.strategy === owner);
    return [`${owner} `, ...lines.flatMap((line) => {
      const sample = above(line.at, now) - 1, value = sample >= 0 ? fixed(line.value[sample], digits) : "";
      return [element("span", { class: "curve", style: `border-top-style:${line.border};border-top-color:${ink[line.colour]}` }), `${line.label} ${value}`];
    })];
  }

  nearest() {
    let best = null, least = 14;
    for (const spot of this.spots ?? []) {
      const away = Math.hypot(spot.x - this.pointer.x, spot.y - this.pointer.y);
      if (away < least) { least = away; best = spot; }
    }
    return best;
  }

  trade(fill) {
    return this.campaigns.find((one) => one.strategy === fill[4] && fill[0] >= one.opened && fill[0] <= (one.closed || Infinity));
  }

  hover() {
    const spot = this.pointer && this.nearest();
    this.canvas.style.cursor = spot ? "pointer" : "crosshair";
    if (!spot) { showTip(null, ""); return; }
    const [ts, quantity, price, purpose, strategy, id] = spot.fill, trade = this.trade(spot.fill);
    const lines = [
      `${quantity > 0 ? "Bought" : "Sold"} ${whole(Math.abs(quantity))} at ${fixed(price, Math.max(2, this.ticker.decimals))}`,
      `${moment(ts)}, ${purpose}, ${strategy}`,
    ];
    if (trade) lines.push(`campaign ${trade.side > 0 ? "long" : "short"} ${signed(trade.net)}${trade.multiple === null ? "" : ` (${signed(trade.multiple)} R)`}${trade.closed ? "" : ", open"}`);
    lines.push(id);
    showTip(this.pointer.event, lines.join("\n"));
  }

  picked() {
    const spot = this.pointer && this.nearest();
    const trade = spot && this.trade(spot.fill);
    if (trade) { this.selected = trade; this.onpick?.(trade); this.draw(); }
  }
}

function merged(bars, span) {
  const starts = [];
  let before = null;
  for (let at = 0; at < bars.close.length; at++) {
    const stretch = Math.ceil(bars.close[at] / (span * 1000));
    if (stretch !== before) { starts.push(at); before = stretch; }
  }
  const size = starts.length, made = { span };
  for (const name of ["open", "close", "o", "h", "l", "c", "v"]) made[name] = new Float64Array(size);
  for (let at = 0; at < size; at++) {
    const from = starts[at], to = at + 1 < size ? starts[at + 1] : bars.close.length;
    made.close[at] = Math.ceil(bars.close[from] / (span * 1000)) * span * 1000;
    made.open[at] = made.close[at] - span * 1000;
    made.o[at] = bars.o[from];
    made.c[at] = bars.c[to - 1];
    made.h[at] = -Infinity;
    made.l[at] = Infinity;
    for (let one = from; one < to; one++) {
      made.h[at] = Math.max(made.h[at], bars.h[one]);
      made.l[at] = Math.min(made.l[at], bars.l[one]);
      made.v[at] += bars.v[one];
    }
  }
  return made;
}

function spanName(seconds) {
  if (seconds % 86400 === 0) return `${seconds / 86400}d`;
  if (seconds % 3600 === 0) return `${seconds / 3600}h`;
  return seconds % 60 ? `${seconds}s` : `${seconds / 60}m`;
}
