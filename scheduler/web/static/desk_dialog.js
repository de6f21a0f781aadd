// Opens the desk's pages in a dialog over the calendar: the page's own [data-panel] is taken from the answer, so every
// page works as well without this file. A form that could not be sent stays open with what was typed.

const words = document.getElementById("desk-words")?.dataset ?? {};
let dialog = null;
let opener = null;
let closed = () => {};

export const onClose = (what) => {
  closed = what;
};
export const isOpen = () => dialog?.open ?? false;

function frame() {
  if (dialog) return dialog;
  dialog = document.createElement("dialog");
  dialog.className = "desk-dialog";
  dialog.setAttribute("aria-label", words.dialog ?? "");
  document.body.append(dialog);
  dialog.addEventListener("close", () => {
    dialog.replaceChildren();
    closed();
    opener?.isConnected && opener.focus();
  });
  dialog.addEventListener("submit", send);
  dialog.addEventListener("click", follow);
  return dialog;
}

const panelOf = (html) => new DOMParser().parseFromString(html, "text/html").querySelector("[data-panel]");

export async function open(address, from = document.activeElement) {
  const answer = await fetch(address, { headers: { Accept: "text/html" } });
  const panel = panelOf(await answer.text());
  if (!panel) {
    location.assign(address);
    return;
  }
  opener = from;
  show(panel);
}

function show(panel) {
  const box = frame();
  const close = document.createElement("button");
  close.type = "button";
  close.className = "cal-tab desk-dialog__close";
  close.textContent = words.close ?? "×";
  close.addEventListener("click", () => box.close());
  box.replaceChildren(close, document.adoptNode(panel));
  if (!box.open) box.showModal();
  (box.querySelector("[data-free]") ?? box.querySelector("[data-first]") ?? box.querySelector("[data-panel] :is(input:not([type=hidden]), select, textarea, button, a)") ?? close).focus();
  document.dispatchEvent(new CustomEvent("desk:panel", { detail: box }));
}

async function send(event) {
  const form = event.target;
  if (form.method !== "post" || event.submitter?.formNoValidate === "navigate") return;
  event.preventDefault();
  const body = new URLSearchParams(new FormData(form, event.submitter));
  const button = event.submitter;
  if (button) button.disabled = true;
  try {
    const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "text/html" } });
    await take(answer, form);
  } catch {
    complain(form);
  } finally {
    if (button) button.disabled = false;
  }
}

async function take(answer, form) {
  const panel = panelOf(await answer.text());
  if (panel) {
    show(panel);
    return;
  }
  if (answer.status === 423) document.dispatchEvent(new CustomEvent("screen:locked"));
  if (!answer.ok) {
    complain(form);
    return;
  }
  dialog.close();
  if (answer.redirected) document.dispatchEvent(new CustomEvent("desk:went", { detail: answer.url }));
}

function complain(form) {
  const note = form.querySelector(".cal-trouble") ?? document.createElement("p");
  note.className = "cal-trouble";
  note.setAttribute("role", "alert");
  note.textContent = words.lost ?? "";
  form.prepend(note);
}

function follow(event) {
  const link = event.target.closest("a[href]");
  if (!link || event.ctrlKey || event.metaKey || link.target) return;
  if (!/^\/desk\/(visits\/[0-9a-f]+(\/(cancel|move|again))?|people(\/\d+(\/same\/\d+|\/change)?)?|book|walk-in)$/.test(link.pathname)) return;
  event.preventDefault();
  open(link.href, opener);
}

document.addEventListener("desk:open", (event) => open(event.detail, opener));
