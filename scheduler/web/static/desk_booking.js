// Finds the patient while the desk types: the arrow keys walk over the people found, Enter takes one, and the next stop is
// the safety questions. Without this file the page of people does the same, one press at a time.

const WAIT = 120; // milliseconds after a letter

function prepare(root) {
  const field = root.querySelector("#find");
  if (!field || field.dataset.ready) return;
  field.dataset.ready = "yes";
  const list = root.querySelector("#found");
  const search = root.querySelector("[data-search]").dataset.search;
  const count = root.querySelector("[data-count]");
  let timer = 0;
  let asked = 0;
  let at = -1;
  const options = () => [...list.querySelectorAll("[role=option]")];

  function mark(place) {
    const all = options();
    at = all.length ? (place + all.length) % all.length : -1;
    all.forEach((one, index) => one.setAttribute("aria-selected", String(index === at)));
    if (at >= 0) field.setAttribute("aria-activedescendant", all[at].id);
    else field.removeAttribute("aria-activedescendant");
  }

  function show(html) {
    const found = new DOMParser().parseFromString(html, "text/html").querySelectorAll("[data-patient]");
    list.replaceChildren(
      ...[...found].map((link, index) => {
        const item = document.createElement("li");
        item.id = `found-${index}`;
        item.setAttribute("role", "option");
        item.className = "desk-person";
        item.dataset.patient = link.dataset.patient;
        item.textContent = link.textContent.replace(/\s+/g, " ").trim();
        return item;
      }),
    );
    field.setAttribute("aria-expanded", String(found.length > 0));
    count.textContent = String(found.length);
    mark(found.length ? 0 : -1);
  }

  async function look() {
    const mine = ++asked;
    try {
      const answer = await fetch(`${search}?${new URLSearchParams({ q: field.value })}`);
      const html = await answer.text();
      if (mine === asked) show(html);
    } catch {
      count.textContent = "";
    }
  }

  function take(item) {
    root.querySelector("[data-chosen-id]").value = item.dataset.patient;
    root.querySelector("[data-chosen-name]").textContent = item.textContent;
    root.querySelector("[data-chosen]").hidden = false;
    root.querySelector("[data-new]").open = false;
    field.value = "";
    show("");
    root.querySelector("[data-none]").focus();
  }

  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(look, WAIT);
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      mark(at + (event.key === "ArrowDown" ? 1 : -1));
    } else if (event.key === "Enter") {
      event.preventDefault();
      const item = options()[at];
      if (item) take(item);
    }
  });
  list.addEventListener("click", (event) => {
    const item = event.target.closest("[role=option]");
    if (item) take(item);
  });
  fetch(search); // unseals what a search needs, before the first letter
}

document.addEventListener("desk:panel", (event) => prepare(event.detail));
prepare(document);
