// Statements as canonical N-Quads (RDFC-1.0). Nodes without an id get their names from the hash of what stands next
// to them (§4.6). Those that have it in common, as the last cells of two lists do, are told apart by what stands
// further away (§4.8); that can take any time, so the work is counted, and beyond it this page cannot tell.

import { unsure } from "./keys.js";

const MOST_WORK = 2000;

const ESCAPES = { '"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f" };

const escaped = (letter) =>
  ESCAPES[letter] ?? `\\u${letter.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`;

// A literal of a datatype; a plain text without one.
export function literal(text, datatype = "") {
  if (typeof text !== "string" || /\p{Surrogate}/u.test(text)) throw unsure("form_unknown");
  const quoted = `"${text.replace(/["\\\x00-\x1f\x7f]/g, escaped)}"`;
  return datatype ? `${quoted}^^<${datatype}>` : quoted;
}

const isBlank = (term) => term.startsWith("_:");

// A statement as a line, the nodes without an id called what `label` calls them.
const line = (quad, label) => `${quad.map((term) => (isBlank(term) ? label(term) : term)).join(" ")} .\n`;

// The canonical form of statements, each a subject, a predicate and an object; `_:` begins a node without an id.
export async function canonical(quads) {
  const once = [...new Map(quads.map((quad) => [quad.join(" "), quad])).values()];
  const labels = await labelled(once);
  return once.map((quad) => line(quad, (term) => labels.get(term))).sort(byCodePoint).join("");
}

// §4.4: the canonical name of each node.
async function labelled(quads) {
  const near = new Map();
  for (const quad of quads) for (const node of new Set(quad.filter(isBlank))) put(near, node, quad);
  const first = new Map();
  for (const [node, own] of near) first.set(node, await firstDegree(node, own));
  const groups = grouped(near.keys(), (node) => first.get(node));
  const labels = new Map();
  const issue = (node) => labels.has(node) || labels.set(node, `_:c14n${labels.size}`);
  for (const nodes of groups) if (nodes.length === 1) issue(nodes[0]);
  const further = new Further(near, first, labels);
  for (const nodes of groups) {
    const found = [];
    for (const node of nodes) if (!labels.has(node)) found.push(await further.hash(node, new Map([[node, "_:b0"]])));
    for (const { issued } of found.sort(byHash)) [...issued.keys()].forEach(issue);
  }
  return labels;
}

function put(groups, key, one) {
  if (groups.has(key)) groups.get(key).push(one);
  else groups.set(key, [one]);
}

// The groups of those that have a key in common, in the order of their keys.
function grouped(nodes, keyOf) {
  const groups = new Map();
  for (const node of nodes) put(groups, keyOf(node), node);
  return [...groups.keys()].sort().map((key) => groups.get(key));
}

const byHash = (one, other) => (one.hash < other.hash ? -1 : one.hash > other.hash ? 1 : 0);

function firstDegree(node, quads) {
  const lines = quads.map((quad) => line(quad, (term) => (term === node ? "_:a" : "_:z")));
  return hashed(lines.sort(byCodePoint).join(""));
}

// §4.7 and §4.8. `issued` are the names given for the time being, in their order.
class Further {
  constructor(near, first, labels) {
    Object.assign(this, { near, first, labels, left: MOST_WORK });
  }

  spend() {
    if (--this.left < 0) throw unsure("alike");
  }

  async hash(node, issued) {
    this.spend();
    const related = await this.related(node, issued);
    let data = "";
    for (const hash of [...related.keys()].sort()) {
      const shortest = await this.shortest(related.get(hash), issued);
      data += hash + shortest.path;
      issued = shortest.issued;
    }
    return { hash: await hashed(data), issued };
  }

  async related(node, issued) {
    const found = new Map();
    for (const [subject, predicate, object] of this.near.get(node)) {
      const [position, other] = subject === node ? ["o", object] : ["s", subject];
      if (!isBlank(other)) continue;
      const known = this.labels.get(other) ?? issued.get(other) ?? this.first.get(other);
      put(found, await hashed(position + predicate + known), other);
    }
    return found;
  }

  // The least path over all orders of these nodes, and the names that it gives.
  async shortest(nodes, issued) {
    let best = null;
    for (const order of orders(nodes)) {
      this.spend();
      const found = await this.path(order, new Map(issued));
      if (best === null || found.path < best.path) best = found;
    }
    return best;
  }

  async path(order, issued) {
    let path = "";
    const deeper = [];
    for (const node of order) {
      if (!this.labels.has(node) && !issued.has(node)) {
        deeper.push(node);
        issued.set(node, `_:b${issued.size}`);
      }
      path += this.labels.get(node) ?? issued.get(node);
    }
    for (const node of deeper) {
      const label = issued.get(node);
      const found = await this.hash(node, issued);
      path += `${label}<${found.hash}>`;
      issued = found.issued;
    }
    return { path, issued };
  }
}

function* orders(nodes) {
  if (nodes.length < 2) yield nodes;
  else for (const [place, node] of nodes.entries()) for (const rest of orders(nodes.toSpliced(place, 1))) yield [node, ...rest];
}

async function hashed(text) {
  const bytes = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// JavaScript sorts by UTF-16 units. Code points come in the same order, but for those beyond U+FFFF, which come last.
function byCodePoint(one, other) {
  const length = Math.min(one.length, other.length);
  for (let place = 0; place < length; place++) {
    const [left, right] = [one.charCodeAt(place), other.charCodeAt(place)];
    if (left !== right) return isHalf(left) === isHalf(right) ? left - right : isHalf(left) ? 1 : -1;
  }
  return one.length - other.length;
}

const isHalf = (unit) => unit >= 0xd800 && unit < 0xe000;
