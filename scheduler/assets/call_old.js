// Says that a browser is too old for video where it could not even read the page's own script, and leads on without it.
//
// Written as every browser reads it. The page's script marks the page when it runs; what is not marked once everything
// was loaded has no script.

window.addEventListener("load", function () {
  var room = document.querySelector("[data-room]");
  if (!room || room.hasAttribute("data-alive")) {
    return;
  }
  function show(selector, shown) {
    var found = document.querySelectorAll(selector);
    for (var at = 0; at < found.length; at += 1) {
      found[at].hidden = !shown;
    }
  }
  show("[data-media-off], [data-media-first]", false);
  show('[data-trouble="old"], [data-phone-now]', true);
  var form = document.querySelector("#findings");
  if (form) {
    form.elements.camera.value = "bad";
    form.elements.microphone.value = "bad";
    show('[data-net], [data-step="hear"]', false);
    show('[data-step="end"], [data-step="send"]', true);
  }
});
