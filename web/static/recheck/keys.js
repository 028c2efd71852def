// Bytes as text, dates and keys, read as strictly as the exchange reads them (core/keys). What cannot be read, or may
// not be used, is a Doubt: "error" says that it is wrong, "unknown" that this page cannot tell.

export class Doubt extends Error {
  constructor(level, code, about = {}) {
    super(code);
    Object.assign(this, { level, code, about });
  }
}

export const wrong = (code, about) => new Doubt("error", code, about);
export const unsure = (code, about) => new Doubt("unknown", code, about);
export const many = (value) => (Array.isArray(value) ? value : value === undefined ? [] : [value]);

// --- bytes and texts ---

export function base64url(text) {
  try {
    const letters = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    const again = btoa(letters).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
    if (again === text) return Uint8Array.from(letters, (letter) => letter.charCodeAt(0));
  } catch {
    // what is no base64url is malformed
  }
  throw wrong("malformed");
}

const DIGITS = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

// Multibase, base58btc.
export function base58(text) {
  if (!/^z[1-9A-HJ-NP-Za-km-z]{1,200}$/.test(text)) throw wrong("malformed");
  let number = 0n;
  for (const letter of text.slice(1)) number = number * 58n + BigInt(DIGITS.indexOf(letter));
  const zeros = text.slice(1).match(/^1*/)[0].length;
  const hex = number ? number.toString(16) : "";
  const bytes = (hex.length % 2 ? `0${hex}` : hex).match(/../g) ?? [];
  return Uint8Array.from([...Array(zeros).fill("0"), ...bytes], (two) => parseInt(two, 16));
}

const numberOf = (bytes) => bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);

function bytesOf(number, size) {
  const hex = number.toString(16).padStart(2 * size, "0");
  return Array.from(hex.match(/../g), (two) => parseInt(two, 16));
}

// JSON that every parser reads alike: no name twice, no half of a surrogate pair, no number beyond what is exact.
export function parse(text) {
  let value, again;
  try {
    value = JSON.parse(text, exact);
    again = JSON.stringify(value);
  } catch {
    throw wrong("malformed");
  }
  const colons = (json) => json.split(":").length;
  const doubtful = again !== text && (colons(again) !== colons(text) || text.includes("\\u003"));
  if (doubtful || /\p{Surrogate}/u.test(text) || /(?<!\\)(\\\\)*\\ud[89a-f]/i.test(again)) throw wrong("malformed");
  if (value === null || typeof value !== "object" || Array.isArray(value)) throw wrong("malformed");
  return value;
}

function exact(name, value) {
  const fraction = Number.isFinite(value) && !Number.isInteger(value);
  if (typeof value === "number" && !fraction && !Number.isSafeInteger(value)) throw wrong("malformed");
  return value;
}

// --- dates ---

const [YEAR_1, YEAR_10000] = [-62_135_596_800_000, 253_402_300_800_000];

export function moment(text) {
  const form = /^\d{4}-\d\d-\d\dT([01]\d|2[0-3]):\d\d:\d\d(\.\d{1,12})?(Z|[+-]\d\d:[0-5]\d)$/;
  const time = typeof text === "string" && form.test(text) ? Date.parse(text) : NaN;
  if (Number.isNaN(time) || !isDay(text.slice(0, 10))) throw wrong("malformed");
  if (time < YEAR_1 || time >= YEAR_10000) throw wrong("malformed"); // what a calendar elsewhere cannot hold
  return time;
}

// A day of the calendar. Some browsers take the 30th of February for the 2nd of March.
export function isDay(text) {
  if (!/^(?!0000)\d{4}-\d\d-\d\d$/.test(text)) return false;
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

// --- keys ---

const ED25519 = 2n ** 255n - 19n;
const ORDER_8 = 0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7n;
const SMALL_ORDER = [0n, 1n, ED25519 - 1n, ORDER_8, ED25519 - ORDER_8]; // with these anybody can sign

// The key of a Multikey (CID 1.0 §2.2.2): what kind it is, and the WebCrypto key.
export function multikey(text) {
  const bytes = base58(text);
  const [code, material] = [bytes[0] * 256 + bytes[1], bytes.slice(2)];
  if (code === 0xed01) return ed25519(material);
  if (code === 0x8024) return p256(material);
  throw unsure("key_unsupported");
}

async function ed25519(material) {
  if (material.length !== 32) throw wrong("key_malformed");
  const y = numberOf(material.toReversed()) & (2n ** 255n - 1n);
  if (y >= ED25519 || SMALL_ORDER.includes(y)) throw wrong("key_weak");
  try {
    const key = await crypto.subtle.importKey("raw", material, { name: "Ed25519" }, false, ["verify"]);
    return { kind: "Ed25519", key, algorithm: { name: "Ed25519" } };
  } catch {
    throw unsure("ed25519_unsupported");
  }
}

async function p256(material) {
  const point = Uint8Array.from(uncompressed(material));
  try {
    const key = await crypto.subtle.importKey("raw", point, { name: "ECDSA", namedCurve: "P-256" }, false, ["verify"]);
    return { kind: "P-256", key, algorithm: { name: "ECDSA", hash: "SHA-256" } };
  } catch {
    throw wrong("key_malformed");
  }
}

const P = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn;
const B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn;

// Browsers read whole points only; both coordinates of a compressed one (SEC 1 §2.3.4).
function uncompressed(material) {
  const x = numberOf(material.slice(1));
  if (material.length !== 33 || (material[0] | 1) !== 3 || x >= P) throw wrong("key_malformed");
  const square = (x * x * x - 3n * x + B) % P;
  const root = power(square, (P + 1n) / 4n);
  if ((root * root - square) % P !== 0n) throw wrong("key_malformed");
  const y = Number(root & 1n) === (material[0] & 1) ? root : P - root;
  return [4, ...material.slice(1), ...bytesOf(y, 32)];
}

function power(base, exponent) {
  let result = 1n;
  for (; exponent; exponent >>= 1n, base = (base * base) % P) if (exponent & 1n) result = (result * base) % P;
  return result;
}

// --- whose key ---

// The key that `method` names, if `issuer` lets it sign; `bring(url, accept)` fetches a DID document.
export async function keyOf(issuer, method, now, bring) {
  if (typeof method !== "string") throw unsure("key_not_named");
  if (issuer.startsWith("did:key:")) {
    const text = issuer.slice(8);
    if (method !== `${issuer}#${text}`) throw wrong("key_not_authorised");
    return multikey(text);
  }
  const url = didUrl(issuer);
  if (!method.startsWith(`${issuer}#`)) throw wrong("key_not_authorised");
  return multikey(listed(await documentAt(url, bring), issuer, method, now));
}

async function documentAt(url, bring) {
  const text = await bring(url, "application/did");
  try {
    return parse(text);
  } catch {
    throw unsure("malformed");
  }
}

// Where a did:web has its document; only the plain form that exchanges give their issuers is read.
export function didUrl(did) {
  const parts = /^did:web:([a-z0-9.-]+(?:%3[Aa][0-9]{1,5})?)((?::[A-Za-z0-9_-]+)*)$/.exec(did);
  if (!parts) throw unsure("did_unknown");
  const path = parts[2].replaceAll(":", "/") || "/.well-known";
  return `https://${parts[1].replace(/%3a/i, ":")}${path}/did.json`;
}

function listed(document, issuer, method, now) {
  if (document.id !== issuer) throw wrong("key_not_authorised");
  const methods = many(document.verificationMethod).filter((one) => one?.id === method);
  if (methods.some((one) => "revoked" in one && !(moment(one.revoked) > now))) throw wrong("key_revoked");
  if (!many(document.assertionMethod).includes(method) || methods.length === 0) throw wrong("key_not_authorised");
  const [one] = methods;
  if (methods.length > 1 || one.controller !== issuer || "expires" in one) throw unsure("key_unsupported");
  if (one.type !== "Multikey" || typeof one.publicKeyMultibase !== "string") throw unsure("key_unsupported");
  if (Object.keys(one).some((name) => /^(secret|private)/.test(name))) throw wrong("key_weak");
  return one.publicKeyMultibase;
}
