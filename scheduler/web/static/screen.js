// Locks the screen of somebody who has gone away: warns at 13 minutes, and at 15 hands the half-typed work to the
// server, clears the page and goes to the lock. Only a hand counts, in whichever tab; what a page asks by itself never.

const clock = JSON.parse(document.querySelector("[data-screen]").dataset.screen);
const token = document.getElementById("lock").elements.csrf_token.value;
const KEY = "last-input";
const TOLD_EVERY = 20_000;
const LOOKED_EVERY = 1_000;
const NEVER_KEPT = new Set(["password", "file", "hidden", "submit", "button", "image", "reset"]);
const path = location.pathname + location.search;
const warning = document.getElementById("idle");
let toldAt = 0;
let isLocking = false;

const post = (address, body) =>
  fetch(address, {
    method: "POST",
    headers: { "X-CSRFToken": token, "Content-Type": "application/json", Accept: "application/json" },
    body: JSON.stringify(body ?? {}),
  });

const lastInput = () => Number(localStorage.getItem(KEY)) || 0;

async function tell() {
  toldAt = Date.now();
  const answer = await post(clock.input).catch(() => null);
  if (answer?.status === 423) lock();
  if (answer?.status === 401) location.reload();
}

function touched() {
  if (isLocking) return;
  if (isDue(clock.lockAfter)) {
    lock();
    return;
  }
  localStorage.setItem(KEY, String(Date.now()));
  if (warning.open) warning.close();
  if (Date.now() - toldAt > TOLD_EVERY) tell();
}

const isDue = (seconds) => Date.now() - lastInput() >= seconds * 1000;

function look() {
  if (isLocking) return;
  if (isDue(clock.lockAfter)) lock();
  else if (isDue(clock.warnAfter) && !warning.open) warning.showModal();
  else if (!isDue(clock.warnAfter) && warning.open) warning.close();
}

const valueOf = (field) => {
  if (field.type === "checkbox" || field.type === "radio") return field.checked ? field.value : null;
  return field.value;
};

const isChanged = (field) => {
  if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
  if (field.options) return [...field.options].some((one) => one.selected !== one.defaultSelected);
  return field.value !== field.defaultValue;
};

const fieldsOf = (form) =>
  [...form.elements].filter(
    (field) => field.name && !NEVER_KEPT.has(field.type) && field.autocomplete !== "one-time-code",
  );

const nameOf = (form) => new URL(form.action, location.href).pathname;

function halfTyped() {
  return [...document.forms]
    .filter((form) => form.method === "post" && fieldsOf(form).some(isChanged))
    .map((form) => ({
      action: nameOf(form),
      fields: fieldsOf(form)
        .map((field) => [field.name, valueOf(field)])
        .filter(([, value]) => value !== null),
    }));
}

// The page is cleared at once. What was typed stays in this window until the server has it, however long the
// connection is gone.
async function lock() {
  if (isLocking) return;
  isLocking = true;
  localStorage.setItem(KEY, "0");
  const forms = halfTyped();
  document.body.replaceChildren(document.getElementById("idle-cut-off").content.cloneNode(true));
  document.title = document.querySelector("[role=heading]").textContent;
  while (!(await isHandedOver(forms))) await new Promise((wake) => setTimeout(wake, 3000));
  location.replace(`${clock.locked}?next=${encodeURIComponent(path)}`);
}

async function isHandedOver(forms) {
  const kept = forms.length ? await post(clock.keep, { path, forms }).catch(() => null) : { ok: true };
  if (!kept || kept.status >= 500) return false;
  return Boolean(await post(clock.lock).catch(() => null));
}

function fill(form, kept) {
  for (const field of fieldsOf(form)) {
    const values = kept.fields.filter(([name]) => name === field.name).map(([, value]) => value);
    if (field.type === "checkbox" || field.type === "radio") field.checked = values.includes(field.value);
    else if (field.multiple && field.options) {
      for (const one of field.options) one.selected = values.includes(one.value);
    } else if (values.length) field.value = values.shift();
  }
  form.dispatchEvent(new Event("input", { bubbles: true }));
  form.dispatchEvent(new CustomEvent("form:back", { bubbles: true }));
}

// A form that is not on the page yet (it opens in a dialog, say) is filled when it comes.
function bringBack(waiting) {
  const settle = () => {
    for (const kept of [...waiting]) {
      const form = [...document.forms].find((one) => one.method === "post" && nameOf(one) === kept.action);
      if (form) {
        waiting.splice(waiting.indexOf(kept), 1);
        fill(form, kept);
      }
    }
    if (!waiting.length) watcher.disconnect();
  };
  const watcher = new MutationObserver(settle);
  watcher.observe(document.body, { childList: true, subtree: true });
  settle();
  if (waiting.length) {
    document.dispatchEvent(new CustomEvent("forms:waiting", { detail: waiting.map((kept) => kept.action) }));
  }
}

async function askForForms() {
  const answer = await post(clock.back, { path }).catch(() => null);
  if (!answer?.ok) return;
  const { forms } = await answer.json();
  if (forms.length) bringBack(forms);
}

localStorage.setItem(KEY, String(Date.now()));
for (const kind of ["pointerdown", "pointermove", "keydown", "wheel", "touchstart", "input"]) {
  document.addEventListener(kind, touched, { passive: true, capture: true });
}
document.addEventListener("visibilitychange", look);
document.addEventListener("htmx:after:request", (event) => {
  if (event.detail?.ctx?.response?.status === 423) lock();
});
document.addEventListener("screen:locked", lock);
document.getElementById("lock").addEventListener("submit", (event) => {
  event.preventDefault();
  lock();
});
setInterval(look, LOOKED_EVERY);
if (clock.kept) askForForms();
