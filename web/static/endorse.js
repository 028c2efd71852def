// Signing keys of endorsers. A key is a P-256 key that WebCrypto makes and nobody can read out, not even this
// script; IndexedDB keeps it, one for each account that was ever signed in here, found by the account's id: the
// key of somebody else is never used. Three places use it, each with its words in data attributes:
//
//   form#write   learns which key is going to sign (the field `did`), and makes one first where there is none
//   form#sign    puts the signature of data-message into the field `signature`
//   button#make  makes a key
//
// Where anything of this is missing, `did` stays empty: then the exchange signs, and the pages say so.

const DATABASE = "exchange-signing-keys";
const CURVE = { name: "ECDSA", namedCurve: "P-256" };
const HASH = { name: "ECDSA", hash: "SHA-256" };

class KeyError extends Error {
  constructor(kind, said = "") {
    super(said || kind);
    this.kind = kind; // one of the page's data attributes
    this.said = said; // what the server said, if it was the server
  }
}

// --- the cupboard ---

function open() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore("keys", { keyPath: "person" });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error("blocked"));
  });
}

async function inside(mode, act) {
  const database = await open();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction("keys", mode);
      const request = act(transaction.objectStore("keys"));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = transaction.onerror = () => reject(transaction.error);
    });
  } finally {
    database.close();
  }
}

// Whether keys can be made and kept here; it is tried, for some browsers only say so.
async function supported() {
  if (!globalThis.isSecureContext || !globalThis.crypto?.subtle || !globalThis.indexedDB) return false;
  try {
    await inside("readonly", (keys) => keys.count());
    return true;
  } catch {
    return false;
  }
}

const find = (person) => inside("readonly", (keys) => keys.get(person));

// --- making and using a key ---

async function make(person, begin, finish) {
  const pair = await crypto.subtle.generateKey(CURVE, false, ["sign", "verify"]);
  const did = didKey(new Uint8Array(await crypto.subtle.exportKey("raw", pair.publicKey)));
  const { challenge } = await post(begin, {});
  await post(finish, { did, signature: await sign(pair.privateKey, challenge) });
  await inside("readwrite", (keys) => keys.put({ person, did, key: pair.privateKey }));
  return did;
}

async function sign(key, text) {
  const signature = await crypto.subtle.sign(HASH, key, new TextEncoder().encode(text));
  const letters = Array.from(new Uint8Array(signature), (byte) => String.fromCharCode(byte)).join("");
  return btoa(letters).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

// did:key of an uncompressed point (did:key method, Multikey): the code of p256-pub, the compressed point, base58.
function didKey(point) {
  return `did:key:z${base58([0x80, 0x24, 2 + (point[64] & 1), ...point.slice(1, 33)])}`;
}

function base58(bytes) {
  const letters = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
  let number = bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
  let text = "";
  while (number > 0n) {
    text = letters[Number(number % 58n)] + text;
    number /= 58n;
  }
  return text;
}

async function post(url, value) {
  let answer, said;
  try {
    const headers = { "content-type": "application/json", accept: "application/json" };
    answer = await fetch(url, { method: "POST", headers, body: JSON.stringify(value) });
    said = await answer.json();
  } catch {
    throw new KeyError("offline");
  }
  if (!answer.ok) throw new KeyError("failed", said.detail);
  return said;
}

// --- the places ---

function say(text) {
  document.querySelector("#said").textContent = text;
}

// What somebody has written waits for an hour while they confirm that it is them, which a mail's link may do in
// another tab; drafts.js makes sure that it does not stay.
const KEPT_FOR = 3_600_000;
const NOT_KEPT = ["did", "once"];
const place = (form) => `writing ${form.dataset.person} ${location.pathname}`;

// Each field with its value; a box that is not ticked has none.
function keep(form) {
  const named = [...form.elements].filter(({ name, type }) => name && type !== "submit" && !NOT_KEPT.includes(name));
  const fields = named.map((field) => [field.name, field.type === "checkbox" && !field.checked ? null : field.value]);
  localStorage.setItem(place(form), JSON.stringify({ at: Date.now(), fields }));
}

function refill(form) {
  for (const [name, value] of kept(form)) {
    const field = form.elements[name];
    if (field?.type === "checkbox") field.checked = field.value === value;
    else if (field) field.value = value;
    field?.dispatchEvent?.(new Event("input"));
  }
}

// What was kept, once: whatever it is, it is there no more.
function kept(form) {
  const text = localStorage.getItem(place(form));
  localStorage.removeItem(place(form));
  try {
    const { at, fields } = JSON.parse(text ?? "{}");
    const age = Date.now() - at;
    return age >= 0 && age <= KEPT_FOR ? fields.filter(([name]) => !NOT_KEPT.includes(name)) : [];
  } catch {
    return []; // no draft of ours
  }
}

async function onWrite(form) {
  const { person, dids, mayAdd, begin, finish } = form.dataset;
  const known = (await supported()) ? await find(person) : undefined;
  const good = known && JSON.parse(dids).includes(known.did);
  let way = !(await supported()) ? "none" : good ? "known" : mayAdd === "yes" ? "new" : "confirm";
  const show = () => {
    for (const one of ["none", "known", "new", "confirm"]) document.querySelector(`#key-${one}`).hidden = one !== way;
  };
  if (good) form.elements.did.value = known.did;
  if (way !== "none") refill(form);
  const confirm = document.querySelector("#key-confirm a");
  confirm.addEventListener("click", () => keep(form));
  show();
  form.dataset.ready = way;
  form.addEventListener("submit", async (event) => {
    if (way !== "new" && way !== "confirm") return;
    event.preventDefault();
    if (way === "confirm") return confirm.click();
    if (form.getAttribute("aria-busy") === "true") return;
    form.setAttribute("aria-busy", "true");
    say("");
    try {
      form.elements.did.value = await make(person, begin, finish);
      form.submit();
    } catch (error) {
      way = error.kind === "offline" ? "new" : "none"; // sent again, it is recorded by the exchange
      show();
      say(error.said || form.dataset[error.kind] || form.dataset.failed);
    } finally {
      form.removeAttribute("aria-busy");
    }
  });
}

function onSign(form) {
  if (form.dataset.custody !== "holder") return;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (form.getAttribute("aria-busy") === "true") return;
    form.setAttribute("aria-busy", "true");
    try {
      const { person, did, message } = form.dataset;
      const known = await find(person);
      if (known?.did !== did) throw new KeyError("failed");
      form.elements.signature.value = await sign(known.key, message);
      form.submit();
    } catch {
      say(form.dataset.failed);
      form.removeAttribute("aria-busy");
    }
  });
  form.dataset.ready = "yes";
}

async function onMake(button) {
  if (!(await supported())) return;
  const known = await find(button.dataset.person);
  for (const one of document.querySelectorAll(".this-browser")) {
    if (one.dataset.did === known?.did) one.classList.remove("unseen");
  }
  button.hidden = false;
  button.addEventListener("click", async () => {
    if (button.getAttribute("aria-disabled") === "true") return;
    button.setAttribute("aria-disabled", "true");
    say("");
    try {
      await make(button.dataset.person, button.dataset.begin, button.dataset.finish);
      location.assign(button.dataset.next);
    } catch (error) {
      say(error.said || button.dataset[error.kind] || button.dataset.failed);
    } finally {
      button.removeAttribute("aria-disabled");
    }
  });
}

// How many characters are left, as the server counts them.
function count(area) {
  const most = Number(area.dataset.count);
  const left = document.createElement("p");
  left.className = "hint count";
  left.setAttribute("aria-live", "polite");
  const tell = () => {
    const length = [...area.value.trim()].length;
    left.textContent = `${length} / ${most}`;
    left.classList.toggle("over", length > most);
  };
  area.insertAdjacentElement("afterend", left);
  area.addEventListener("input", tell);
  tell();
}

for (const area of document.querySelectorAll("textarea[data-count]")) count(area);
const [writing, signing, making] = ["form#write", "form#sign", "button#make"].map((one) => document.querySelector(one));
if (writing) onWrite(writing);
if (signing) onSign(signing);
if (making) onMake(making);
