// Makes the desk's calendar quick: arrow keys walk over the visits, and the page follows other desks by itself.
//
// Everything is readable and every link works without this file. The server decides; this file only carries.

const calendar = document.getElementById("calendar");
const said = document.getElementById("desk-said");
const trouble = document.getElementById("desk-trouble");
const links = () => [...document.querySelectorAll(".cal-visit__link")];
let current = null; // the number of the visit that the Tab key stops at

export const busy = new Set(); // reasons why the page must hold still: a drag, a dialog
export const say = (words) => {
  if (said) said.textContent = words;
};

// ---- one stop for the Tab key, arrows inside ----

const numberOf = (link) => link.closest(".cal-visit").id;

function rove() {
  const all = links();
  const stop = all.find((link) => numberOf(link) === current) ?? all[0];
  for (const link of all) link.tabIndex = link === stop ? 0 : -1;
}

function walk(link, key) {
  const column = link.closest("[data-column]");
  const columns = [...document.querySelectorAll("[data-column]")].filter((one) => one.querySelector(".cal-visit__link"));
  const mine = [...column.querySelectorAll(".cal-visit__link")];
  if (key === "ArrowDown" || key === "ArrowUp") return mine[mine.indexOf(link) + (key === "ArrowDown" ? 1 : -1)];
  if (key === "Home") return mine[0];
  if (key === "End") return mine.at(-1);
  const beside = columns[columns.indexOf(column) + (key === "ArrowRight" ? 1 : -1)];
  const top = link.getBoundingClientRect().top;
  const far = (one) => Math.abs(one.getBoundingClientRect().top - top);
  return beside && [...beside.querySelectorAll(".cal-visit__link")].sort((a, b) => far(a) - far(b))[0];
}

const WAYS = new Set(["ArrowDown", "ArrowUp", "ArrowLeft", "ArrowRight", "Home", "End"]);

calendar?.addEventListener("keydown", (event) => {
  const link = event.target.closest(".cal-visit__link");
  if (!link || event.ctrlKey || event.metaKey || event.altKey || !WAYS.has(event.key)) return;
  event.preventDefault();
  walk(link, event.key)?.focus();
});

calendar?.addEventListener("focusin", (event) => {
  const link = event.target.closest(".cal-visit__link");
  if (!link) return;
  current = numberOf(link);
  rove();
});

// ---- live: the server is asked every two seconds, and mostly says that nothing changed ----

let tag = calendar?.dataset.tag;

document.addEventListener("htmx:config:request", (event) => {
  if (event.target !== calendar) return;
  if (busy.size || document.hidden) {
    event.preventDefault();
    return;
  }
  event.detail.ctx.request.headers["If-None-Match"] = `"${tag}"`;
});

document.addEventListener("htmx:before:response", (event) => {
  if (event.target !== calendar) return;
  const { raw, status } = event.detail.ctx.response;
  if (raw.redirected || status === 401 || status === 403) {
    event.preventDefault();
    location.reload(); // signed out meanwhile: the page itself leads to the sign-in and back
  } else if (busy.size || status >= 400) {
    event.preventDefault();
  }
  if (trouble) trouble.hidden = status < 500;
  const fresh = raw.headers.get("ETag");
  if (status === 200 && fresh && !busy.size) tag = fresh.replaceAll('"', "");
});

document.addEventListener("htmx:error", (event) => {
  if (event.target === calendar && trouble) trouble.hidden = false;
});

document.addEventListener("htmx:after:swap", (event) => {
  if (event.target === calendar) rove();
});

// ---- the day that is looked at ----

function goToNow() {
  const box = document.querySelector(".cal-box");
  const line = box?.querySelector(".cal-now");
  if (line) box.scrollTop = Math.max(0, line.offsetTop - box.clientHeight / 3);
}

document.getElementById("cal-day")?.addEventListener("change", (event) => {
  if (event.target.value) event.target.form.requestSubmit();
});
document.querySelectorAll("#cal-place, #cal-who").forEach((field) => {
  field.addEventListener("change", () => field.form.requestSubmit());
});

rove();
goToNow();
