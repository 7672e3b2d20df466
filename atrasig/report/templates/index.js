(() => {
  const data = JSON.parse(document.getElementById("rows").textContent);
  const byId = (id) => document.getElementById(id);
  const places = data.plain.sample.map((_, place) => place);
  const body = document.querySelector("#samples table.index").tBodies[0];
  const heat = document.querySelector("table.heat").tBodies[0];
  const heads = [...document.querySelectorAll("#samples thead th[data-key]")];
  const selects = [...document.querySelectorAll("#controls select")];
  const groupNames = Object.keys(data.groups);
  const state = { page: 0, key: null, falling: false };

  // Values of a row, by its place in the first order.
  const text = (number) => data.texts[number];
  const plain = (name, place) => data.plain[name][place];
  const repeated = (name, place) => text(data.repeated[name][place]);
  const checks = (name, place) => data.checks[name][place].map(text);
  const reason = (name, place) => {
    const [template, ...numerals] = data.reasons[name][place];
    return data.templates[template].map((piece, i) => piece + (numerals[i] ?? "")).join("");
  };
  const group = (name, place) => {
    const number = data.groups[name][place];
    return number === null ? "" : text(number);
  };
  const groupsOf = (place) => groupNames.map((name) => group(name, place)).filter(Boolean);
  const scoresOf = (place) => [
    plain("sensitivity_score", place),
    plain("response_score", place),
    ...Object.values(data.scores).map((scores) => scores[place]),
  ];
  const searched = places.map((place) => [
    plain("sample", place), repeated("matrix", place), repeated("disease", place), ...groupsOf(place),
  ].join("\n").toLowerCase());

  // Which rows, in which order.
  const hasFlag = (wanted, place) => {
    const [level, ...name] = wanted.split(":");
    if (level === "pass") return !plain("n_fail", place) && !plain("n_warn", place);
    if (!name.length) return plain(`n_${level}`, place) > 0;
    return checks(`${level}ed`, place).includes(name.join(":"));
  };
  const inGroup = (wanted, place) => {
    const end = wanted.indexOf("=");
    return group(wanted.slice(0, end), place) === wanted.slice(end + 1);
  };
  const tests = {
    "filter-sensitivity": (wanted, place) => repeated("sensitivity", place) === wanted,
    "filter-response": (wanted, place) => repeated("response", place) === wanted,
    "filter-disease": (wanted, place) => (repeated("disease", place) || " ") === wanted,
    "filter-flags": hasFlag,
    "filter-group": inGroup,
  };
  const matching = () => {
    const typed = byId("search").value.trim().toLowerCase();
    const asked = selects.filter((select) => select.value);
    return places.filter((place) => searched[place].includes(typed)
      && asked.every((select) => tests[select.id](select.value, place)));
  };
  const keyOf = (key, place) => {
    if (key in data.words) return data.words[key].indexOf(repeated(key, place));
    if (key === "groups") return groupsOf(place).join("\n");
    return key in data.plain ? plain(key, place) : repeated(key, place);
  };
  const collator = new Intl.Collator("en", { numeric: true });
  const compare = (a, b) => (typeof a === "number" ? a - b : collator.compare(a, b));
  const sorted = (found) => {
    if (state.key === null) return found;
    const sign = state.falling ? -1 : 1;
    const keyed = found.map((place) => [keyOf(state.key, place), place]);
    const missingLast = (a, b) => (a === null) - (b === null);
    const order = (a, b) => (a === null || b === null ? missingLast(a, b) : sign * compare(a, b));
    return keyed.sort(([a, i], [b, j]) => order(a, b) || i - j).map(([, place]) => place);
  };

  // Elements; every text of the data goes in as text.
  const make = (tag, name, ...children) => {
    const element = document.createElement(tag);
    if (name) element.className = name;
    element.append(...children);
    return element;
  };
  const titled = (element, words) => Object.assign(element, { title: words });
  const written = (value) => value.toFixed(Math.abs(value) < 100 ? 3 : 1).replaceAll("-", "−");
  const number = (value, write = written) => {
    if (value === null) return titled(make("span", "missing", "–"), "no value");
    return Object.assign(make("data", "", write(value)), { value: String(value) });
  };
  const heading = (...children) => Object.assign(make("th", "user", ...children), { scope: "row" });
  const name = (place) => {
    const own = make("bdi", "", plain("sample", place));
    const link = plain("page", place) ? make("a", "", own) : own;
    if (link !== own) link.setAttribute("href", plain("page", place));
    const matrix = repeated("matrix", place);
    const file = make("bdi", "", matrix.replaceAll("\\", "/").split("/").pop());
    return heading(link, ...(matrix ? [titled(make("small", "", file), matrix)] : []));
  };
  const word = (call) => {
    const sign = make("span", "sign");
    sign.setAttribute("aria-hidden", "true");
    return make("span", `call ${data.tones[call]}`, sign, call[0].toUpperCase() + call.slice(1));
  };
  const answer = (question, place) => {
    const [score, low, high] = ["score", "low", "high"].map((end) => plain(`${question}_${end}`, place));
    const cell = make("td", "n", number(score));
    if (low !== null && high !== null) {
      cell.append(" ", make("span", "range", "(", number(low), " to ", number(high), ")"));
    }
    return [make("td", "", word(repeated(question, place))), cell];
  };
  const tally = (n, mark) => make("td", n ? `n ${mark}` : "n", number(n, String));
  const why = (place) => make("td", "text", ...[
    ["Failed", checks("failed", place).join("; ")],
    ["Warned", checks("warned", place).join("; ")],
    ["Sensitivity", reason("sensitivity_reason", place)],
    ["Response", reason("response_reason", place)],
  ].filter(([, words]) => words).map(
    ([title, words]) => titled(make("p", "", make("b", "", title), ` ${words}`), words)));
  const groupCell = (place) => make("td", "", ...groupNames.filter((one) => group(one, place)).map(
    (one) => titled(make("small", "user", make("bdi", "", group(one, place))), one)));
  const tableRow = (place) => make("tr", "",
    name(place),
    ...answer("sensitivity", place),
    ...answer("response", place),
    tally(plain("n_fail", place), "bad"),
    tally(plain("n_warn", place), "poor"),
    make("td", "", make("bdi", "", repeated("disease", place))),
    ...(groupNames.length ? [groupCell(place)] : []),
    why(place));
  const heatClass = (value, level) => {
    if (value === null) return "gap";
    if (level === null) return "flat";
    return level ? `${level > 0 ? "u" : "d"}${Math.abs(level)}` : "e";
  };
  const heatRow = (place) => make("tr", "",
    heading(make("bdi", "", plain("sample", place))),
    ...scoresOf(place).map((value, column) =>
      make("td", heatClass(value, data.levels[column][place]), number(value))));

  // What is on the page.
  const counted = (n) => n.toLocaleString("en");
  const many = (n, kind = "") => `${counted(n)} ${kind}sample${n === 1 ? "" : "s"}`;
  const range = (first, n, found) => {
    const all = places.length === data.n_rows;
    const listed = `${counted(places.length)} of ${many(data.n_rows)} are listed`;
    if (!found && all) return `No sample matches; there are ${many(data.n_rows)}`;
    if (!found) return `No listed sample matches; ${listed}, all are in calls.tsv`;
    const part = `Showing ${counted(first + 1)}–${counted(first + n)}`;
    const end = all ? `${counted(places.length)} in all` : listed;
    if (found === places.length) return `${part} of ${many(found)}${all ? "" : `; ${listed}`}`;
    return `${part} of ${many(found, "matching ")}${all ? "," : ";"} ${end}`;
  };
  const show = () => {
    const found = sorted(matching());
    const pages = Math.max(1, Math.ceil(found.length / data.page_rows));
    state.page = Math.min(state.page, pages - 1);
    const first = state.page * data.page_rows;
    const rows = found.slice(first, first + data.page_rows);
    body.replaceChildren(...rows.map(tableRow));
    heat.replaceChildren(...rows.map(heatRow));
    byId("shown").textContent = range(first, rows.length, found.length);
    byId("rest").textContent = `${range(first, rows.length, found.length)}. `
      + `${many(data.n_rows - rows.length)} not printed; the calls of all are in calls.tsv.`;
    byId("page").textContent = `Page ${state.page + 1} of ${pages}`;
    byId("previous").disabled = state.page === 0;
    byId("next").disabled = state.page === pages - 1;
  };
  const fromFirstPage = () => { state.page = 0; show(); };
  const turn = (step) => { state.page += step; show(); };
  const markSorted = () => heads.forEach((head) => {
    if (head.dataset.key !== state.key) head.removeAttribute("aria-sort");
    else head.setAttribute("aria-sort", state.falling ? "descending" : "ascending");
  });
  const sortBy = (key) => {
    state.falling = state.key === key && !state.falling;
    state.key = key;
    markSorted();
    fromFirstPage();
  };
  const clear = () => {
    byId("search").value = "";
    for (const select of selects) select.value = "";
    state.key = null;
    markSorted();
    fromFirstPage();
  };
  const choose = ({ select, value }) => {
    clear();
    byId(select).value = value;
    fromFirstPage();
    byId(select).focus();
  };

  // Export: a text that a spreadsheet program would run gets an apostrophe before it.
  const csvCell = (value) => {
    if (value === null) return "";
    if (typeof value === "number") return String(value);
    const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  const csvColumns = () => {
    const asked = (question) => [
      ...["", "_model"].map((end) => [question + end, (place) => repeated(question + end, place)]),
      ...["_score", "_low", "_high"].map((end) => [question + end, (place) => plain(question + end, place)]),
      [`${question}_reason`, (place) => reason(`${question}_reason`, place)],
    ];
    return [
      ["sample", (place) => plain("sample", place)],
      ...["matrix", "disease"].map((field) => [field, (place) => repeated(field, place)]),
      ...groupNames.map((field) => [field, (place) => group(field, place)]),
      ...asked("sensitivity"),
      ...asked("response"),
      ...["n_fail", "n_warn"].map((field) => [field, (place) => plain(field, place)]),
      ...["failed", "warned"].map((field) => [field, (place) => checks(field, place).join("; ")]),
      ["score_method", (place) => repeated("score_method", place)],
      ...Object.entries(data.scores).map(([field, scores]) => [field, (place) => scores[place]]),
    ];
  };
  const save = () => {
    const columns = csvColumns();
    const rows = sorted(matching()).map((place) => columns.map(([, value]) => csvCell(value(place))));
    const lines = [columns.map(([title]) => csvCell(title)), ...rows].map((cells) => `${cells.join(",")}\n`);
    const address = URL.createObjectURL(new Blob(lines, { type: "text/csv;charset=utf-8" }));
    Object.assign(make("a"), { href: address, download: "atrasig-samples.csv" }).click();
    setTimeout(() => URL.revokeObjectURL(address), 60000);
  };

  const asButton = (element, act) => {
    const button = Object.assign(make("button", "", ...element.childNodes), { type: "button" });
    button.addEventListener("click", act);
    element.append(button);
    return button;
  };
  for (const head of heads) {
    head.dataset.label = head.textContent; // a print repeats it on each sheet, but no button
    asButton(head, () => sortBy(head.dataset.key));
  }
  for (const element of document.querySelectorAll("[data-select]")) {
    titled(asButton(element, () => choose(element.dataset)), "Show these samples");
  }
  byId("search").addEventListener("input", fromFirstPage);
  for (const select of selects) select.addEventListener("change", fromFirstPage);
  byId("previous").addEventListener("click", () => turn(-1));
  byId("next").addEventListener("click", () => turn(1));
  byId("clear").addEventListener("click", clear);
  byId("export").addEventListener("click", save);
  for (const id of ["controls", "shown", "pager"]) byId(id).hidden = false;
  byId("rest").className = "small print-only";
  show();
})();
