// The JSON Canonicalization Scheme (RFC 8785), which is made of what JavaScript does: names in the order of
// their UTF-16 units, and numbers and texts as JSON.stringify writes them.

import { wrong } from "./keys.js";

export function canonicalize(value) {
  if (Array.isArray(value)) return `[${value.map(canonicalize).join(",")}]`;
  if (typeof value === "number" && !Number.isFinite(value)) throw wrong("malformed");
  if (typeof value === "string" && /\p{Surrogate}/u.test(value)) throw wrong("malformed");
  if (value === undefined) throw wrong("malformed");
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const members = Object.keys(value).sort();
  return `{${members.map((name) => `${canonicalize(name)}:${canonicalize(value[name])}`).join(",")}}`;
}
