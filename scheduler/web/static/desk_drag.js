// Drags visits over the desk's calendar: with the mouse at once, by touch after a long press. Where a visit comes to lie
// is only a wish; the server has the last word, and what it refuses stays where it was.

const LONG_PRESS = 500;
const FAR = 6; // pixels before a press counts as a drag
const EDGE = 24; // pixels from the calendar's edge within which a drag scrolls it
let drag = null;
let desk = null; // what the calendar lends: its busy reasons, and its way to move a visit

export const grid = () => document.querySelector("[data-first-minute]");
export const rowHeight = () => parseFloat(getComputedStyle(grid()).getPropertyValue("--cal-row")) || 8;

// A minute of a column's day as a form's field for day and time has it.
export function wall(column, minute) {
  const two = (number) => String(number).padStart(2, "0");
  return `${column.dataset.day}T${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
}

const scroller = () => document.querySelector(".cal-box");
const downBy = (event) => event.clientY - drag.y + scroller().scrollTop - drag.scrolled;

// Near its edge the calendar scrolls on, so that the afternoon can be reached from the morning.
function scrollOn(event) {
  const box = scroller().getBoundingClientRect();
  if (event.clientY > Math.min(box.bottom, innerHeight) - EDGE) scroller().scrollTop += EDGE / 2;
  else if (event.clientY < box.top + 2 * EDGE) scroller().scrollTop -= EDGE / 2;
}

function begin(link, event) {
  const visit = link.closest(".cal-visit");
  const edge = visit.getBoundingClientRect().bottom - event.clientY;
  const box = visit.getBoundingClientRect();
  const scrolled = scroller().scrollTop;
  drag = { visit, box, scrolled, x: event.clientX, y: event.clientY, resizing: edge < 7 && box.height > 22, ghost: null };
}

function lift() {
  desk.busy.add("drag");
  const ghost = drag.visit.cloneNode(true);
  ghost.removeAttribute("id");
  ghost.className = `${drag.visit.className} cal-visit--dragged`;
  Object.assign(ghost.style, { position: "fixed", left: `${drag.box.left}px`, top: `${drag.box.top}px`, width: `${drag.box.width}px`, height: `${drag.box.height}px`, zIndex: "20" });
  document.body.append(ghost);
  drag.ghost = ghost;
}

function drop(event) {
  const row = rowHeight();
  const steps = Math.round(downBy(event) / row);
  const minutes = Math.round(drag.box.height / row) * 5;
  if (drag.resizing) return { minutes: Math.max(5, minutes + steps * 5) };
  const column = document.elementsFromPoint(event.clientX, event.clientY).map((one) => one.closest?.("[data-column]")).find(Boolean);
  return column ? { column, start: startOf(column, steps) } : null;
}

function startOf(column, steps) {
  const row = Number(drag.visit.className.match(/\br(\d+)\b/)[1]) + steps;
  return wall(column, Number(grid().dataset.firstMinute) + (row - 1) * 5);
}

async function finish(event) {
  const { visit } = drag;
  const to = drop(event);
  letGo();
  if (!to) return;
  const fields = to.minutes ? { minutes: to.minutes } : { start: to.start };
  if (to.column?.dataset.practitioner) fields.practitioner = to.column.dataset.practitioner;
  if (to.column?.dataset.room) fields.room = to.column.dataset.room;
  const name = visit.querySelector(".cal-visit__name").textContent;
  await desk.move(visit, fields, `${name}: ${to.minutes ? `${to.minutes} min` : to.start.slice(11)}`);
}

// A browser takes the end of a drag for a click on whatever lies beneath; that click is nobody's wish.
function swallowClick() {
  const swallow = (event) => {
    event.preventDefault();
    event.stopPropagation();
  };
  document.addEventListener("click", swallow, { capture: true, once: true });
  setTimeout(() => document.removeEventListener("click", swallow, { capture: true }), 50);
}

function letGo() {
  if (!drag) return;
  drag.ghost?.remove();
  desk.busy.delete("drag");
  drag = null;
}

// Makes the visits of the calendar draggable.
export function dragging(lent) {
  desk = lent;
  const { calendar } = lent;
  let waiting = 0;
  let isGivenUp = false;
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
    scrollOn(event);
    if (drag.resizing) drag.ghost.style.height = `${Math.max(8, drag.box.height + downBy(event))}px`;
    else Object.assign(drag.ghost.style, { left: `${drag.box.left + event.clientX - drag.x}px`, top: `${drag.box.top + event.clientY - drag.y}px` });
  });
  const end = (event) => {
    clearTimeout(waiting);
    if (drag?.ghost || isGivenUp) swallowClick();
    isGivenUp = false;
    if (drag?.ghost && event.type === "pointerup") finish(event);
    else letGo();
  };
  document.addEventListener("pointerup", end);
  document.addEventListener("pointercancel", end);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !drag?.ghost) return;
    isGivenUp = true;
    letGo();
  });
  calendar.addEventListener("contextmenu", (event) => drag && event.pointerType === "touch" && event.preventDefault());
  calendar.addEventListener("dragstart", (event) => event.preventDefault());
  calendar.addEventListener("touchmove", (event) => drag?.ghost && event.preventDefault(), { passive: false });
}
