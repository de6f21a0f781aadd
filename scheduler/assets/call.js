// Runs the page of a video visit: the waiting room, the call, and what is said when something does not work.
//
// The server decides where the visit stands; this page shows it. Words stand in the page itself, in its language: an
// element with data-for="waiting" belongs to that state, data-trouble="refused" to that trouble, data-say="weak" holds a
// sentence. Every other way out (the telephone, leaving) is a plain form that needs none of this.

import { Breath } from "./call_breath.js";
import { Line } from "./call_line.js";
import { chime, openMedia, stopMedia } from "./call_media.js";
import { Peer } from "./call_peer.js";

const TALKING = ["admitted", "in-call"];
const SLOW_AFTER = 20_000;
const LOST_AFTER = 30_000;
const HASTE = 700;
const CAN_BE_HELPED = ["refused", "none", "busy"];

const room = document.querySelector("[data-room]");
const isPatient = room.dataset.room === "patient";
const all = (selector) => [...room.querySelectorAll(selector)];
const one = (selector) => room.querySelector(selector);
const sentence = (name) => one(`[data-say="${name}"]`)?.textContent ?? "";

const now = {
  stage: room.dataset.stage,
  stream: null,
  asked: false,
  peer: null,
  line: null,
  relay: null,
  notes: [],
  quality: null,
  off: { audio: false, video: false },
  lock: null,
  apart: 0,
  shared: null,
  trouble: "",
};

// ---- what is shown ----

function show(element, shown) {
  if (element) {
    element.hidden = !shown;
  }
}

function paint() {
  room.dataset.stage = now.stage;
  for (const element of all("[data-for]")) {
    show(element, element.dataset.for.split(" ").includes(now.stage));
  }
  for (const element of all("[data-media-off]")) {
    show(element, !now.asked && now.trouble !== "moved" && element.dataset.for.split(" ").includes(now.stage));
  }
  for (const element of all("[data-media-on]")) {
    show(element, Boolean(now.stream) && element.dataset.for.split(" ").includes(now.stage));
  }
  // One thing at a time: before the camera was tried there is one button to press, and nothing else.
  show(one("[data-stage-of-call]"), now.asked && TALKING.includes(now.stage));
  for (const element of all("[data-own]")) {
    if (element.srcObject !== now.stream) {
      element.srcObject = now.stream;
    }
    element.classList.toggle("clinic-is-empty", !now.stream?.getVideoTracks().length);
  }
  show(one('[data-do="share"]'), Boolean(navigator.mediaDevices?.getDisplayMedia));
  // A button for what this device does not have would do nothing.
  show(one('[data-do="mute"]'), has("audio"));
  show(one('[data-do="camera"]'), has("video"));
  show(one('[data-note="sound-only"]'), has("audio") && !has("video"));
  show(one('[data-note="no-sound"]'), has("video") && !has("audio"));
}

function has(kind) {
  return Boolean(now.stream?.getTracks().some((track) => track.kind === kind));
}

function complain(trouble) {
  if (trouble === now.trouble) {
    return;
  }
  now.trouble = trouble;
  for (const element of all("[data-trouble]")) {
    show(element, element.dataset.trouble === trouble);
  }
  show(one("[data-again]"), CAN_BE_HELPED.includes(trouble));
  // Without internet a press would lead to an empty page of the browser's own: the words name the number to call.
  show(one("[data-phone-now]"), Boolean(trouble) && !["moved", "offline"].includes(trouble));
}

function tellWhere(words) {
  const place = one("[data-words-now]");
  if (words && place.textContent !== words) {
    place.textContent = words;
  }
}

function tellLine(quality) {
  const place = one("[data-line]");
  const words = sentence(quality);
  now.quality = quality;
  if (place && place.textContent !== words) {
    place.textContent = words;
  }
}

function showPeers(peers) {
  const list = one("[data-here]");
  const other = peers.find((peer) => peer.kind === (isPatient ? "clinician" : "patient"));
  show(one("[data-peer]"), Boolean(other?.here));
  for (const old of all("[data-companion]")) {
    old.remove();
  }
  for (const peer of peers.filter((each) => each.kind === "companion" && each.here && each.name)) {
    const line = document.createElement("li");
    line.dataset.companion = "";
    line.textContent = peer.name;
    list?.append(line);
  }
  return other;
}

// ---- camera and microphone ----

async function useMedia() {
  const { stream, trouble } = await openMedia();
  now.asked = true;
  if (stream) {
    stopMedia(now.stream);
    now.stream = stream;
    remember(true);
    for (const track of stream.getTracks()) {
      // Who turned the microphone or the camera off stays so when the device gives it back.
      track.enabled = !now.off[track.kind];
      // A telephone call takes the camera away; it is fetched again when the page is looked at.
      track.onended = () => document.hidden || useMedia();
    }
    now.peer?.add(stream);
  }
  complain(trouble);
  paint();
  breath.soon();
}

function remember(wanted) {
  try {
    sessionStorage.setItem("call-media", wanted ? "yes" : "");
  } catch {
    // A browser that keeps nothing asks for one more press after a reload.
  }
}

function wasOn() {
  try {
    return sessionStorage.getItem("call-media") === "yes";
  } catch {
    return false;
  }
}

function endMedia() {
  stopMedia(now.shared);
  stopMedia(now.stream);
  now.stream = now.shared = null;
}

// A tablet that falls asleep in the waiting room misses the moment; the browser lets go whenever the page is hidden.
async function keepAwake() {
  const isWanted = now.stage === "waiting" || TALKING.includes(now.stage);
  if (isPatient && isWanted && !document.hidden && (!now.lock || now.lock.released)) {
    now.lock = await navigator.wakeLock?.request("screen").catch(() => null);
  }
}

function swap(button, isOff) {
  button.textContent = isOff ? button.dataset.on : button.dataset.off;
}

function toggle(kind, button) {
  const isOff = (now.off[kind] = !now.off[kind]);
  for (const track of now.stream?.getTracks() ?? []) {
    track.enabled = !now.off[track.kind];
  }
  swap(button, isOff);
  if (kind === "audio") {
    show(one("[data-muted]"), isOff);
  }
}

async function share(button) {
  if (now.shared) {
    stopMedia(now.shared);
    now.shared = null;
    const own = now.stream?.getVideoTracks()[0] ?? null;
    await now.peer?.sender("video")?.replaceTrack(own);
    swap(button, false);
    return;
  }
  try {
    now.shared = await navigator.mediaDevices.getDisplayMedia({ video: { frameRate: { ideal: 10 } } });
  } catch {
    return;
  }
  const [screen] = now.shared.getVideoTracks();
  screen.onended = () => now.shared && share(button);
  const sender = now.peer?.sender("video");
  await (sender ? sender.replaceTrack(screen) : now.peer?.add(now.shared));
  swap(button, true);
}

// ---- the line to the other side ----

function hangUp() {
  now.line?.stop();
  now.peer?.close();
  now.peer = now.line = null;
  const picture = one("[data-other]");
  if (picture) {
    picture.srcObject = null;
  }
  show(one("[data-unmet]"), true);
  show(one("[data-secret]"), false);
}

function call(other) {
  hangUp();
  now.peer = new Peer({
    other,
    polite: isPatient,
    relay: now.relay,
    language: room.dataset.language,
    post: (body) => breath.post(other, body),
    changed: lineChanged,
    met: showOther,
    heard: (text) => showHeard(text),
    secret: (words) => {
      one("[data-words]").textContent = words;
      show(one("[data-secret]"), true);
    },
  });
  now.peer.add(now.stream);
}

function lineChanged(state) {
  if (state === "connected") {
    now.line ??= new Line(now.peer, tellLine);
    show(one("[data-unmet]"), false);
    if (["slow", "lost"].includes(now.trouble)) {
      complain("");
    }
    breath.soon();
  }
}

function showOther(track, stream) {
  const picture = one("[data-other]");
  if (picture.srcObject !== stream) {
    picture.srcObject = stream ?? new MediaStream([track]);
  }
  picture.play().catch(() => show(one('[data-do="play"]'), true));
}

function showHeard(text) {
  const place = one("[data-heard]");
  place.textContent = `${sentence("wrote")} ${text}`;
  show(place, Boolean(text));
  chime();
}

// What waits too long is said: the telephone is one press away. It counts from the moment this side is ready, whether
// or not the other page has come.
function watch() {
  const isCalling = now.asked && TALKING.includes(now.stage) && room.dataset.provider === "own";
  if (!isCalling || now.peer?.isConnected) {
    now.apart = 0;
    return;
  }
  now.apart ||= performance.now();
  const since = performance.now() - now.apart;
  const [trouble, after] = now.peer?.wasConnected ? ["lost", LOST_AFTER] : ["slow", SLOW_AFTER];
  if (since > after && now.trouble !== "offline") {
    complain(trouble);
  }
}

// ---- what the clinic says ----

const breath = new Breath({
  address: room.dataset.breath,
  gone: room.dataset.gone,
  csrf: room.dataset.csrf,
  say: () => ({
    connected: Boolean(now.peer?.isConnected),
    quality: now.peer?.wasConnected ? now.quality : null,
    relay: now.relay === null,
  }),
  hear,
  fail: (_error, status, code) => {
    if (!status) {
      complain("offline");
    } else if ([401, 403, 404].includes(status) || code === "room-closed") {
      // The visit is over, was cancelled, or somebody signed out: the page itself says so when it is opened anew.
      leaveTo(room.dataset.over ?? location.href);
    }
  },
});

async function hear(answer) {
  if (now.trouble === "offline" || (answer.active && now.trouble === "moved")) {
    complain("");
  }
  if (!answer.active && answer.stage !== "ended") {
    hangUp();
    endMedia();
    now.asked = false;
    complain("moved");
    paint();
    return 2000;
  }
  tellWhere(answer.words);
  const other = showPeers(answer.peers);
  now.relay ??= answer.relay ?? null;
  enter(answer.stage, answer.provider);
  now.notes.push(...answer.notes.map(([, sender, body]) => ({ sender, body })));
  meet(other);
  return now.peer && !now.peer.isConnected ? Math.min(HASTE, answer.pause) : answer.pause;
}

function enter(stage, provider) {
  if (stage === now.stage && provider === room.dataset.provider) {
    return;
  }
  const before = now.stage;
  now.stage = stage;
  const isOther = provider !== room.dataset.provider || stage === "ended" || [stage, before].includes("phone");
  if (isOther || (!isPatient && before === "expected") || (provider === "link" && TALKING.includes(stage))) {
    hangUp();
    endMedia();
    leaveTo(stage === "ended" ? (room.dataset.over ?? location.href) : location.href);
    return;
  }
  if (!TALKING.includes(stage)) {
    hangUp();
  } else if (!TALKING.includes(before) && isPatient) {
    chime();
  }
  paint();
  keepAwake();
}

function leaveTo(address) {
  breath.stop();
  location.replace(address);
}

// A line is made once both are let in, this side has tried its camera, and the other page is known; another page on the
// other side is another line.
function meet(other) {
  if (!TALKING.includes(now.stage) || !now.asked || now.relay === null || !other?.instance) {
    return;
  }
  if (now.peer?.other !== other.instance) {
    call(other.instance);
  }
  const mine = now.notes.filter((note) => note.sender === other.instance);
  now.notes = [];
  for (const note of mine) {
    now.peer.receive(note.body);
  }
}

// ---- buttons ----

const ACTS = {
  media: useMedia,
  take: () => {
    breath.take();
    useMedia();
  },
  mute: (button) => toggle("audio", button),
  camera: (button) => toggle("video", button),
  share,
  deaf: () => {
    now.peer?.say(sentence("deaf"));
    const form = one("[data-write]");
    show(form, true);
    form.querySelector("input").focus();
  },
  play: (button) => {
    one("[data-other]").play();
    show(button, false);
  },
};

room.addEventListener("click", (event) => {
  const button = event.target.closest("[data-do]");
  ACTS[button?.dataset.do]?.(button);
});

one("[data-write]")?.addEventListener("submit", (event) => {
  event.preventDefault();
  const field = event.target.elements.write;
  if (field.value.trim()) {
    now.peer?.say(field.value.trim());
    field.value = "";
  }
});

// Letting somebody in asks for this side's camera in the same press and keeps the page open.
room.querySelector("#admit")?.addEventListener("submit", async (event) => {
  if (room.dataset.provider !== "own" || now.stage === "phone") {
    return;
  }
  event.preventDefault();
  const form = event.target;
  const [answer] = await Promise.all([
    fetch(form.action, { method: "POST", body: new FormData(form) }),
    now.asked ? null : useMedia(),
  ]);
  if (answer.ok) {
    enter("admitted", room.dataset.provider);
    breath.soon();
  } else {
    location.reload();
  }
});

document.addEventListener("visibilitychange", () => {
  const isGone = now.stream?.getTracks().some((track) => track.readyState === "ended");
  if (!document.hidden && isGone) {
    useMedia();
  }
  keepAwake();
  breath.soon();
});
addEventListener("pageshow", (event) => event.persisted && location.reload());
addEventListener("online", () => breath.soon());

room.dataset.alive = "";
paint();
keepAwake();
if (!("closed" in room.dataset)) {
  if (wasOn() && room.dataset.provider === "own" && now.stage !== "phone") {
    useMedia();
  }
  setInterval(watch, 1000);
  breath.breathe();
}
