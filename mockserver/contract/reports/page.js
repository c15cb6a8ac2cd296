"use strict";
// Filters what stands on the page already; without this script all of it is shown.
const form = document.querySelector(".tools form");
const items = [...document.querySelectorAll("details.finding")];
const texts = new Map(items.map((item) => [item, `${item.dataset.operation} ${item.textContent}`.toLowerCase()]));

function filter() {
  const words = form.elements.search.value.toLowerCase().split(/\s+/).filter(Boolean);
  const levels = new Set([...form.querySelectorAll("input[name=level]:checked")].map((box) => box.value));
  const check = form.elements.check ? form.elements.check.value : "";
  const accepted = form.elements.accepted ? form.elements.accepted.checked : true;
  let shown = 0;
  for (const item of items) {
    const fits = levels.has(item.dataset.level) && (!check || item.dataset.check === check)
      && (accepted || item.dataset.known === undefined) && words.every((word) => texts.get(item).includes(word));
    item.hidden = !fits;
    shown += fits;
  }
  for (const group of document.querySelectorAll("section.group")) {
    group.hidden = !group.querySelector("details.finding:not([hidden])");
  }
  form.querySelector(".shown").textContent = `${shown} of ${items.length} shown`;
}

function openTarget() {
  const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (target && target.matches("details")) {
    target.hidden = false;
    target.open = true;
    target.scrollIntoView();
  }
}

if (form && items.length) {
  form.parentElement.hidden = false;
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.querySelector("button.all").addEventListener("click", (event) => {
    const open = event.target.textContent === "Open all";
    event.target.textContent = open ? "Close all" : "Open all";
    for (const item of items) item.open = open;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !event.target.closest("input, select, textarea")) {
      event.preventDefault();
      form.elements.search.focus();
    }
  });
  filter();
}
for (const button of document.querySelectorAll("button.copy")) {
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.closest(".part").querySelector("pre").textContent);
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  });
}
window.addEventListener("beforeprint", () => { for (const item of document.querySelectorAll("details")) item.open = true; });
window.addEventListener("hashchange", openTarget);
openTarget();
