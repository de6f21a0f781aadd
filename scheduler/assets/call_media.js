// Opens camera and microphone, and says in one word why that did not work.

const PICTURE = { width: { ideal: 640 }, height: { ideal: 480 }, frameRate: { ideal: 24 }, facingMode: "user" };
const SOUND = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
const TROUBLES = {
  NotAllowedError: "refused",
  SecurityError: "refused",
  NotFoundError: "none",
  OverconstrainedError: "none",
  NotReadableError: "busy",
  AbortError: "busy",
};

// Picture and sound, else sound alone, else picture alone, else nothing and the reason: "refused", "none", "busy",
// "plain" (a page without https) or "old".
export async function openMedia() {
  if (!navigator.mediaDevices?.getUserMedia || !window.RTCPeerConnection) {
    return { stream: null, trouble: window.isSecureContext ? "old" : "plain" };
  }
  let trouble = "none";
  for (const wanted of [{ audio: SOUND, video: PICTURE }, { audio: SOUND }, { video: PICTURE }]) {
    try {
      return { stream: await navigator.mediaDevices.getUserMedia(wanted), trouble: "" };
    } catch (error) {
      const found = TROUBLES[error.name] ?? "busy";
      trouble = trouble === "none" || found === "refused" ? found : trouble;
    }
  }
  return { stream: null, trouble };
}

export function stopMedia(stream) {
  for (const track of stream?.getTracks() ?? []) {
    track.stop();
  }
}

// Two soft notes: somebody may have looked away. A browser that wants a press first, or has no bell, stays silent.
export function chime() {
  const Sound = window.AudioContext ?? window.webkitAudioContext;
  if (!Sound) {
    return;
  }
  const context = new Sound();
  const begin = context.currentTime + 0.05;
  [
    [659, 0],
    [880, 0.35],
  ].forEach(([pitch, after]) => {
    const note = context.createOscillator();
    const volume = context.createGain();
    note.frequency.value = pitch;
    volume.gain.setValueAtTime(0, begin + after);
    volume.gain.linearRampToValueAtTime(0.25, begin + after + 0.04);
    volume.gain.exponentialRampToValueAtTime(0.001, begin + after + 0.6);
    note.connect(volume);
    volume.connect(context.destination);
    note.start(begin + after);
    note.stop(begin + after + 0.65);
  });
  setTimeout(() => context.close(), 1500);
}
