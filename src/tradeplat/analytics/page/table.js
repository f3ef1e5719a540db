// A table that sorts, filters, pages and copies itself as CSV.
class Table {
  // Columns: { name, of: row => value, text?: value => string, num?: bool, cell?: (row, value) => Node }
  constructor(host, columns, rows, options = {}) {
    this.host = host;
    this.columns = columns;
    this.rows = rows;
    this.page = 0;
    this.size = options.size ?? 25;
    this.by = options.by ?? null;
    this.falling = options.falling ?? false;
    this.go = options.go;
    this.marked = null;
    this.word = "";
    this.head = element("tr");
    this.body = element("tbody");
    this.foot = element("div", { class: "pages" });
    if (options.find !== false && rows.length > 8) this.tools(options.title);
    host.append(element("div", { class: "scroll" }, element("table", {}, element("thead", {}, this.head), this.body)), this.foot);
    if (!rows.length) host.replaceChildren(element("p", { class: "empty" }, options.none ?? "None."));
    this.columns.forEach((column, at) => {
      this.head.append(element("th", { class: column.num ? "num" : "", scope: "col" }, element("button", { onclick: () => this.sort(at) }, column.name)));
    });
    onChange(() => this.draw());
    this.draw();
  }

  tools(title) {
    const find = element("input", { type: "search", placeholder: "Filter rows", "aria-label": `Filter ${title ?? "rows"}` });
    find.addEventListener("input", () => { this.word = find.value.toLowerCase(); this.page = 0; this.draw(); });
    const copy = element("button", { onclick: () => { navigator.clipboard?.writeText(this.csv()); copy.textContent = "Copied"; setTimeout(() => { copy.textContent = "Copy as CSV"; }, 1200); } }, "Copy as CSV");
    this.host.append(element("div", { class: "bar" }, find, element("span", { class: "grow" }), copy));
  }

  setRows(rows) { this.rows = rows; this.page = 0; this.draw(); }

  sort(at) {
    if (this.by === at) this.falling = !this.falling;
    else { this.by = at; this.falling = !!this.columns[at].num; }
    this.page = 0;
    this.draw();
  }

  text(column, row) {
    const value = column.of(row);
    return column.text ? column.text(value, row) : value === null || value === undefined ? "" : String(value);
  }

  list() {
    let rows = this.rows;
    if (this.word) rows = rows.filter((row) => this.columns.some((column) => this.text(column, row).toLowerCase().includes(this.word)));
    if (this.by === null) return rows;
    const of = this.columns[this.by].of, sign = this.falling ? -1 : 1;
    const absent = (value) => value === null || value === undefined || value === "";
    return [...rows].sort((one, two) => {
      const a = of(one), b = of(two);
      if (absent(a) || absent(b)) return absent(a) - absent(b);
      return sign * (typeof a === "string" ? a.localeCompare(b) : a - b);
    });
  }

  draw() {
    const rows = this.list(), pages = Math.max(1, Math.ceil(rows.length / this.size));
    this.page = Math.min(this.page, pages - 1);
    [...this.head.children].forEach((cell, at) => {
      if (at === this.by) cell.setAttribute("aria-sort", this.falling ? "descending" : "ascending");
      else cell.removeAttribute("aria-sort");
    });
    this.body.replaceChildren(...rows.slice(this.page * this.size, (this.page + 1) * this.size).map((row) => this.line(row)));
    this.foot.hidden = pages === 1 && !this.word;
    const turn = (step) => () => { this.page += step; this.draw(); };
    const start = rows.length ? this.page * this.size + 1 : 0;
    this.foot.replaceChildren(
      element("button", { disabled: this.page === 0, onclick: turn(-1) }, "Previous"),
      element("button", { disabled: this.page >= pages - 1, onclick: turn(1) }, "Next"),
      `${fixed(start, 0)} to ${fixed(Math.min(rows.length, (this.page + 1) * this.size), 0)} of ${fixed(rows.length, 0)}`,
    );
  }

  line(row) {
    const made = element("tr", { class: [this.go && "go", row === this.marked && "on"].filter(Boolean).join(" ") });
    for (const column of this.columns) {
      const cell = element("td", { class: [column.num && "num", column.wide && "wrap"].filter(Boolean).join(" ") });
      cell.append(column.cell ? column.cell(row, column.of(row)) : this.text(column, row));
      made.append(cell);
    }
    if (this.go) {
      made.tabIndex = 0;
      made.addEventListener("click", () => this.go(row));
      made.addEventListener("keydown", (event) => { if (event.key === "Enter") this.go(row); });
    }
    return made;
  }

  csv() {
    const quote = (text) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
    const plain = (column, row) => { const value = column.of(row); return quote(column.moment && value ? new Date(value).toISOString() : value === null || value === undefined ? "" : String(value)); };
    return [this.columns.map((column) => quote(column.name)), ...this.list().map((row) => this.columns.map((column) => plain(column, row)))].map((cells) => cells.join(",")).join("\n");
  }
}

const coloured = (row, value) => element("span", { class: tone(value) }, signed(value));

// Tables that the server wrote: a click on a heading sorts their rows by `data-v`.
function sortable(table) {
  const body = table.tBodies[0];
  [...table.tHead.rows[0].cells].forEach((head, at) => {
    const button = element("button", {}, ...head.childNodes);
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const falling = head.getAttribute("aria-sort") ? head.getAttribute("aria-sort") === "ascending" : head.classList.contains("num");
      for (const other of head.parentNode.cells) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", falling ? "descending" : "ascending");
      const value = (row) => { const raw = row.cells[at].dataset.v ?? row.cells[at].textContent; return raw === "" ? null : Number.isNaN(Number(raw)) ? raw : Number(raw); };
      const rows = [...body.rows].sort((one, two) => {
        const a = value(one), b = value(two);
        if (a === null || b === null) return (a === null) - (b === null);
        return (falling ? -1 : 1) * (typeof a === "string" ? a.localeCompare(b) : a - b);
      });
      body.append(...rows);
    });
  });
}
