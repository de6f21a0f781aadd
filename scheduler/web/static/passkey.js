// Has the browser make or use a passkey: asks our server what to sign, hands it to the browser, and sends the answer.

const bytes = (text) => {
  const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
};

const text = (buffer) => {
  const letters = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join("");
  return btoa(letters).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
};

const described = (keys) => (keys ?? []).map((key) => ({ ...key, id: bytes(key.id) }));

async function answerTo(options) {
  if (options.user) {
    const made = await navigator.credentials.create({
      publicKey: {
        ...options,
        challenge: bytes(options.challenge),
        user: { ...options.user, id: bytes(options.user.id) },
        excludeCredentials: described(options.excludeCredentials),
      },
    });
    return spelled(made, {
      attestationObject: text(made.response.attestationObject),
      transports: made.response.getTransports?.() ?? [],
    });
  }
  const used = await navigator.credentials.get({
    publicKey: {
      ...options,
      challenge: bytes(options.challenge),
      allowCredentials: described(options.allowCredentials),
    },
  });
  const { authenticatorData, signature, userHandle } = used.response;
  return spelled(used, {
    authenticatorData: text(authenticatorData),
    signature: text(signature),
    ...(userHandle ? { userHandle: text(userHandle) } : {}),
  });
}

function spelled(credential, more) {
  return JSON.stringify({
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    clientExtensionResults: credential.getClientExtensionResults(),
    authenticatorAttachment: credential.authenticatorAttachment ?? undefined,
    response: { clientDataJSON: text(credential.response.clientDataJSON), ...more },
  });
}

async function sign(form) {
  const asked = await fetch(form.dataset.passkeyAsk, {
    method: "POST",
    headers: { "X-CSRFToken": form.elements.csrf_token.value, Accept: "application/json" },
  });
  if (!asked.ok) throw new Error("not asked");
  form.elements.credential.value = await answerTo(await asked.json());
  form.submit();
}

for (const form of document.querySelectorAll("form[data-passkey-ask]")) {
  form.hidden = !window.PublicKeyCredential;
  const trouble = form.querySelector(".clinic-passkey__trouble");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    trouble.hidden = true;
    sign(form).catch(() => {
      trouble.hidden = false;
    });
  });
}
