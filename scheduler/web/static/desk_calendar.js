// Makes the desk's calendar quick: arrow keys walk over the visits, and the page follows other desks by itself.
//
// Everything is readable and every link works without this file. The server decides; this file only carries.

import * as dialogs from "./desk_dialog.js";
import "./desk_panel.js";
import "./desk_booking.js";
import "./desk_find.js";

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

export const refresh = () => calendar?.dispatchEvent(new CustomEvent("every"));

// ---- one key for each state, while a visit has the focus ----

const pressing = document.getElementById("desk-press");
const bar = document.getElementById("desk-bar");

async function post(address, fields) {
  const body = new URLSearchParams({ csrf_token: pressing.elements.csrf_token.value, ...fields });
  try {
    const answer = await fetch(address, { method: "POST", body, headers: { Accept: "application/json" } });
    if (answer.redirected || answer.ok) return { ok: true };
    return { ok: false, ...(await answer.json()) };
  } catch {
    return { ok: false, detail: bar.dataset.lost };
  }
}

let resting = 0;

export function tell(words, mayUndo = false) {
  say(words);
  bar.querySelector("[data-words]").textContent = words;
  bar.querySelector("[data-undo]").hidden = !mayUndo;
  bar.hidden = false;
  clearTimeout(resting);
  resting = setTimeout(() => (bar.hidden = true), 60000);
}

export async function change(visit, path, fields, done) {
  busy.add("press");
  const address = `/desk/visits/${visit.dataset.visit}/${path}`;
  const answer = await post(address, { revision: visit.dataset.revision, ...fields });
  busy.delete("press");
  tell(answer.ok ? done : answer.detail, answer.ok);
  refresh();
  return answer;
}

async function undo() {
  const answer = await post("/desk/undo", {});
  tell(answer.ok ? bar.dataset.undone : (answer.detail ?? ""));
  refresh();
}

bar?.querySelector("[data-undo]").addEventListener("click", undo);

function act(link, key) {
  const visit = link.closest(".cal-visit");
  const button = pressing?.querySelector(`[data-key="${CSS.escape(key)}"]`);
  if (button?.name === "state") {
    const name = visit.querySelector(".cal-visit__name").textContent;
    change(visit, "state", { state: button.value }, `${name}: ${button.textContent}`);
  } else if (button) {
    open(`/desk/visits/${visit.dataset.visit}/${button.value}`, link);
  }
  return Boolean(button);
}

function open(address, from) {
  busy.add("dialog");
  dialogs.open(address, from).catch(() => {
    busy.delete("dialog");
    tell(bar.dataset.lost);
  });
}

dialogs.onClose(() => {
  busy.delete("dialog");
  refresh();
});

document.addEventListener("desk:went", (event) => {
  const there = new URL(event.detail);
  const here = new URL(location.href);
  const shown = document.getElementById("cal-day")?.value;
  if (there.pathname === here.pathname && (there.searchParams.get("day") ?? shown) === shown) refresh();
  else location.assign(there);
});

// The five minutes after the visit that has the focus.
function afterVisit(link) {
  const [, row] = link.closest(".cal-visit").className.match(/\br(\d+)\b/);
  const [, span] = link.closest(".cal-visit").className.match(/\bs(\d+)\b/);
  return Number(grid().dataset.firstMinute) + (Number(row) + Number(span) - 1) * 5;
}

calendar?.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (event.target.closest("input, select, textarea")) return;
  const key = event.key.toUpperCase();
  const link = event.target.closest(".cal-visit__link");
  if (link && act(link, key)) event.preventDefault();
  else if (key === "U") {
    event.preventDefault();
    undo();
  } else {
    const go = document.querySelector(`[data-page-key="${CSS.escape(key)}"]`);
    if (!go) return;
    event.preventDefault();
    if (go === booking && link) open(placeOf(link.closest("[data-column]"), afterVisit(link)), link);
    else go.click();
  }
});

// An empty place, by click or from the visit that has the focus: the form opens with its day, time and clinician.
const booking = document.querySelector('[data-page-key="N"]');

function placeOf(column, minute) {
  const two = (number) => String(number).padStart(2, "0");
  const asked = new URLSearchParams({ start: `${column.dataset.day}T${two(Math.floor(minute / 60))}:${two(minute % 60)}` });
  if (column.dataset.practitioner) asked.set("practitioner", column.dataset.practitioner);
  if (column.dataset.room) asked.set("room", column.dataset.room);
  return `/desk/book?${asked}`;
}

calendar?.addEventListener("click", (event) => {
  const column = event.target.closest("[data-column]");
  if (!column || !booking || event.target.closest(".cal-visit, a, button") || event.button) return;
  const top = column.getBoundingClientRect().top;
  const row = Math.floor((event.clientY - top) / rowHeight());
  open(placeOf(column, Number(grid().dataset.firstMinute) + row * 5), event.target);
});

calendar?.addEventListener("click", (event) => {
  const link = event.target.closest(".cal-visit__link");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
  event.preventDefault();
  if (!link.dataset.dragged) open(link.href, link);
});

document.querySelectorAll("a[data-dialog]").forEach((link) => {
  link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open(link.href, link);
  });
});

// ---- drag: with the mouse at once, by touch after a long press; the server has the last word ----

const LONG_PRESS = 500;
const FAR = 6; // pixels before a press counts as a drag
let drag = null;

const grid = () => document.querySelector("[data-first-minute]");
const mayMove = Boolean(pressing?.querySelector('[data-key="M"]'));

function begin(link, event) {
  const visit = link.closest(".cal-visit");
  const edge = visit.getBoundingClientRect().bottom - event.clientY;
  const box = visit.getBoundingClientRect();
  drag = { visit, link, box, x: event.clientX, y: event.clientY, resizing: edge < 7 && box.height > 30, ghost: null };
}

function lift() {
  busy.add("drag");
  const ghost = drag.visit.cloneNode(true);
  ghost.removeAttribute("id");
  ghost.className = `${drag.visit.className} cal-visit--dragged`;
  Object.assign(ghost.style, { position: "fixed", left: `${drag.box.left}px`, top: `${drag.box.top}px`, width: `${drag.box.width}px`, height: `${drag.box.height}px`, zIndex: "20" });
  document.body.append(ghost);
  drag.ghost = ghost;
}

function drop(event) {
  const row = rowHeight();
  const steps = Math.round((event.clientY - drag.y) / row);
  const minutes = Math.round(drag.box.height / row) * 5;
  if (drag.resizing) return { minutes: Math.max(5, minutes + steps * 5), start: startOf(drag.visit.closest("[data-column]"), 0) };
  const column = document.elementsFromPoint(event.clientX, event.clientY).map((one) => one.closest?.("[data-column]")).find(Boolean);
  return column ? { column, start: startOf(column, steps) } : null;
}

const rowHeight = () => parseFloat(getComputedStyle(grid()).getPropertyValue("--cal-row")) || 8;

function startOf(column, steps) {
  const row = Number(drag.visit.className.match(/\br(\d+)\b/)[1]) + steps;
  const minute = Number(grid().dataset.firstMinute) + (row - 1) * 5;
  const two = (number) => String(number).padStart(2, "0");
  return `${column.dataset.day}T${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
}

async function finish(event) {
  const { visit, link, ghost } = drag;
  if (!ghost) return;
  const to = drop(event);
  ghost.remove();
  busy.delete("drag");
  link.dataset.dragged = "yes";
  setTimeout(() => delete link.dataset.dragged, 50);
  if (!to) return;
  const fields = { start: to.start };
  if (to.minutes) fields.minutes = to.minutes;
  if (to.column?.dataset.practitioner) fields.practitioner = to.column.dataset.practitioner;
  if (to.column?.dataset.room) fields.room = to.column.dataset.room;
  const name = visit.querySelector(".cal-visit__name").textContent;
  current = visit.id;
  await change(visit, "move", fields, `${name}: ${to.start.slice(11)}`);
  link.focus({ preventScroll: true });
}

if (mayMove) {
  let waiting = 0;
  calendar.addEventListener("pointerdown", (event) => {
    const link = event.target.closest(".cal-visit__link");
    if (!link || event.button) return;
    begin(link, event);
    if (event.pointerType === "touch") waiting = setTimeout(() => drag && lift(), LONG_PRESS);
  });
  document.addEventListener("pointermove", (event) => {
    if (!drag) return;
    const far = Math.hypot(event.clientX - drag.x, event.clientY - drag.y) > FAR;
    if (!drag.ghost && far) {
      if (event.pointerType === "touch") {
        clearTimeout(waiting);
        drag = null;
        return;
      }
      lift();
    }
    if (!drag.ghost) return;
    if (drag.resizing) drag.ghost.style.height = `${Math.max(8, drag.box.height + event.clientY - drag.y)}px`;
    else Object.assign(drag.ghost.style, { left: `${drag.box.left + event.clientX - drag.x}px`, top: `${drag.box.top + event.clientY - drag.y}px` });
  });
  const end = (event) => {
    clearTimeout(waiting);
    if (!drag) return;
    if (event.type === "pointerup") finish(event);
    else {
      drag.ghost?.remove();
      busy.delete("drag");
    }
    drag = null;
  };
  document.addEventListener("pointerup", end);
  document.addEventListener("pointercancel", end);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !drag?.ghost) return;
    drag.ghost.remove();
    busy.delete("drag");
    drag = null;
  });
  calendar.addEventListener("dragstart", (event) => event.preventDefault());
  calendar.addEventListener("touchmove", (event) => drag?.ghost && event.preventDefault(), { passive: false });
}

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
if (document.activeElement === document.body) document.querySelector(".cal-box")?.focus({ preventScroll: true });
