// How the line is, in one word, and what is done about it: sound comes first, the picture gives way in three steps.

const EVERY = 2000;
const STEPS = [500_000, 150_000, 0];
const BAD_LOSS = 0.08;
const BAD_DELAY = 0.7;
const GOOD_LOSS = 0.02;
const GOOD_DELAY = 0.35;
const BAD_BEFORE_DOWN = 2;
const GOOD_BEFORE_UP = 6;

export class Line {
  constructor(peer, tell) {
    Object.assign(this, { peer, tell });
    this.step = this.bad = this.good = 0;
    this.timer = setInterval(() => this.look(), EVERY);
    this.cap();
  }

  stop() {
    clearInterval(this.timer);
  }

  async look() {
    if (!this.peer.isConnected) {
      this.tell("lost");
      return;
    }
    this.judge(await this.measured());
    this.tell(["good", "weak", "sound-only"][this.step]);
  }

  // The worst of what the other end reports of our sound and picture.
  async measured() {
    let loss = 0;
    let delay = 0;
    for (const report of (await this.peer.line.getStats()).values()) {
      if (report.type === "remote-inbound-rtp") {
        loss = Math.max(loss, report.fractionLost ?? 0);
        delay = Math.max(delay, report.roundTripTime ?? 0);
      }
    }
    return { loss, delay };
  }

  judge({ loss, delay }) {
    const isBad = loss > BAD_LOSS || delay > BAD_DELAY;
    const isGood = loss < GOOD_LOSS && delay < GOOD_DELAY;
    this.bad = isBad ? this.bad + 1 : 0;
    this.good = isGood ? this.good + 1 : 0;
    if (this.bad >= BAD_BEFORE_DOWN && this.step < STEPS.length - 1) {
      this.move(1);
    } else if (this.good >= GOOD_BEFORE_UP && this.step > 0) {
      this.move(-1);
    }
  }

  move(by) {
    this.step += by;
    this.bad = this.good = 0;
    this.cap();
  }

  async cap() {
    const sender = this.peer.sender("video");
    const wanted = sender?.getParameters();
    if (!wanted?.encodings?.length) {
      return;
    }
    const most = STEPS[this.step];
    for (const encoding of wanted.encodings) {
      encoding.active = most > 0;
      if (most > 0) {
        encoding.maxBitrate = most;
      }
    }
    await sender.setParameters(wanted).catch(() => {});
  }
}
