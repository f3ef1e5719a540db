// A canvas with an index axis that pans, zooms and follows the pointer.
class View {
  constructor(stage, height, label) {
    this.stage = stage;
    this.height = height;
    this.count = 0;
    this.from = 0;
    this.to = 1;
    this.right = 66;
    this.foot = 22;
    this.pointer = null;
    this.least = 8;
    this.canvas = element("canvas", { tabindex: "0", role: "img", "aria-label": label });
    this.legend = element("div", { class: "legend" });
    stage.append(this.canvas, this.legend);
    this.pen = this.canvas.getContext("2d");
    new ResizeObserver(() => this.draw()).observe(stage);
    onChange(() => this.draw());
    this.listen();
  }

  listen() {
    const canvas = this.canvas;
    let held = null;
    canvas.addEventListener("pointerdown", (event) => {
      if (event.button) return;
      canvas.setPointerCapture(event.pointerId);
      held = { x: event.offsetX, from: this.from, to: this.to, moved: false };
    });
    canvas.addEventListener("pointermove", (event) => {
      if (held) {
        const step = ((held.x - event.offsetX) * (held.to - held.from)) / this.width;
        held.moved ||= Math.abs(held.x - event.offsetX) > 3;
        if (held.moved) this.show(held.from + step, held.to + step);
      }
      this.pointer = { x: event.offsetX, y: event.offsetY, event };
      this.draw();
    });
    canvas.addEventListener("pointerup", (event) => {
      if (held && !held.moved) this.picked?.(event);
      held = null;
    });
    canvas.addEventListener("pointercancel", () => { held = null; });
    canvas.addEventListener("pointerleave", () => { this.pointer = null; showTip(null, ""); this.draw(); });
    canvas.addEventListener("dblclick", () => this.fit());
    canvas.addEventListener("wheel", (event) => {
      const sideways = Math.abs(event.deltaX) > Math.abs(event.deltaY);
      if (!sideways && !event.ctrlKey && !event.metaKey && document.activeElement !== canvas) return;
      event.preventDefault();
      if (sideways) this.pan(event.deltaX / this.width);
      else this.zoom(Math.exp(event.deltaY * 0.0022), event.offsetX);
    }, { passive: false });
    canvas.addEventListener("keydown", (event) => {
      const acts = {
        ArrowLeft: () => this.pan(event.shiftKey ? -0.5 : -0.1), ArrowRight: () => this.pan(event.shiftKey ? 0.5 : 0.1),
        "+": () => this.zoom(0.7), "=": () => this.zoom(0.7), "-": () => this.zoom(1 / 0.7),
        Home: () => this.show(0, this.to - this.from), End: () => this.show(this.count - (this.to - this.from), this.count),
        0: () => this.fit(), f: () => this.fit(),
      };
      if (!acts[event.key] || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      acts[event.key]();
    });
  }

  get width() { return Math.max(10, this.canvas.clientWidth - this.right); }
  x(index) { return ((index - this.from) / (this.to - this.from)) * this.width; }
  index(x) { return this.from + (x / this.width) * (this.to - this.from); }

  show(from, to) {
    const size = Math.min(Math.max(to - from, Math.min(this.least, this.count)), Math.max(this.count, 1));
    const start = Math.min(Math.max(from, 0), Math.max(0, this.count - size));
    this.from = start;
    this.to = start + size;
    this.draw();
  }

  fit() { this.show(0, this.count); }
  pan(part) { const step = (this.to - this.from) * part; this.show(this.from + step, this.to + step); }
  zoom(factor, x = this.width / 2) {
    const centre = this.index(Math.min(x, this.width));
    this.show(centre - (centre - this.from) * factor, centre + (this.to - centre) * factor);
  }

  begin() {
    const scale = devicePixelRatio || 1, width = this.stage.clientWidth;
    if (!width) return false;
    this.canvas.style.height = `${this.height}px`;
    if (this.canvas.width !== Math.round(width * scale) || this.canvas.height !== Math.round(this.height * scale)) {
      this.canvas.width = Math.round(width * scale);
      this.canvas.height = Math.round(this.height * scale);
    }
    this.pen.setTransform(scale, 0, 0, scale, 0, 0);
    this.pen.fillStyle = ink.panel;
    this.pen.fillRect(0, 0, width, this.height);
    this.pen.font = "11.5px system-ui, 'DejaVu Sans', sans-serif";
    this.pen.textBaseline = "middle";
    this.pen.lineJoin = "round";
    return true;
  }

  // Horizontal rules with their values at the right; `scale` maps a value to y, `taken` is the
  // height of a tag that a value must not meet.
  axis(values, scale, text, top, bottom, taken = null) {
    const pen = this.pen;
    for (const value of values) {
      const y = Math.round(scale(value)) + 0.5;
      if (y < top + 5 || y > bottom - 4) continue;
      pen.strokeStyle = ink.faint;
      pen.beginPath(); pen.moveTo(0, y); pen.lineTo(this.width, y); pen.stroke();
      if (taken !== null && Math.abs(taken - y) < 16) continue;
      pen.fillStyle = ink.soft;
      pen.textAlign = "left";
      pen.fillText(text(value), this.width + 7, y);
    }
  }

  tag(y, text, back, fore) {
    const pen = this.pen;
    pen.fillStyle = back;
    pen.fillRect(this.width + 1, y - 9, this.right - 2, 18);
    pen.fillStyle = fore;
    pen.textAlign = "left";
    pen.fillText(text, this.width + 7, y + 0.5);
  }

  // Times along the foot: years before months before days before hours, as many as fit.
  timeAxis(times, top, bottom) {
    if (this.ranked !== times) { this.ranked = times; this.marks = rankedTimes(times); }
    const pen = this.pen, placed = [];
    let days = false;
    pen.textAlign = "center";
    this.marks.forEach((list, rank) => {
      const from = above(list, this.from - 1), to = above(list, this.to);
      // Where days are named, an hour between them would read like one of theirs.
      if (to - from > 600 || (rank > 2 && placed.length > 3 && days)) return;
      for (let at = from; at < to; at++) {
        const index = list[at], x = this.x(index + 0.5), label = timeLabel(times[index], rank);
        const half = pen.measureText(label).width / 2;
        if (x < half || x > this.width) continue;
        if (placed.some((other) => Math.abs(other.x - x) < other.half + half + 28)) continue;
        placed.push({ x, half, label });
        days ||= rank <= 2;
      }
    });
    for (const { x, label } of placed) {
      const line = Math.round(x) + 0.5;
      pen.strokeStyle = ink.faint;
      pen.beginPath(); pen.moveTo(line, top); pen.lineTo(line, bottom); pen.stroke();
      pen.fillStyle = ink.soft;
      pen.fillText(label, x, bottom + this.foot / 2 + 1);
    }
  }

  // The crosshair; answers the index under the pointer, null when it is elsewhere.
  cross(times, bottom) {
    if (!this.pointer || this.pointer.x > this.width || this.pointer.y > bottom || !times.length) return null;
    const at = Math.min(times.length - 1, Math.max(0, Math.floor(this.index(this.pointer.x))));
    const pen = this.pen, x = Math.round(this.x(at + 0.5)) + 0.5, y = Math.round(this.pointer.y) + 0.5;
    pen.strokeStyle = ink.dim;
    pen.setLineDash([3, 3]);
    pen.beginPath(); pen.moveTo(x, 0); pen.lineTo(x, bottom); pen.moveTo(0, y); pen.lineTo(this.width, y); pen.stroke();
    pen.setLineDash([]);
    const text = `${oneDay ? "" : `${day(times[at])} `}${second(times[at])}`;
    const wide = pen.measureText(text).width + 14, left = Math.min(Math.max(x - wide / 2, 0), this.width - wide);
    pen.fillStyle = ink.text;
    pen.fillRect(left, bottom + 2, wide, this.foot - 4);
    pen.fillStyle = ink.panel;
    pen.textAlign = "center";
    pen.fillText(text, left + wide / 2, bottom + this.foot / 2 + 1);
    return at;
  }
}

// Lengths that a time axis marks, in ms: below a day they divide it.
const STEPS = [14400, 7200, 3600, 1800, 900, 600, 300, 120, 60, 30, 15, 10, 5, 1].map((seconds) => seconds * 1000);
const DAYS = 86400000, DAWN = 18000000;

// Indexes at which a year, a month, a day, or one of STEPS begins; each index in one list only.
// A day begins at 05:00 UTC, when it is night in New York.
function rankedTimes(times) {
  const lists = Array.from({ length: 3 + STEPS.length }, () => []);
  for (let at = 1; at < times.length; at++) {
    const before = times[at - 1], now = times[at];
    if (Math.floor((now - DAWN) / DAYS) !== Math.floor((before - DAWN) / DAYS)) {
      const one = new Date(before - DAWN), two = new Date(now - DAWN);
      lists[one.getUTCFullYear() !== two.getUTCFullYear() ? 0 : one.getUTCMonth() !== two.getUTCMonth() ? 1 : 2].push(at);
      continue;
    }
    const step = STEPS.findIndex((size) => Math.floor(now / size) !== Math.floor(before / size));
    if (step >= 0) lists[3 + step].push(at);
  }
  if (times.length && !lists.some((list) => list.length)) lists[2].push(0);
  return lists;
}

function timeLabel(ms, rank) {
  if (rank === 0) return day(ms).slice(0, 4);
  if (rank === 1) return day(ms).slice(0, 7);
  if (rank === 2) return day(ms).slice(5);
  return STEPS[rank - 3] < 60000 ? second(ms) : minute(ms);
}
