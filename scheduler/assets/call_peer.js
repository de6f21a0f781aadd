// The line to one other page: perfect negotiation (the patient gives way), driven by connectionState, and the words that
// travel on it.
//
// iceConnectionState stays "disconnected" where connectionState says "failed", so only the latter is looked at. A line
// that is away for four seconds is asked to find a new way, again and again until it is back.

import { secretWords } from "./call_words.js";

const AWAY_BEFORE_RESTART = 4000;

async function hash(text) {
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

// The key of one end as its description names it; "" when it names none, and then there is nothing to compare.
function fingerprint(description) {
  return /a=fingerprint:(\S+ [0-9a-f:]+)/i.exec(description?.sdp ?? "")?.[1].toLowerCase() ?? "";
}

export class Peer {
  // `post(body)` brings a note to the other page; `heard(words)` and `secret(words)` are told what came over the line.
  constructor({ other, polite, relay, language, post, changed, met, heard, secret }) {
    Object.assign(this, { other, polite, language, post, changed, met, heard, secret });
    this.makingOffer = this.ignoring = false;
    this.work = Promise.resolve();
    this.timer = 0;
    this.wasConnected = false;
    this.line = new RTCPeerConnection(relay);
    this.line.onnegotiationneeded = () => this.offer();
    this.line.onicecandidate = ({ candidate }) => candidate && this.post({ candidate: candidate.toJSON() });
    this.line.ontrack = ({ track, streams }) => this.met(track, streams[0]);
    this.line.onconnectionstatechange = () => this.stateChanged();
    this.openChannel();
  }

  get isConnected() {
    return this.line.connectionState === "connected";
  }

  sender(kind) {
    return this.line.getSenders().find((one) => one.track?.kind === kind || one === this[`${kind}Sender`]);
  }

  add(stream) {
    for (const track of stream?.getTracks() ?? []) {
      const known = this.sender(track.kind);
      if (known) {
        known.replaceTrack(track);
      } else {
        this[`${track.kind}Sender`] = this.line.addTrack(track, stream);
      }
    }
  }

  async offer() {
    try {
      this.makingOffer = true;
      await this.line.setLocalDescription();
      this.post({ description: this.line.localDescription.toJSON() });
    } catch (error) {
      console.info("offer", error.name);
    } finally {
      this.makingOffer = false;
    }
  }

  // Notes are worked through one after the other, however fast they come.
  receive(body) {
    this.work = this.work.then(() => this.take(body)).catch((error) => console.info("note", error.name));
    return this.work;
  }

  async take({ description, candidate }) {
    if (description) {
      const collision = description.type === "offer" && (this.makingOffer || this.line.signalingState !== "stable");
      this.ignoring = !this.polite && collision;
      if (this.ignoring) {
        return;
      }
      await this.line.setRemoteDescription(description);
      if (description.type === "offer") {
        await this.line.setLocalDescription();
        this.post({ description: this.line.localDescription.toJSON() });
      }
    } else if (candidate && !this.ignoring) {
      await this.line.addIceCandidate(candidate);
    }
  }

  stateChanged() {
    const state = this.line.connectionState;
    clearTimeout(this.timer);
    if (state === "connected") {
      this.wasConnected = true;
    } else if (state === "failed") {
      this.restart();
    } else if (state === "disconnected") {
      this.timer = setTimeout(() => this.restart(), AWAY_BEFORE_RESTART);
    }
    this.changed(state);
  }

  restart() {
    clearTimeout(this.timer);
    if (this.line.connectionState === "connected" || this.line.connectionState === "closed") {
      return;
    }
    this.line.restartIce();
    this.timer = setTimeout(() => this.restart(), AWAY_BEFORE_RESTART);
  }

  // Both sides name the channel alike, so it needs no negotiation of its own.
  openChannel() {
    this.channel = this.line.createDataChannel("words", { negotiated: true, id: 0 });
    this.nonce = crypto.getRandomValues(new Uint32Array(4)).join("-");
    this.channel.onopen = async () => this.send({ kind: "promise", hash: await hash(this.nonce) });
    this.channel.onmessage = ({ data }) => this.hear(JSON.parse(data));
  }

  send(said) {
    if (this.channel.readyState === "open") {
      this.channel.send(JSON.stringify(said));
    }
  }

  say(text) {
    this.send({ kind: "large", text: text.slice(0, 300) });
  }

  // Two words from both ends' keys. Each side promises its random part before it sees the other's (as ZRTP does, RFC
  // 6189, 4.4.1): whoever sat in the middle would have to guess the words beforehand.
  async hear(said) {
    if (said.kind === "large") {
      this.heard(String(said.text).slice(0, 300));
    } else if (said.kind === "promise" && !this.promised) {
      this.promised = said.hash;
      this.send({ kind: "reveal", nonce: this.nonce });
    } else if (said.kind === "reveal" && this.promised === (await hash(String(said.nonce)))) {
      const keys = [this.line.localDescription, this.line.remoteDescription].map(fingerprint);
      if (keys.includes("")) {
        return;
      }
      const ends = [keys[0] + this.nonce, keys[1] + said.nonce];
      this.secret(secretWords(await hash(ends.sort().join("|")), this.language));
    }
  }

  close() {
    clearTimeout(this.timer);
    this.line.onconnectionstatechange = null;
    this.line.close();
  }
}
