// Data, formats, times, tooltip, theme: what every part of the page stands on.
const data = JSON.parse(document.getElementById("data").textContent);
const $ = (selector, within = document) => within.querySelector(selector);

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "class") made.className = value;
    else if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

function shape(tag, attributes = {}, text = null) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  if (text !== null) made.textContent = text;
  return made;
}

function unpacked(column) {
  const text = atob(column.b);
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) bytes[at] = text.charCodeAt(at);
  return column.k === "i32" ? new Int32Array(bytes.buffer) : new Float64Array(bytes.buffer);
}

// Numbers. A true minus sign, so that columns of digits align.
const minus = (text) => text.replace("-", "\u2212");
const formats = new Map();
function fixed(value, digits = 2) {
  if (value === null || value === undefined || !Number.isFinite(value)) return "n/a";
  if (!formats.has(digits)) {
    formats.set(digits, new Intl.NumberFormat("en-US", { minimumFractionDigits: digits, maximumFractionDigits: digits }));
  }
  const text = formats.get(digits).format(value);
  return minus(Number(value.toFixed(digits)) === 0 ? text.replace("-", "") : text);
}
const signed = (value, digits = 2) => (Number(value?.toFixed?.(digits)) > 0 ? "+" : "") + fixed(value, digits);
const whole = (value) => fixed(value, Number.isInteger(value) ? 0 : Math.min(6, String(value).split(".")[1]?.length ?? 0));
const tone = (value) => (value > 0.004999 ? "up" : value < -0.004999 ? "down" : "");
const plural = (count, noun) => `${fixed(count, 0)} ${noun}${count === 1 ? "" : "s"}`;
function lasting(ms) {
  if (!(ms > 0)) return "";
  if (ms < 1000) return `${Math.round(ms)}ms`;
  if (ms < 60000) return `${(ms / 1000).toFixed(1)}s`;
  const seconds = Math.round(ms / 1000), minutes = Math.floor(seconds / 60), hours = Math.floor(minutes / 60);
  if (hours >= 24) return `${Math.floor(hours / 24)}d ${String(hours % 24).padStart(2, "0")}h`;
  return hours ? `${hours}h ${String(minutes % 60).padStart(2, "0")}m` : `${minutes}m ${String(seconds % 60).padStart(2, "0")}s`;
}

// Times: New York by default, since that is where the market is.
const zones = { "New York": "America/New_York", UTC: "UTC" };
let zone = "New York";
const clocks = new Map();
function clock(options) {
  const key = zone + JSON.stringify(options);
  if (!clocks.has(key)) clocks.set(key, new Intl.DateTimeFormat("en-CA", { timeZone: zones[zone], hourCycle: "h23", ...options }));
  return clocks.get(key);
}
const two = "2-digit";
const day = (ms) => clock({ year: "numeric", month: two, day: two }).format(ms);
const minute = (ms) => clock({ hour: two, minute: two }).format(ms);
const second = (ms) => clock({ hour: two, minute: two, second: two }).format(ms);
const oneDay = data.to - data.from < 86400000 && day(data.from) === day(data.to);
const moment = (ms) => (ms ? (oneDay ? second(ms) : `${day(ms)} ${second(ms)}`) : "");
const listeners = [];
const onChange = (redraw) => listeners.push(redraw);
const redrawAll = () => { for (const redraw of listeners) redraw(); };

// Colours come from the style sheet, so that both themes draw alike.
let ink = {};
function readInk() {
  const style = getComputedStyle(document.documentElement);
  for (const name of ["back", "panel", "raised", "line", "faint", "text", "soft", "dim", "up", "down", "last", "up-soft", "down-soft", "halt", "shade", "curve-1", "curve-2", "curve-3", "curve-4"]) {
    ink[name] = style.getPropertyValue(`--${name}`).trim();
  }
}
const remembered = (key) => { try { return localStorage.getItem(`tradeplat.${key}`); } catch { return null; } };
const remember = (key, value) => { try { localStorage.setItem(`tradeplat.${key}`, value); } catch { /* private mode */ } };
function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  readInk();
  redrawAll();
}
const wanted = new URLSearchParams(location.hash.slice(1));
const preferred = matchMedia("(prefers-color-scheme: light)");
setTheme(wanted.get("theme") ?? remembered("theme") ?? (preferred.matches ? "light" : "dark"));

const tip = $("#tip");
function showTip(event, text) {
  if (!text) { tip.hidden = true; return; }
  tip.textContent = text;
  tip.hidden = false;
  const box = tip.getBoundingClientRect();
  const left = event.clientX + 16 + box.width > innerWidth ? event.clientX - box.width - 12 : event.clientX + 16;
  tip.style.left = `${Math.max(4, left)}px`;
  tip.style.top = `${Math.min(event.clientY + 14, innerHeight - box.height - 6)}px`;
}

// Round numbers for an axis.
function ticks(low, high, about) {
  const raw = (high - low) / Math.max(1, about);
  if (!(raw > 0)) return [low];
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].map((unit) => unit * power).find((unit) => unit >= raw);
  const found = [];
  for (let at = Math.ceil(low / step); at * step <= high; at++) found.push(at * step);
  return found;
}

// First index of a sorted array whose value is above `value`.
function above(sorted, value) {
  let low = 0, high = sorted.length;
  while (low < high) {
    const mid = (low + high) >> 1;
    if (sorted[mid] > value) high = mid; else low = mid + 1;
  }
  return low;
}
