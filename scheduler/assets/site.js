// Starts the components on the page: error summaries take focus, buttons ignore a double press, characters are counted.
// Every page works without this file.
import { initAll } from "./nhsuk-frontend.min.js";

initAll();
