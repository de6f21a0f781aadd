// On the page of a visit, each button and link that names a key is pressed by that key. Nothing happens while a field has
// the focus, and a key that the page does not show does nothing.

export function press(root, event) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return false;
  if (event.target.closest("input, select, textarea")) return false;
  const found = root.querySelector(`[data-key="${CSS.escape(event.key.toUpperCase())}"]`);
  if (!found) return false;
  event.preventDefault();
  found.click();
  return true;
}

const panel = document.querySelector("main [data-visit-panel]");
if (panel) {
  panel.tabIndex = -1;
  panel.focus({ preventScroll: true });
  panel.addEventListener("keydown", (event) => press(panel, event));
}
document.addEventListener("desk:panel", (event) => {
  const shown = event.detail.querySelector("[data-visit-panel]");
  shown?.addEventListener("keydown", (one) => press(shown, one));
});
