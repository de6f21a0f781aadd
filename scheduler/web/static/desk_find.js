// One line that finds while it is typed into: the arrow keys walk over what was found, Enter takes one. The server decides
// what is found and says it in words; without this file a button does the same.

const WAIT = 120; // milliseconds after a letter
const AGAIN = 1000; // milliseconds, while the server is still reading its list of people

export function combobox(root, { field, list, count, address, wanted, take }) {
  let timer = 0;
  let asked = 0;
  let at = -1;
  const options = () => [...list.querySelectorAll("[role=option]")];
  list.setAttribute("role", "listbox");
  if (!list.hasAttribute("aria-label")) list.setAttribute("aria-label", field.labels?.[0]?.textContent ?? "");

  function mark(place) {
    const all = options();
    at = all.length ? (place + all.length) % all.length : -1;
    all.forEach((one, index) => one.setAttribute("aria-selected", String(index === at)));
    if (at >= 0) {
      field.setAttribute("aria-activedescendant", all[at].id);
      all[at].scrollIntoView({ block: "nearest" });
    } else field.removeAttribute("aria-activedescendant");
  }

  function optionOf(link, index) {
    const item = document.createElement("li");
    item.id = `found-${index}`;
    item.setAttribute("role", "option");
    item.className = link.className;
    Object.assign(item.dataset, { ...link.dataset, href: link.getAttribute("href") });
    item.append(...[...link.childNodes].map((node) => document.importNode(node, true)));
    return item;
  }

  function show(page) {
    const links = [...page.querySelectorAll(wanted)];
    list.replaceChildren(...links.map(optionOf));
    field.setAttribute("aria-expanded", String(links.length > 0));
    count.textContent = page.querySelector("[data-count]")?.textContent.trim() ?? "";
    mark(links.length ? 0 : -1);
    if (page.querySelector("[data-partial]")) timer = setTimeout(look, AGAIN);
  }

  async function look() {
    const mine = ++asked;
    const token = root.querySelector("input[name=csrf_token]").value;
    try {
      const body = new URLSearchParams({ csrf_token: token, q: field.value });
      const answer = await fetch(address, { method: "POST", body, headers: { Accept: "text/html" } });
      const html = await answer.text();
      if (mine === asked && field.isConnected) show(new DOMParser().parseFromString(html, "text/html"));
    } catch {
      count.textContent = "";
    }
  }

  const chosen = (item) => {
    clearTimeout(timer);
    asked++;
    take(item);
  };
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
      if (item) chosen(item);
      else look();
    }
  });
  list.addEventListener("click", (event) => {
    const item = event.target.closest("[role=option]");
    if (item) chosen(item);
  });
  return { empty: () => (list.replaceChildren(), mark(-1), (count.textContent = "")) };
}

function prepare(root) {
  const field = root.querySelector("[data-find] #q");
  if (!field || field.dataset.ready) return;
  field.dataset.ready = "yes";
  const inDialog = Boolean(field.closest("dialog"));
  const list = root.querySelector("#found");
  if (inDialog) list.replaceChildren();
  combobox(root, {
    field,
    list,
    count: root.querySelector("[data-count]"),
    address: field.dataset.search,
    wanted: "[data-option]",
    take: (item) => {
      if (inDialog) document.dispatchEvent(new CustomEvent("desk:open", { detail: item.dataset.href }));
      else location.assign(item.dataset.href);
    },
  });
  if (!inDialog) field.focus();
}

document.addEventListener("desk:panel", (event) => prepare(event.detail));
prepare(document);
