const find = document.getElementById("find");
const lacking = document.getElementById("lacking");
const never = document.getElementById("never");
function show() {
  const words = find.value.toLowerCase().split(" ").filter(Boolean);
  for (const row of document.querySelectorAll("details[data-words]")) {
    const isWanted = words.every((word) => row.dataset.words.includes(word));
    const isFull = row.classList.contains("full");
    const isNever = row.classList.contains("never");
    row.hidden = !isWanted || (lacking.checked && isFull) || (never.checked && !isNever);
  }
  for (const group of document.querySelectorAll("[data-group]")) {
    group.hidden = !group.querySelector("details:not([hidden])");
  }
}
if (find) {
  for (const control of [find, lacking, never]) control.addEventListener("input", show);
}
