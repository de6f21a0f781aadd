// Draws a chart above each table of the report, from the table's own cells, so that the two can never differ. Without
// scripts, and for those who hear the page, the tables say it all.
const COLOURS = ["#0b5563", "#5b9aa0", "#c8642d", "#4a7c3a", "#a8201a", "#776e65"];

window.Chart.defaults.font.size = 14;
window.Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
window.Chart.defaults.color = "#23211e";

const number = (cell) => Number.parseFloat(cell.textContent) || 0;

for (const canvas of document.querySelectorAll("[data-chart]")) {
  const table = document.getElementById(canvas.dataset.table);
  const columns = canvas.dataset.columns.split(",").map(Number);
  const rows = [...table.tBodies[0].rows];
  const names = [...table.tHead.rows[0].cells].map((cell) => cell.textContent);
  const second = canvas.dataset.columns === "2" ? (row) => `, ${row.cells[1].textContent}` : () => "";
  const stacked = canvas.dataset.chart === "stacked";
  const byWeek = stacked || canvas.dataset.chart === "weeks";
  canvas.parentElement.hidden = false;
  new window.Chart(canvas, {
    type: "bar",
    data: {
      labels: rows.map((row) => row.cells[0].textContent + second(row)),
      datasets: columns.map((column, turn) => ({
        label: names[column],
        data: rows.map((row) => number(row.cells[column])),
        backgroundColor: COLOURS[turn],
      })),
    },
    options: {
      animation: false,
      indexAxis: byWeek ? "x" : "y",
      maintainAspectRatio: false,
      plugins: { legend: { display: byWeek } },
      scales: { x: { stacked, beginAtZero: true, max: Number(canvas.dataset.most) || undefined }, y: { stacked, beginAtZero: true } },
    },
  });
}
