for (const table of document.querySelectorAll("table.board")) {
  const heads = [...table.tHead.rows[0].cells];
  const body = table.tBodies[0];
  const status = document.getElementById(table.dataset.status);
  const number = (cell) => (cell.dataset.value === undefined ? null : Number(cell.dataset.value));
  const sort = (head, column, first) => {
    const better = head.dataset.better;
    const worstFirst = !first && head.getAttribute("aria-sort") === (better === "higher" ? "descending" : "ascending");
    const up = (better === "lower") !== worstFirst;
    const rows = [...body.rows].map((row) => [number(row.cells[column]), row]);
    rows.sort(([a], [b]) => (a === null ? (b === null ? 0 : 1) : b === null ? -1 : up ? a - b : b - a));
    for (const [, row] of rows) {
      const rank = row.cells[column].dataset.rank;
      if (!row.classList.contains("line")) row.cells[0].textContent = rank === undefined ? "-" : rank;
      body.append(row);
    }
    for (const other of heads) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    if (status && !first) {
      status.textContent = `Sorted by ${head.dataset.title}, ${worstFirst ? "worst" : "best"} first; missing values last.`;
    }
  };
  heads.forEach((head, column) => {
    if (head.dataset.better === undefined) return;
    const button = document.createElement("button");
    button.type = "button";
    const title = head.querySelector(".title");
    button.textContent = title.textContent;
    title.replaceWith(button);
    button.addEventListener("click", () => sort(head, column, false));
  });
}
