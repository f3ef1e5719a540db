// Which ticker was in when: scanner, desk and fills, one lane a ticker.
function lanes(host, choose) {
  const names = new Set([...Object.keys(data.scanned), ...Object.keys(data.desks)]);
  const begun = (name) => Math.min(data.scanned[name]?.[0]?.[0] ?? Infinity, data.desks[name]?.[0]?.[0] ?? Infinity);
  const order = [...names].sort((one, two) => begun(one) - begun(two) || one.localeCompare(two));
  if (!order.length) { host.replaceChildren(element("p", { class: "empty" }, "No scanner and no desk in this record.")); return; }
  const fills = new Map(data.tickers.map((ticker) => [ticker.symbol, ticker.fills]));
  const from = data.from, to = Math.max(data.to, data.from + 1);
  const draw = () => {
    const width = host.clientWidth || 900, left = 84, right = width - 18, row = 21, top = 26;
    const x = (ms) => left + ((Math.min(Math.max(ms, from), to) - from) / (to - from)) * (right - left);
    const picture = shape("svg", { height: top + order.length * row + 6, viewBox: `0 0 ${width} ${top + order.length * row + 6}`, role: "img", "aria-label": "Scanner and desks over time" });
    const span = (to - from) / 1000, steps = [1, 5, 15, 30, 60, 300, 600, 900, 1800, 3600, 7200, 14400, 86400, 604800, 2592000, 31536000];
    const step = (steps.find((size) => span / size <= (right - left) / 90) ?? steps.at(-1)) * 1000;
    for (let at = Math.ceil(from / step) * step; at <= to; at += step) {
      picture.append(shape("line", { class: "rule", x1: x(at), x2: x(at), y1: top - 6, y2: top + order.length * row }));
      picture.append(shape("text", { x: Math.min(x(at), width - 22), y: 13, "text-anchor": "middle" }, step >= 86400000 ? day(at) : step < 60000 ? second(at) : minute(at)));
    }
    order.forEach((name, rank) => {
      const y = top + rank * row, label = shape("text", { class: "name", x: left - 10, y: y + 14, "text-anchor": "end" }, name);
      label.addEventListener("click", () => choose(name));
      picture.append(label, shape("line", { class: "rule", x1: left, x2: right, y1: y + row - 0.5, y2: y + row - 0.5 }));
      const strip = (kind, list, height, offset, words) => {
        for (const [start, end, why, until] of list ?? []) {
          const bar = shape("rect", { class: kind, x: x(start), y: y + offset, width: Math.max(2, x(end || to) - x(start)), height, rx: 2 });
          const told = [`${name}: ${words}`, `${moment(start)} to ${end ? moment(end) : "the end"} (${lasting((end || to) - start)})`, why && `in: ${why}`, until && `out: ${until}`].filter(Boolean).join("\n");
          bar.addEventListener("pointermove", (event) => showTip(event, told));
          bar.addEventListener("pointerleave", () => showTip(null, ""));
          picture.append(bar);
        }
      };
      strip("in", data.scanned[name], 15, 3, "on the scanner's list");
      strip("desk", data.desks[name], 5, 8, "desk open");
      for (const [ts, quantity] of (fills.get(name) ?? []).slice(0, 300)) {
        const at = x(ts), way = quantity > 0 ? 1 : -1, base = y + 10.5;
        picture.append(shape("path", { class: "buy", d: `M${at} ${base - way * 5}l3.2 ${way * 6}h-6.4z` }));
      }
    });
    host.replaceChildren(picture);
  };
  new ResizeObserver(draw).observe(host);
  onChange(draw);
}

// How campaigns ended: a histogram of their net results.
function bins(host) {
  const nets = data.campaigns.filter((row) => row[4]).map((row) => row[11]);
  if (nets.length < 2) { host.replaceChildren(element("p", { class: "empty" }, "Two finished campaigns are needed for a distribution.")); return; }
  const draw = () => {
    const width = host.clientWidth || 500, height = 190, foot = 30, left = 26;
    const low = Math.min(0, ...nets), high = Math.max(0, ...nets), wished = Math.min(40, Math.max(12, 3 * Math.ceil(Math.sqrt(nets.length))));
    const marks = ticks(0, Math.max(high - low, 0.01), wished), step = marks[1] ?? 0.01;
    const sides = Math.ceil(-low / step - 1e-9), total = Math.max(1, sides + Math.ceil(high / step - 1e-9));
    const counts = new Array(total).fill(0);
    for (const net of nets) counts[Math.min(total - 1, Math.max(0, net > 0 ? sides - 1 + Math.ceil(net / step - 1e-9) : sides + Math.floor(net / step + 1e-9)))] += 1;
    const most = Math.max(...counts), wide = (width - 2 * left) / counts.length;
    const picture = shape("svg", { class: "bins", width: "100%", height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": "Distribution of campaign results" });
    counts.forEach((count, at) => {
      const tall = (count / most) * (height - foot - 30), x = left + at * wide, loss = at < sides;
      if (count) {
        picture.append(shape("rect", { x: x + 1.5, y: height - foot - tall, width: Math.max(1, wide - 3), height: tall, rx: 2, fill: loss ? ink.down : ink.up }));
        picture.append(shape("text", { x: x + wide / 2, y: height - foot - tall - 6, "text-anchor": "middle" }, fixed(count, 0)));
      }
    });
    picture.append(shape("line", { x1: left, x2: width - left, y1: height - foot + 0.5, y2: height - foot + 0.5, stroke: ink.line }));
    const every = Math.ceil(counts.length / Math.max(2, Math.floor(width / 86)));
    for (let at = 0; at <= counts.length; at++) {
      if ((at - sides) % every) continue;
      picture.append(shape("text", { x: Math.min(width - 24, Math.max(24, left + at * wide)), y: height - 12, "text-anchor": "middle" }, signed((at - sides) * step, step < 1 ? 2 : 0)));
    }
    host.replaceChildren(picture);
  };
  new ResizeObserver(draw).observe(host);
  onChange(draw);
}
