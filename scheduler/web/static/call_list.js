// Lets the desk work through a list of boxes without the mouse: while the focus is inside a box, the keys written on its
// buttons press them and the arrow keys go from box to box. Outside a box no key does anything (WCAG 2.1.4). Everything works without this.
const cards = [...document.querySelectorAll("[data-call]")];

for (const note of document.querySelectorAll("[data-keys]")) note.hidden = false;
for (const card of cards) card.tabIndex = 0;

document.querySelector("[data-calls]")?.addEventListener("keydown", (event) => {
  const card = event.target.closest("[data-call]");
  if (!card || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.matches("input, textarea, select")) return;
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) {
    cards[cards.indexOf(card) + step]?.focus();
    event.preventDefault();
    return;
  }
  const button = card.querySelector(`[data-key="${CSS.escape(event.key.toUpperCase())}"]`);
  if (!button || event.repeat) return;
  event.preventDefault();
  button.click();
  if ("opens" in button.dataset) button.parentElement.querySelector("select, textarea, input:not([type=hidden])").focus();
});

const asked = new URLSearchParams(location.search);
if (asked.has("done") || asked.has("said")) {
  const same = document.getElementById(`item-${asked.get("item")}`);
  (same ?? cards[0])?.focus();
}
