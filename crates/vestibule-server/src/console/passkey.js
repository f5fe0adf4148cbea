// Passkeys, which browsers use by script alone. A form that asks for one is shown where the browser can.
"use strict";
{
  const bytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
  const text = (buffer) => {
    const letters = String.fromCharCode(...new Uint8Array(buffer));
    return btoa(letters).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  };

  const get = async (form) => {
    const publicKey = { challenge: bytes(form.dataset.challenge), userVerification: "required" };
    const made = await navigator.credentials.get({ publicKey });
    const told = made.response;
    return {
      id: text(made.rawId),
      client_data: text(told.clientDataJSON),
      device_data: text(told.authenticatorData),
      signature: text(told.signature),
    };
  };

  const create = async (form) => {
    const made = await navigator.credentials.create({
      publicKey: {
        challenge: bytes(form.dataset.challenge),
        rp: { name: "Vestibule" },
        user: { id: bytes(form.dataset.user), name: form.dataset.account, displayName: form.dataset.account },
        pubKeyCredParams: form.dataset.kinds.split(" ").map((alg) => ({ type: "public-key", alg: Number(alg) })),
        authenticatorSelection: { residentKey: "required", requireResidentKey: true, userVerification: "required" },
        attestation: "none",
      },
    });
    const told = made.response;
    return { client_data: text(told.clientDataJSON), device_data: text(told.getAuthenticatorData()), key: text(told.getPublicKey()) };
  };

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.hidden = !window.PublicKeyCredential;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const failed = form.querySelector("[data-failed]");
      failed.hidden = true;
      try {
        const told = await (form.dataset.passkey === "get" ? get(form) : create(form));
        for (const [name, value] of Object.entries(told)) {
          form.elements[name].value = value;
        }
        form.submit();
      } catch {
        failed.hidden = false;
        form.querySelector("button").disabled = false;
      }
    });
  }
}
