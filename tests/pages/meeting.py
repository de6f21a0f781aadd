"""Two people of one video visit in real browsers with pretended cameras, for tests that look at their call."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from tests.pages.video_ways import soon_visit, waiting
from tests.pages.world import World
from tests.video_rooms import Soon

SPY = """(() => {
  const Real = window.RTCPeerConnection;
  window.lines = [];
  window.RTCPeerConnection = class extends Real {
    constructor(...given) { super(...given); window.lines.push(this); }
    async getStats() {
      const real = [...(await super.getStats())];
      const rough = {type: "remote-inbound-rtp", fractionLost: 0.4, roundTripTime: 1.2};
      return new Map(window.rough ? [...real, ["rough", rough]] : real);
    }
  };
})()"""
"""Keeps the page's lines where a test can read their figures, and reports a rough way where `window.rough` says so."""

FIGURES = """async () => {
  const found = {frames: 0, energy: 0, path: ""};
  const line = window.lines.findLast(one => one.connectionState === "connected");
  if (!line) return found;
  const stats = await line.getStats();
  for (const one of stats.values()) {
    if (one.type === "inbound-rtp" && one.kind === "video") found.frames += one.framesDecoded ?? 0;
    if (one.type === "inbound-rtp" && one.kind === "audio") found.energy += one.totalAudioEnergy ?? 0;
    if (one.type === "candidate-pair" && one.nominated && one.state === "succeeded")
      found.path = stats.get(one.localCandidateId)?.candidateType ?? "";
  }
  return found;
}"""
SEES = """() => { const v = document.querySelector('[data-other]');
  return Boolean(v && v.srcObject && v.videoWidth > 0 && !v.paused && v.currentTime > 0); }"""
PIXELS = """() => { const v = document.querySelector('[data-other]'); const c = document.createElement('canvas');
  c.width = 160; c.height = 120; const p = c.getContext('2d'); p.drawImage(v, 0, 0, 160, 120);
  const seen = [...p.getImageData(0, 0, 160, 120).data];
  return seen.reduce((sum, one, at) => (sum * 31 + one * (at % 7 + 1)) % 1e9, 7); }"""


NO_CAMERA = """name => { navigator.mediaDevices.getUserMedia =
  () => Promise.reject(new DOMException("no", name)); }"""


@dataclass
class Meeting:
    """One visit with both pages of it."""

    soon: Soon
    patient: Page
    clinician: Page

    def begin(self) -> float:
        """Let the patient in; returns the seconds until both see a picture."""
        self.patient.locator("[data-do=media]:visible").click()
        expect(self.patient.locator("[data-own]:visible")).to_have_count(1)
        begun = time.monotonic()
        self.clinician.locator("#admit button").click()
        for page in (self.patient, self.clinician):
            page.wait_for_function(SEES)
        return time.monotonic() - begun


Open = Callable[..., Page]


@pytest.fixture
def people(new_camera_page: Open) -> Open:
    """Opens pages whose lines a test can look into."""
    return lambda **options: new_camera_page(script=SPY, **options)


@pytest.fixture
def meet(world: World, people: Open) -> Callable[[str], Meeting]:
    """Brings a patient into the waiting room, and their clinician to the page of the same visit."""

    def one(language: str) -> Meeting:
        soon = soon_visit(world, language)
        waiting(world, soon, datetime.now(UTC))
        locale = "es-US" if language == "es" else "en-US"
        patient, clinician = people(locale=locale), people(locale=locale)
        patient.goto(world.address(f"/visit/{soon.token}/room", language))
        world.sign_in(clinician, "clinician")
        clinician.goto(world.address(f"/clinic/visits/{soon.public_id}", language))
        expect(clinician.locator("#admit button")).to_be_visible()
        return Meeting(soon, patient, clinician)

    return one


@pytest.fixture
def meeting(meet: Callable[[str], Meeting]) -> Meeting:
    """The two of a visit in English."""
    return meet("en")
