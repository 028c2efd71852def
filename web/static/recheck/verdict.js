// What the reader's own browser finds of a credential of this site: who signed it, whether it holds today, and
// what its status lists say. The site only brings the bytes; each is believed for its signature alone. Whatever
// this does not know, or did not expect, comes to "unsure", never to "valid".

import { Doubt, base64url, many, moment, unsure, wrong } from "./keys.js";
import { isOver, isYetToCome, issuerOf, prove, read } from "./proofs.js";
import { pinsOurTerms } from "./statements.js";

const CREDENTIAL = "application/vc, application/vc+jwt";
const KINDS = ["OpenBadgeCredential", "AchievementCredential", "EndorsementCredential"];
const PEERS = ["PeerEndorsement", "Vouch"];
const MOST_BYTES = 1_048_576;
const MOST_LISTS = 4;
const FEWEST_BITS = 131_072;
const MOST_BITS = 16_777_216;

// `{ outcome, checks, signed }` of the credential at `url`: valid, invalid or unsure; each check with its level,
// code and what to fill into its words; and what it is called and by whom, once the signature stood. `brought`
// keeps the answers, so that many credentials fetch a list they share once.
export async function recheck(url, { now = new Date(), brought = new Map() } = {}) {
  const checks = [];
  let signed = null;
  await attempt(checks, async () => {
    const bring = (place, accept) => bringing(place, accept, brought);
    const secured = readable(await bring(url, CREDENTIAL));
    checks.push(checkAddress(secured.document, url));
    const stood = await isSigned(secured, now, bring, checks);
    if (!stood && checks.at(-1).level === "error") return;
    await attempt(checks, () => checkDates(secured.document, now, checks));
    await checkStatus(secured, now, bring, checks);
    if (!stood) return;
    signed = { name: text(secured.document.name), by: "" };
    await attempt(checks, async () => (signed.by = text(await checkSigner(secured, now, bring, checks))));
  });
  return { outcome: outcomeOf(checks), checks, signed };
}

const ok = (code, about = {}) => ({ level: "ok", code, about });
const text = (value) => (typeof value === "string" ? value : "");
const note = (code, about = {}) => ({ level: "warning", code, about });

// The checks that `step` adds, or why it could not be made.
async function attempt(checks, step) {
  try {
    await step();
    return true;
  } catch (error) {
    const { level, code, about } = error instanceof Doubt ? error : unsure("unexpected");
    checks.push({ level, code, about });
    return false;
  }
}

function outcomeOf(checks) {
  const levels = checks.map((check) => check.level);
  if (levels.includes("error")) return "invalid";
  const whole = ["signature_valid", "in_period"].every((code) => checks.some((check) => check.code === code));
  return levels.includes("unknown") || !whole ? "unsure" : "valid";
}

// --- bringing ---

// The text at an address of this site; of another one the page's own policy lets it bring nothing.
async function bringing(url, accept, brought) {
  const place = new URL(url);
  if (place.origin !== location.origin) throw unsure("elsewhere", { at: place.host });
  if (!brought.has(url)) brought.set(url, fetched(url, accept));
  return brought.get(url);
}

async function fetched(url, accept) {
  const how = { cache: "no-store", credentials: "omit", redirect: "error", referrerPolicy: "no-referrer" };
  let bytes;
  try {
    const answer = await fetch(url, { ...how, headers: { accept } });
    if (answer.ok) bytes = await answer.arrayBuffer();
  } catch {
    // what did not come is not there
  }
  if (bytes === undefined || bytes.byteLength > MOST_BYTES) throw unsure("unreachable", { at: url });
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw unsure("malformed");
  }
}

// What came may be anything: of what is no signed document, nothing can be said.
function readable(text) {
  try {
    return read(text);
  } catch {
    throw unsure("malformed");
  }
}

// --- the credential itself ---

// It is what was asked for: a badge or endorsement that names this address as its own.
function checkAddress(document, url) {
  if (document.id === url && KINDS.some((kind) => many(document.type).includes(kind))) return ok("address");
  const [own, here] = [new URL(document.id), new URL(url)];
  if (own.origin !== here.origin && own.pathname === here.pathname) throw unsure("elsewhere", { at: own.host });
  throw wrong("another_document");
}

function isSigned(secured, now, bring, checks) {
  return attempt(checks, async () => {
    const form = await prove(secured, now, bring);
    const issuer = issuerOf(secured.document);
    checks.push(ok("signature_valid", { form }));
    checks.push(ok(issuer.startsWith("did:key:") ? "key_itself" : "key_listed", { did: issuer }));
  });
}

function checkDates(document, now, checks) {
  const [from, until] = [document.validFrom, document.validUntil];
  if (isYetToCome(moment(from), now)) throw wrong("not_yet_valid", { at: from });
  if (until !== undefined && isOver(moment(until), now)) throw wrong("expired", { at: until });
  if (until !== undefined && moment(until) < moment(from)) throw wrong("malformed");
  if (until !== from && moment(until ?? "9999-12-31T23:59:59Z") === moment(from)) throw unsure("form_unknown");
  if ("refreshService" in document) throw unsure("form_unknown");
  checks.push(ok("in_period"));
}

// --- status lists (Bitstring Status List 1.0 §3.2) ---

async function checkStatus(secured, now, bring, checks) {
  const entries = many(secured.document.credentialStatus);
  if (!entries.length) checks.push(ok("status_none"));
  for (const entry of entries.slice(0, MOST_LISTS)) {
    await attempt(checks, async () => checks.push(await checkEntry(entry, secured, now, bring)));
  }
  if (entries.length > MOST_LISTS) checks.push({ level: "unknown", code: "status_unknown", about: {} });
}

const SAYS = { revocation: ["not_revoked", "revoked"], suspension: ["not_suspended", "suspended"] };

async function checkEntry(entry, secured, now, bring) {
  const { type, statusPurpose: purpose, statusListIndex: index, statusListCredential: url, statusSize = 1 } = entry;
  if (type !== "BitstringStatusListEntry" || !Object.hasOwn(SAYS, purpose) || statusSize !== 1)
    throw unsure("status_unknown");
  if (entry.id === url || typeof index !== "string" || !/^[0-9]{1,9}$/.test(index)) throw wrong("malformed");
  const list = readable(await bring(url, "application/vc"));
  await listSigned(list, now, bring);
  if (issuerOf(list.document) !== signerOf(entry, secured)) throw wrong("list_wrong_signer");
  if (!wholeTtl(list)) throw unsure("form_unknown");
  const bits = await bitsOf(list.document, url, purpose, now);
  if (Number(index) >= bits.length * 8) throw wrong("malformed");
  const set = (bits[index >> 3] >> (7 - (index & 7))) & 1;
  if (set) throw wrong(SAYS[purpose][1]);
  return ok(SAYS[purpose][0]);
}

// A list that nobody signed is a forgery; one whose signature cannot be checked says nothing.
async function listSigned(list, now, bring) {
  try {
    await prove(list, now, bring);
  } catch (error) {
    throw error instanceof Doubt && error.level === "error" ? wrong("list_forged") : error;
  }
}

// Who has to sign the list: the issuer, or whom a token names in our terms, which it pins by their digest.
function signerOf(entry, secured) {
  const named = secured.token && pinsOurTerms(secured.document) && entry.statusListIssuer;
  return named || issuerOf(secured.document);
}

// Elsewhere 60000.0 is no whole number; only its text tells.
function wholeTtl({ document, text }) {
  return document.credentialSubject.ttl === undefined || /"ttl"\s*:\s*\d+\s*[,}]/.test(text);
}

async function bitsOf(list, url, purpose, now) {
  const subject = list.credentialSubject ?? {};
  const bound = list.id === url && many(list.type).includes("BitstringStatusListCredential");
  if (!bound || !many(subject.type).includes("BitstringStatusList")) throw wrong("list_wrong");
  if (!many(subject.statusPurpose).includes(purpose)) throw wrong("list_wrong");
  if ((subject.statusSize ?? 1) !== 1) throw unsure("status_unknown");
  if (list.validFrom === undefined || list.validUntil === undefined) throw unsure("list_stale");
  const stale = isYetToCome(moment(list.validFrom), now) || isOver(moment(list.validUntil), now);
  const bits = await expanded(subject.encodedList);
  if (stale || bits.length * 8 < FEWEST_BITS) throw unsure("list_stale");
  return bits;
}

async function expanded(encoded) {
  if (typeof encoded !== "string" || !encoded.startsWith("u")) throw wrong("malformed");
  const bytes = base64url(encoded.slice(1));
  const packed = new Blob([bytes]);
  const reader = packed.stream().pipeThrough(new DecompressionStream("gzip")).getReader();
  const parts = [];
  let size = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    size += part.value.length;
    if (size * 8 > MOST_BITS) throw unsure("status_unknown");
    parts.push(part.value);
  }
  // What a gzip member says of its size (RFC 1952 §2.3.1): of several, some would read the first one only.
  const told = bytes.length < 18 ? -1 : new DataView(bytes.buffer).getUint32(bytes.length - 4, true);
  if (told !== size) throw wrong("malformed");
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}

// --- whose the key is ---

// Of a person's own key: what the key credential says that travels in what it signed. It counts if its own
// signature, dates and status stand; a key that was retired since may be in anybody's hands. Gives their name.
async function checkSigner(secured, now, bring, checks) {
  const { document } = secured;
  const did = issuerOf(document);
  if (!PEERS.some((kind) => many(document.credentialSubject?.type).includes(kind))) {
    if (did.startsWith("did:key:")) checks.push(note("issuer_is_key"));
    return document.issuer.name;
  }
  const own = document.issuer.name;
  for (const token of many(document.issuer.endorsementJwt).slice(0, 2)) {
    const said = await keyHolder(token, did, now, bring);
    if (!said) continue;
    const here = said.by.startsWith(`did:web:${location.host.replace(":", "%3A")}:`);
    checks.push({ level: here ? "ok" : "warning", code: "holder_named", about: { name: said.name, did: said.by } });
    if (said.custody !== "holder") checks.push(note("recorded_by_exchange"));
    if (own !== undefined && own !== said.name) checks.push(note("holder_name_differs"));
    return said.name;
  }
  throw unsure("holder_unknown");
}

// What a key credential says of the key `did`; null for what is none, a Doubt for one that does not stand.
async function keyHolder(token, did, now, bring) {
  const secured = readable(typeof token === "string" ? token : "");
  const { document } = secured;
  const { id, type, keyHolder: holder, keyCustody: custody } = document.credentialSubject ?? {};
  if (!secured.token || !many(type).includes("EndorserKey") || id !== did || !pinsOurTerms(document)) return null;
  const found = [];
  const stands =
    (await isSigned(secured, now, bring, found)) && (await attempt(found, () => checkDates(document, now, found)));
  if (stands) await checkStatus(secured, now, bring, found);
  if (found.some((check) => check.code === "revoked")) throw unsure("holder_retired");
  if (outcomeOf(found) !== "valid" || issuerOf(document) === did) throw unsure("holder_unknown");
  return { name: String(holder?.name ?? ""), by: issuerOf(document), custody };
}
