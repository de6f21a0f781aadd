// Keeps a list of who waits fresh: the server writes it, this page looks every second and a half while it is seen.

const EVERY = 1500;
const place = document.querySelector("[data-waiting-list]");
let shown = place?.innerHTML.trim();
let waiting = -1;

async function look() {
  if (document.hidden) {
    return;
  }
  try {
    const answer = await fetch(place.dataset.waitingList, { headers: { Accept: "application/json" }, redirect: "error" });
    if (!answer.ok) {
      return;
    }
    const found = await answer.json();
    if (found.html.trim() !== shown) {
      const here = place.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
      place.innerHTML = shown = found.html.trim();
      // Who stands on a line with the keyboard stays on it.
      [...place.querySelectorAll("a")].find((link) => here && link.getAttribute("href") === here)?.focus();
    }
    if (found.waiting !== waiting) {
      waiting = found.waiting;
      document.title = document.title.replace(/^(\(\d+\) )?/, waiting ? `(${waiting}) ` : "");
    }
  } catch {
    // The next look finds out; the page says what it knew.
  }
}

if (place) {
  setInterval(look, EVERY);
  document.addEventListener("visibilitychange", look);
}
