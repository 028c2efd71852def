// A signed document in the forms that the exchange signs, and whether its issuer's key signed it: VC-JWT (EdDSA,
// ES256), eddsa-jcs-2022 and eddsa-rdfc-2022. That last form signs not the text but the statements it makes, which
// statements.js finds.

import { canonicalize } from "./jcs.js";
import { base58, base64url, keyOf, moment, parse, unsure, wrong } from "./keys.js";
import { checkForm } from "./shapes.js";
import { optionsOf, statementsOf } from "./statements.js";

const LEEWAY = 60_000;
const utf8 = (text) => new TextEncoder().encode(text);

export const isOver = (end, now) => now - end > LEEWAY;
export const isYetToCome = (start, now) => start - now > LEEWAY;

export function issuerOf(document) {
  const id = document.issuer?.id ?? document.issuer;
  if (typeof id !== "string") throw wrong("malformed");
  return id;
}

// --- reading ---

// What was signed, not yet believed: `document`, the `text` of it, and of a token its header, claims and parts.
export function read(text) {
  const whole = text.replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, ""); // what is white in JSON: a byte order mark is not
  if (whole.startsWith("{")) return { document: parse(whole), text: whole };
  const parts = whole.split(".");
  if (parts.length !== 3) throw wrong("malformed");
  const header = parse(decoded(parts[0]));
  const payload = decoded(parts[1]);
  const { iss, sub, jti, nbf, exp, iat, ...document } = parse(payload);
  return { document, token: { header, claims: { iss, sub, jti, nbf, exp }, iat, parts }, text: payload };
}

function decoded(part) {
  const bytes = base64url(part);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw wrong("malformed");
  }
}

// --- whether it was signed ---

// The name of the form, once the issuer's key was found to have signed it, and it to be written as it has to be;
// else a Doubt.
export async function prove(secured, now, bring) {
  if (secured.token) return proveToken(secured, now, bring);
  const { proof, ...document } = secured.document;
  const form = await proveDocument(document, proof, now, bring);
  checkForm(document);
  return form;
}

const KINDS = { EdDSA: "Ed25519", Ed25519: "Ed25519", ES256: "P-256" };

async function proveToken({ document, token }, now, bring) {
  const { alg, kid, typ, ...more } = token.header;
  if (typeof alg !== "string" || alg.toLowerCase() === "none" || alg.startsWith("HS")) throw wrong("proves_nothing");
  if (!Object.hasOwn(KINDS, alg) || typ !== "JWT" || Object.keys(more).length) throw unsure("form_unknown");
  if (["vc", "vp", "aud", "nonce"].some((name) => name in document)) throw unsure("form_unknown");
  const key = await keyOf(issuerOf(document), kid, now, bring);
  if (key.kind !== KINDS[alg]) throw wrong("key_not_authorised");
  const message = utf8(`${token.parts[0]}.${token.parts[1]}`);
  await verify(key, base64url(token.parts[2]), message);
  checkClaims(document, token);
  checkForm(document);
  return `VC-JWT, ${alg}`;
}

// Each claim repeats a member (OB 3.0 §8.2.4.1), and says the same.
function checkClaims(document, { claims, iat }) {
  const seconds = (text) => (text === undefined ? undefined : Math.floor(moment(text) / 1000));
  const repeated = {
    iss: issuerOf(document),
    sub: document.credentialSubject?.id,
    jti: document.id,
    nbf: seconds(document.validFrom),
    exp: seconds(document.validUntil),
  };
  for (const [name, said] of Object.entries(repeated)) if (claims[name] !== said) throw wrong("claims_differ");
  for (const time of [claims.nbf, claims.exp, iat]) if (time !== undefined && !isTime(time)) throw wrong("malformed");
}

// In seconds, before the year 10000.
const isTime = (value) => typeof value === "number" && value >= 0 && value < 253_402_300_800;

const OPTIONS = ["@context", "type", "cryptosuite", "created", "verificationMethod", "proofPurpose", "proofValue"];

async function proveDocument(document, proof, now, bring) {
  if (proof === undefined) throw wrong("proof_missing");
  if (proof === null || typeof proof !== "object" || Array.isArray(proof)) throw unsure("form_unknown");
  const { proofValue, ...options } = proof;
  if (proof.type !== "DataIntegrityProof" || !Object.keys(proof).every((name) => OPTIONS.includes(name)))
    throw unsure("form_unknown");
  if (proof.proofPurpose !== "assertionMethod") throw wrong("proof_purpose");
  if (isYetToCome(moment(proof.created), now)) throw wrong("not_yet_valid", { at: proof.created });
  const [statements, told] = await canonicalForms(document, options);
  const key = await keyOf(issuerOf(document), proof.verificationMethod, now, bring);
  if (key.kind !== "Ed25519" || typeof proofValue !== "string") throw wrong("key_not_authorised");
  const hashes = [await sha256(told), await sha256(statements)];
  await verify(key, base58(proofValue), Uint8Array.from([...hashes[0], ...hashes[1]]));
  return proof.cryptosuite;
}

// The canonical forms of a document and of its proof's options, by the suite.
function canonicalForms(document, options) {
  if (options.cryptosuite === "eddsa-jcs-2022") {
    const own = "@context" in options ? options["@context"] : document["@context"];
    if (canonicalize(own) !== canonicalize(document["@context"])) throw wrong("signature_invalid");
    return [canonicalize(document), canonicalize(options)];
  }
  if (options.cryptosuite !== "eddsa-rdfc-2022") throw unsure("form_unknown");
  return Promise.all([statementsOf(document), optionsOf(options)]);
}

async function sha256(text) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", utf8(text)));
}

async function verify({ key, algorithm }, signature, message) {
  if (signature.length !== 64 || !(await crypto.subtle.verify(algorithm, key, signature, message)))
    throw wrong("signature_invalid");
}
