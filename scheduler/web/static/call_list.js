// Lets the desk settle calls without the mouse: while the focus is inside a call's box, R, V and W press its buttons and
// the arrow keys go from call to call. Outside a box no key does anything (WCAG 2.1.4). Everything works without this.
const cards = [...document.querySelectorAll("[data-call]")];

for (const note of document.querySelectorAll("[data-keys]")) note.hidden = false;
for (const card of cards) card.tabIndex = 0;

document.querySelector("[data-calls]")?.addEventListener("keydown", (event) => {
  const card = event.target.closest("[data-call]");
  if (!card || event.ctrlKey || event.metaKey || event.altKey) return;
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) {
    cards[cards.indexOf(card) + step]?.focus();
    event.preventDefault();
    return;
  }
  const button = card.querySelector(`[data-key="${CSS.escape(event.key.toUpperCase())}"]`);
  if (button && !event.repeat) button.click();
});

if (new URLSearchParams(location.search).has("done")) cards[0]?.focus();
