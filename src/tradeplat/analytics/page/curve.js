// Equity with its high-water line, and the drawdown below it.
class Curve extends View {
  constructor(stage) {
    super(stage, 330, "Equity curve and drawdown");
    const equity = data.equity;
    this.times = unpacked(equity.t);
    this.last = unpacked(equity.last);
    this.low = unpacked(equity.low);
    this.high = unpacked(equity.high);
    this.count = this.times.length;
    this.peak = new Float64Array(this.count);
    this.down = new Float64Array(this.count);
    let peak = data.start;
    for (let at = 0; at < this.count; at++) {
      this.down[at] = peak > 0 ? Math.min(0, this.low[at] / peak - 1) : 0;
      peak = Math.max(peak, this.high[at]);
      this.peak[at] = peak;
    }
    this.fit();
  }

  draw() {
    if (!this.count || !this.begin()) return;
    const pen = this.pen, bottom = this.height - this.foot, split = Math.round(bottom * 0.72);
    const first = Math.max(0, Math.floor(this.from) - 1), last = Math.min(this.count - 1, Math.ceil(this.to));
    let low = Infinity, high = -Infinity, deepest = -1e-6;
    for (let at = first; at <= last; at++) {
      low = Math.min(low, this.low[at]);
      high = Math.max(high, this.peak[at]);
      deepest = Math.min(deepest, this.down[at]);
    }
    low = Math.min(low, data.start); high = Math.max(high, data.start);
    const margin = (high - low || Math.abs(high) * 0.001 || 1) * 0.08;
    low -= margin; high += margin;
    const y = (value) => 26 + (1 - (value - low) / (high - low)) * (split - 40);
    const z = (value) => split + 8 + (value / (deepest * 1.15)) * (bottom - split - 12);
    this.timeAxis(this.times, 0, bottom);
    const digits = high - low > 50 ? 0 : 2;
    this.axis(ticks(low, high, 5), y, (value) => fixed(value, digits), 0, split);
    const fine = deepest > -0.001 ? 3 : deepest > -0.02 ? 2 : 1;
    this.axis(ticks(deepest * 1.15, 0, 2), z, (value) => `${fixed(value * 100, fine)}%`, split, bottom + 8);
    pen.save();
    pen.beginPath(); pen.rect(0, 0, this.width, bottom); pen.clip();
    const path = (values, scale, start = null) => {
      pen.beginPath();
      if (start !== null) pen.moveTo(this.x(first + 0.5), start);
      for (let at = first; at <= last; at++) pen.lineTo(this.x(at + 0.5), scale(values[at]));
      if (start !== null) { pen.lineTo(this.x(last + 0.5), start); pen.closePath(); }
    };
    pen.strokeStyle = ink.line;
    pen.beginPath(); pen.moveTo(0, split + 0.5); pen.lineTo(this.width, split + 0.5); pen.stroke();
    pen.setLineDash([2, 4]); pen.strokeStyle = ink.dim;
    pen.beginPath(); pen.moveTo(0, y(data.start)); pen.lineTo(this.width, y(data.start)); pen.stroke();
    pen.setLineDash([]);
    path(this.last, y, y(Math.max(low, data.start)));
    pen.fillStyle = ink["up-soft"]; pen.fill();
    path(this.peak, y); pen.strokeStyle = ink.last; pen.globalAlpha = 0.75; pen.lineWidth = 1; pen.stroke(); pen.globalAlpha = 1;
    path(this.last, y); pen.strokeStyle = ink.up; pen.lineWidth = 1.6; pen.stroke(); pen.lineWidth = 1;
    path(this.down, z, z(0)); pen.fillStyle = ink["down-soft"]; pen.fill();
    path(this.down, z); pen.strokeStyle = ink.down; pen.stroke();
    pen.restore();
    const at = this.cross(this.times, bottom) ?? last, value = this.last[at];
    if (this.pointer && this.pointer.y < split) this.tag(this.pointer.y, fixed(low + (1 - (this.pointer.y - 26) / (split - 40)) * (high - low), digits), ink.text, ink.panel);
    this.legend.replaceChildren(
      element("b", {}, fixed(value)), " ",
      element("span", { class: tone(value - data.start) }, `${signed(value - data.start)} (${signed((value / data.start - 1) * 100)}%)`),
      element("span", { class: "key", style: `background:${ink.last}` }), `high water ${fixed(this.peak[at])}`,
      element("span", { class: "key", style: `background:${ink.down}` }), `drawdown ${fixed(this.down[at] * 100)}%`,
    );
  }
}
