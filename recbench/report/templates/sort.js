"use strict";
// A click on the head of a column sorts the rows of its table by it, a second click the other way.
function key(text) {
  const number = parseFloat(text.replace(/^[<+]/, "").replace(/,/g, ""));
  return Number.isNaN(number) ? text : number;
}
function compare(one, other, way) {
  // What is no number (a dash, "skipped") stays below the numbers either way.
  if (typeof one !== typeof other) return typeof one === "number" ? -1 : 1;
  return way * (typeof one === "number" ? one - other : one.localeCompare(other, "en", { numeric: true }));
}
function sort(table, column, head) {
  const way = head.getAttribute("aria-sort") === "ascending" ? -1 : 1;
  for (const other of table.querySelectorAll("th[aria-sort]")) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", way > 0 ? "ascending" : "descending");
  const isText = table.querySelector(`td.col${column}`).classList.contains("text");
  const value = (row) => {
    const text = row.cells[column].textContent.trim();
    return isText ? text : key(text);
  };
  const rows = [...table.tBodies[0].rows];
  rows.sort((one, other) => compare(value(one), value(other), way));
  table.tBodies[0].append(...rows);
  // The rules stood between data sets.
  for (const cell of table.querySelectorAll("td.rule")) cell.classList.remove("rule");
}
for (const table of document.querySelectorAll(".table > table")) {
  if (table.tBodies[0].rows.length < 2) continue;
  for (const head of table.querySelectorAll("thead th")) {
    const place = /\bcol(\d+)\b/.exec(head.className);
    if (!place || head.colSpan > 1 || !head.textContent.trim()) continue;
    const column = Number(place[1]);
    head.classList.add("sorts");
    head.tabIndex = 0;
    head.addEventListener("click", () => sort(table, column, head));
    head.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === " ") {
        event.preventDefault();
        sort(table, column, head);
      }
    });
  }
}
