// Starts the components on the page: error summaries take focus, buttons ignore a double press, "none of these" clears
// the others. Every page works without this file.
import { initAll } from "./nhsuk-frontend.min.js";

document.body.classList.add("js-enabled", "nhsuk-frontend-supported");
initAll();
