// Passkeys: makes one, or signs in with one. The page puts a button where it wants to have it, hidden:
//
//   <button type="button" hidden data-passkey="create" data-begin="/…" data-finish="/…" data-next="/…"
//     data-said="#problem" data-cancelled="…" data-known="…" data-failed="…" data-offline="…">…</button>
//
// It is shown where the browser has passkeys. `create` makes one, `get` uses one. `data-begin` answers a POST
// with {"options": …} and whatever is to come back; `data-finish` gets that, and the passkey's answer as
// "answer". Then `data-next` is opened. What goes wrong is said in `data-said`, in the page's own words: those
// of the server, or the ones above. `data-fields` names a form whose fields go along to `data-finish`.
//
// With `data-autofill`, the browser also offers its passkeys where it fills in fields (those with `webauthn` in
// their `autocomplete`): it waits for one to be chosen there, and nothing is seen of that before.

export const supported = typeof PublicKeyCredential === "function" && Boolean(navigator.credentials?.create);

// What went wrong: `kind` is one of the words above, `message` what the server said, if it was the server.
export class PasskeyError extends Error {
  constructor(kind, message = "") {
    super(message || kind);
    this.kind = kind;
    this.said = message;
    this.used = false; // whether a passkey was chosen, so that somebody waits to hear what came of it
  }
}

export const create = (begin, finish, fields = {}) =>
  ceremony(begin, finish, fields, (publicKey) => navigator.credentials.create({ publicKey }), creation);

export const get = (begin, finish, fields = {}, how = {}) =>
  ceremony(begin, finish, fields, (publicKey) => navigator.credentials.get({ publicKey, ...how }), request);

async function ceremony(begin, finish, fields, ask, read) {
  const { options, ...kept } = await post(begin, {});
  let credential;
  try {
    credential = await ask(read(options));
  } catch (error) {
    const kinds = { NotAllowedError: "cancelled", AbortError: "cancelled", InvalidStateError: "known" };
    throw new PasskeyError(kinds[error.name] ?? "failed");
  }
  try {
    return await post(finish, { ...fields, ...kept, answer: toJSON(credential) });
  } catch (error) {
    error.used = true;
    throw error;
  }
}

async function post(url, value) {
  let answer, said;
  try {
    const headers = { "content-type": "application/json", accept: "application/json" };
    answer = await fetch(url, { method: "POST", headers, body: JSON.stringify(value) });
    said = await answer.text();
  } catch {
    throw new PasskeyError("offline");
  }
  try {
    said = said ? JSON.parse(said) : {};
  } catch {
    throw new PasskeyError("failed");
  }
  if (!answer.ok) throw new PasskeyError("failed", said.detail);
  return said;
}

// --- JSON and bytes: browsers since 2025 do this themselves ---

function creation(options) {
  if (PublicKeyCredential.parseCreationOptionsFromJSON) return PublicKeyCredential.parseCreationOptionsFromJSON(options);
  return {
    ...options,
    challenge: toBytes(options.challenge),
    user: { ...options.user, id: toBytes(options.user.id) },
    excludeCredentials: options.excludeCredentials.map(named),
  };
}

function request(options) {
  if (PublicKeyCredential.parseRequestOptionsFromJSON) return PublicKeyCredential.parseRequestOptionsFromJSON(options);
  return {
    ...options,
    challenge: toBytes(options.challenge),
    allowCredentials: options.allowCredentials.map(named),
  };
}

function named(credential) {
  return { ...credential, id: toBytes(credential.id) };
}

function toJSON(credential) {
  if (credential.toJSON) return credential.toJSON();
  const { id, rawId, type, response } = credential;
  const parts = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (response[name]) parts[name] = toText(response[name]);
  }
  if (response.getTransports) parts.transports = response.getTransports();
  return { id, rawId: toText(rawId), type, response: parts };
}

function toBytes(text) {
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
}

function toText(buffer) {
  const letters = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join("");
  return btoa(letters).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

// --- the buttons of the page ---

async function press(button) {
  if (button.getAttribute("aria-disabled") === "true") return;
  const form = button.dataset.fields && document.querySelector(button.dataset.fields);
  const fields = form ? Object.fromEntries(new FormData(form)) : {};
  button.setAttribute("aria-disabled", "true");
  say(button, "");
  waiting?.abort(); // a browser asks one thing at a time
  await offered;
  try {
    await { create, get }[button.dataset.passkey](button.dataset.begin, button.dataset.finish, fields);
    location.assign(button.dataset.next);
  } catch (error) {
    if (!(error instanceof PasskeyError)) throw error;
    say(button, error.said || button.dataset[error.kind]);
    offer(button);
  } finally {
    button.removeAttribute("aria-disabled");
  }
}

function say(button, text) {
  document.querySelector(button.dataset.said).textContent = text;
}

const RENEW = 9 * 60_000; // what the server keeps of a ceremony is good for ten minutes
let waiting;
let offered;

function offer(button) {
  offered = suggest(button);
}

async function suggest(button) {
  if (!("autofill" in button.dataset) || button.closest("[hidden]")) return;
  if (!(await PublicKeyCredential.isConditionalMediationAvailable?.())) return;
  let again = true;
  while (again) {
    const mine = (waiting = new AbortController());
    again = false;
    const old = setTimeout(() => {
      again = true;
      mine.abort();
    }, RENEW);
    try {
      const how = { mediation: "conditional", signal: mine.signal };
      await get(button.dataset.begin, button.dataset.finish, {}, how);
      location.assign(button.dataset.next);
    } catch (error) {
      if (!(error instanceof PasskeyError)) throw error;
      if (!error.used) continue; // nobody has asked for anything yet, so nobody is told
      say(button, error.said || button.dataset[error.kind]);
      again = true;
    } finally {
      clearTimeout(old);
    }
  }
}

if (supported) {
  for (const button of document.querySelectorAll("button[data-passkey]")) {
    button.hidden = false;
    button.addEventListener("click", () => press(button));
    offer(button);
  }
}
