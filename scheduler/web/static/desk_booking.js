// Finds the patient while the desk types: the arrow keys walk over the people found, Enter takes one, and the next stop is
// the safety questions. Without this file the page of people does the same, one press at a time.

import { combobox } from "./desk_find.js";

function prepare(root) {
  const field = root.querySelector("#find");
  if (!field || field.dataset.ready) return;
  field.dataset.ready = "yes";
  function name() {
    const words = root.querySelector("[data-chosen-words]").value;
    root.querySelector("[data-chosen-name]").textContent = words;
    root.querySelector("[data-chosen]").hidden = !words;
  }

  // After the screen was locked the work comes back: fields that stand in a fold are shown, and the patient is named.
  root.addEventListener("form:back", () => {
    name();
    for (const fold of root.querySelectorAll("details")) {
      fold.open ||= [...fold.querySelectorAll("input, select")].some((one) => one.value !== (one.defaultValue ?? one.value));
    }
  });

  const finder = combobox(root, {
    field,
    list: root.querySelector("#found"),
    count: root.querySelector("[data-count]"),
    address: root.querySelector("[data-search]").dataset.search,
    wanted: "[data-patient]",
    take: (item) => {
      root.querySelector("[data-chosen-id]").value = item.dataset.patient;
      root.querySelector("[data-chosen-words]").value = item.textContent.replace(/\s+/g, " ").trim();
      name();
      root.querySelector("[data-new]").open = false;
      field.value = "";
      finder.empty();
      root.querySelector("[data-none]").focus();
    },
  });
}

document.addEventListener("desk:panel", (event) => prepare(event.detail));
prepare(document);
