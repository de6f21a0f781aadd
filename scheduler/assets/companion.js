// Says that the helper's page is open, and shows where the visit stands.

import { Breath } from "./call_breath.js";

const EVERY = 3000;
const room = document.querySelector("[data-company]");
let stage = "";

if (room) {
  const breath = new Breath({
    address: room.dataset.breath,
    gone: room.dataset.gone,
    csrf: room.dataset.csrf,
    say: () => ({}),
    hear: (answer) => {
      const place = room.querySelector("[data-words-now]");
      if (answer.words && place.textContent !== answer.words) {
        place.textContent = answer.words;
      }
      if (stage && stage !== answer.stage && answer.provider === "link") {
        location.reload();
      }
      stage = answer.stage;
      return EVERY;
    },
    fail: (_error, status) => {
      if (status === 404) {
        breath.stop();
        location.reload();
      }
    },
  });
  breath.breathe();
}
