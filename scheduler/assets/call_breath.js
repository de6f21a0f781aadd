// Tells the clinic every second or two that this page is there, brings it the notes for the other page, and takes its own.
//
// One question at a time: the next begins when the last one was answered, so notes of one page stay in their order.

const SOONEST = 40;
const AFTER_FAILURE = 1500;
const MOST_NOTES = 40;

function someName() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

// A page that is opened anew has a new name; its device keeps one over a reload.
function deviceName() {
  try {
    const kept = sessionStorage.getItem("call-device") ?? someName();
    sessionStorage.setItem("call-device", kept);
    return kept;
  } catch {
    return someName();
  }
}

export class Breath {
  constructor({ address, gone, csrf, say, hear, fail }) {
    Object.assign(this, { address, gone, csrf, say, hear, fail });
    this.instance = someName();
    this.device = deviceName();
    this.since = 0;
    this.isFresh = true;
    this.takes = false;
    this.outbox = [];
    this.stopped = false;
    this.busy = false;
    this.timer = 0;
    addEventListener("pagehide", () => this.sayGoodbye());
  }

  post(receiver, body) {
    this.outbox.push({ to: receiver, body });
    this.soon();
  }

  soon() {
    if (!this.busy && !this.stopped) {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.breathe(), SOONEST);
    }
  }

  take() {
    this.takes = true;
    this.soon();
  }

  stop() {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  async breathe() {
    if (this.busy || this.stopped) {
      return;
    }
    this.busy = true;
    clearTimeout(this.timer);
    const sent = this.outbox.slice(0, MOST_NOTES);
    let pause = AFTER_FAILURE;
    try {
      const answer = await this.ask(sent);
      if (answer) {
        this.outbox.splice(0, sent.length);
        this.isFresh = this.takes = false;
        this.since = Math.max(this.since, ...answer.notes.map(([id]) => id));
        pause = await this.hear(answer);
      }
    } catch (error) {
      this.fail(error);
    }
    this.busy = false;
    if (!this.stopped) {
      this.timer = setTimeout(() => this.breathe(), this.outbox.length ? SOONEST : pause);
    }
  }

  async ask(notes) {
    const said = {
      instance: this.instance,
      device: this.device,
      since: this.since,
      fresh: this.isFresh,
      take: this.takes,
      notes,
      ...this.say(),
    };
    const answer = await fetch(this.address, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": this.csrf },
      body: JSON.stringify(said),
      redirect: "error",
    });
    if (answer.ok) {
      return answer.json();
    }
    // What was refused once is refused again: it is dropped, and the page goes on listening.
    if (answer.status < 500 && answer.status !== 429) {
      this.outbox.splice(0, notes.length);
    }
    const { code } = await answer.json().catch(() => ({}));
    this.fail(new Error(String(answer.status)), answer.status, code);
    return null;
  }

  sayGoodbye() {
    const said = new URLSearchParams({ instance: this.instance, csrf_token: this.csrf });
    navigator.sendBeacon(this.gone, said);
  }
}
