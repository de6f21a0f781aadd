// Tries a device in three steps and fills in the form that says what was found. The verdict is the server's.

import { chime, openMedia, stopMedia } from "./call_media.js";

const LOUD = 0.04;
const LISTEN = 20_000;
const ASKS = 3;
const QUICK = 400;
const SLOW = 1500;
const RELAY_WITHIN = 8000;

const room = document.querySelector("[data-room]");
const one = (selector) => room.querySelector(selector);
const form = document.querySelector("#findings");
let stream = null;

function found(part, finding) {
  form.elements[part].value = finding;
}

function show(step) {
  one(`[data-step="${step}"]`).hidden = false;
}

function complain(trouble) {
  for (const element of room.querySelectorAll("[data-trouble]")) {
    element.hidden = element.dataset.trouble !== trouble;
  }
}

async function useMedia() {
  stopMedia(stream);
  const opened = await openMedia();
  stream = opened.stream;
  complain(opened.trouble);
  found("camera", stream?.getVideoTracks().length ? "good" : "bad");
  found("microphone", stream?.getAudioTracks().length ? "unknown" : "bad");
  if (stream) {
    show("see");
    one("[data-own]").srcObject = stream;
    listen();
  }
  show("hear");
}

// The bar moves with the voice; a voice heard once is enough.
function listen() {
  if (!stream.getAudioTracks().length) {
    return;
  }
  const context = new (window.AudioContext ?? window.webkitAudioContext)();
  const ear = context.createAnalyser();
  ear.fftSize = 1024;
  context.createMediaStreamSource(stream).connect(ear);
  const samples = new Float32Array(ear.fftSize);
  const until = performance.now() + LISTEN;
  const look = () => {
    ear.getFloatTimeDomainData(samples);
    const level = Math.sqrt(samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length);
    one("#level").value = Math.min(1, level * 4);
    if (level > LOUD) {
      found("microphone", "good");
      one("[data-say-heard]").hidden = false;
    } else if (performance.now() > until && form.elements.microphone.value === "unknown") {
      found("microphone", "bad");
    }
    if (stream?.active) {
      requestAnimationFrame(look);
    } else {
      context.close();
    }
  };
  look();
}

async function howQuick() {
  const times = [];
  for (let turn = 0; turn < ASKS; turn += 1) {
    const begun = performance.now();
    try {
      await fetch(location.pathname, { method: "HEAD", cache: "no-store" });
    } catch {
      return "bad";
    }
    times.push(performance.now() - begun);
  }
  const usual = times.sort((first, second) => first - second)[Math.floor(ASKS / 2)];
  return usual < QUICK ? "good" : usual < SLOW ? "weak" : "bad";
}

// Two lines on this device meet by way of the relay: what passes here passes in the visit.
async function relayPath() {
  const answer = await fetch(room.dataset.relay, {
    method: "POST",
    headers: { Accept: "application/json", "X-CSRFToken": room.dataset.csrf },
  });
  const config = await answer.json();
  if (!config.iceServers.length) {
    return "unknown";
  }
  const [here, there] = [new RTCPeerConnection(config), new RTCPeerConnection(config)];
  here.onicecandidate = ({ candidate }) => there.addIceCandidate(candidate ?? undefined).catch(() => {});
  there.onicecandidate = ({ candidate }) => here.addIceCandidate(candidate ?? undefined).catch(() => {});
  const channel = here.createDataChannel("try");
  const opened = new Promise((resolve) => {
    channel.onopen = () => resolve("good");
    setTimeout(() => resolve("bad"), RELAY_WITHIN);
  });
  await here.setLocalDescription();
  await there.setRemoteDescription(here.localDescription);
  await there.setLocalDescription();
  await here.setRemoteDescription(there.localDescription);
  const result = await opened;
  here.close();
  there.close();
  return result;
}

async function lookAtNetwork() {
  show("end");
  found("network", await howQuick());
  found("relay", await relayPath().catch(() => "unknown"));
  one("[data-net]").hidden = true;
  show("send");
  form.querySelector("button").focus();
}

const ACTS = {
  media: useMedia,
  chime: () => {
    chime();
    show("answer");
  },
  heard: () => {
    found("speaker", "good");
    lookAtNetwork();
  },
  unheard: () => {
    found("speaker", "bad");
    lookAtNetwork();
  },
};

room.dataset.alive = "";
room.addEventListener("click", (event) => ACTS[event.target.closest("[data-do]")?.dataset.do]?.());
form.addEventListener("submit", () => stopMedia(stream));
addEventListener("pagehide", () => stopMedia(stream));
