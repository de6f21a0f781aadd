// Makes the desk's calendar quick: arrow keys walk over the visits, and the page follows other desks by itself.
//
// Everything is readable and every link works without this file. The server decides; this file only carries.

import * as dialogs from "./desk_dialog.js";
import { dragging, grid, rowHeight, wall } from "./desk_drag.js";
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

// How much waits on the list stands in the line of links, outside what is swapped.
function countTodo() {
  const fresh = document.getElementById("todo-now");
  if (fresh) document.getElementById("todo-count")?.replaceChildren(...fresh.cloneNode(true).childNodes);
}

document.addEventListener("htmx:after:swap", (event) => {
  if (event.target !== calendar) return;
  rove();
  countTodo();
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
    if (answer.status === 423) document.dispatchEvent(new CustomEvent("screen:locked"));
    return { ok: false, ...(await answer.json()) };
  } catch {
    return { ok: false, detail: bar.dataset.lost };
  }
}

const RESTS = 60000; // milliseconds after which a message goes by itself, unless somebody is at it
let resting = 0;

function rest() {
  clearTimeout(resting);
  resting = setTimeout(() => (bar.contains(document.activeElement) ? rest() : (bar.hidden = true)), RESTS);
}

export function tell(words, mayUndo = false) {
  say(words);
  bar.querySelector("[data-words]").textContent = words;
  bar.querySelector("[data-undo]").hidden = !mayUndo;
  offer([]);
  bar.hidden = false;
  rest();
}

// The free times that a message brings along, each a button.
function offer(free, take) {
  const place = bar.querySelector("[data-free]");
  place.querySelectorAll("button").forEach((one) => one.remove());
  for (const each of free) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "cal-tab";
    button.textContent = each.words;
    button.addEventListener("click", () => take(each));
    place.append(button);
  }
  place.hidden = !free.length;
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

const backTo = (visit) => document.getElementById(visit.id)?.querySelector("a")?.focus({ preventScroll: true });

// Moves a visit. Refused, it stays, and the message has the focus: its next stops are the nearest free times, and each
// sends the same wish again, of the visit as it was seen.
async function move(visit, fields, done) {
  const wish = { revision: visit.dataset.revision, ...fields };
  current = visit.id;
  const answer = await change(visit, "move", wish, done);
  if (answer.ok) {
    backTo(visit);
    return;
  }
  const name = visit.querySelector(".cal-visit__name").textContent;
  offer(answer.free ?? [], (free) => move(visit, { ...wish, free: free.value }, `${name}: ${free.words}`));
  bar.focus();
}

bar?.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  bar.hidden = true;
  backTo({ id: current });
});

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
  const asked = new URLSearchParams({ start: wall(column, minute) });
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
  open(link.href, link);
});

// Work that was half typed when the screen locked: its form opens again, and is filled by the file that kept it.
document.addEventListener("forms:waiting", (event) => {
  const action = event.detail.find((one) => /^\/desk\/(book|walk-in|people\/\d+\/change|visits\/[0-9a-f]+\/(move|cancel|note))$/.test(one));
  if (action) open(action.replace(/\/note$/, ""), document.querySelector(".cal-box"));
});

document.querySelectorAll("a[data-dialog]").forEach((link) => {
  link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const here = document.activeElement; // a key has pressed the link: the focus is elsewhere, and comes back there
    open(link.href, here === document.body ? link : here);
  });
});

// ---- the day that is looked at ----

function goToNow() {
  const box = document.querySelector(".cal-box");
  const line = box?.querySelector(".cal-now");
  if (line) box.scrollTop = Math.max(0, line.offsetTop - box.clientHeight / 3);
}

// A choice by the mouse goes there at once. Typing a date, or going down a list by arrow keys, passes through others on
// the way: then Enter or the button goes.
document.querySelectorAll("#cal-day, #cal-place, #cal-who").forEach((field) => {
  let isTyped = false;
  field.addEventListener("keydown", () => (isTyped = true));
  field.addEventListener("pointerdown", () => (isTyped = false));
  field.addEventListener("change", () => {
    if (!isTyped && (field.value || field.options)) field.form.requestSubmit();
  });
});

if (pressing?.querySelector('[data-key="M"]')) {
  dragging({ calendar, busy, move });
}
rove();
goToNow();
if (document.activeElement === document.body) document.querySelector(".cal-box")?.focus({ preventScroll: true });
