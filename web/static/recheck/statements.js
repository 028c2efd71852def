// What an `eddsa-rdfc-2022` proof signs: the statements that a document makes, in canonical N-Quads. They are found
// in the closed table of words.js and not by JSON-LD: a word, type, context or form that is not there is a Doubt
// that says "cannot tell". Python's walk (core/canonical) makes the same bytes of all that is read here.

import { canonicalize } from "./jcs.js";
import { many, unsure } from "./keys.js";
import { canonical, literal } from "./rdfc.js";
import { CONTEXTS, NOUNS, TYPES } from "./words.js";

const RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#";
const XSD = "http://www.w3.org/2001/XMLSchema#";
const SECURITY = "https://w3id.org/security#";
const IRI = /^[A-Za-z][A-Za-z0-9+.-]*:[^\s\x00-\x20<>"{}|^`\\\x7f-\x9f]+$/u;
const LANGUAGE = /^[a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8})*$/;
const OUR_TERMS = "sha384-/u6du6Mq3Tf9s6wOLa5YuKUjNZzk+gygnGAgS1QveAlHpDGYGSyOwX3Ivbd5P8bm";
const DEEPEST = 16;
const MOST_PINS = 50;

// Whether the third context of a document is our terms: it pins their digest, whatever their address.
export function pinsOurTerms(document) {
  const [, , own] = many(document["@context"]);
  const resources = many(document.relatedResource);
  const pins = resources.filter((one) => one?.id === own);
  if (typeof own !== "string" || !own.endsWith("/terms/v1") || resources.length > MOST_PINS) return false;
  return pins.length === 1 && pins[0].digestSRI === OUR_TERMS && !("digestMultibase" in pins[0]);
}

// The canonical N-Quads of a badge, an endorsement or a status list, which is without its proof.
export async function statementsOf(document) {
  return canonical(walked(document).quads);
}

// Its statements (`quads`) and its nodes, each with its noun.
export function walked(document) {
  const noun = nounOf(document, ["Badge", "Endorsement", "StatusList"]);
  const found = new Walk(contextsOf(document, noun));
  const { "@context": _, ...root } = document;
  found.node(root, noun, 0);
  found.checkIds();
  return found;
}

// Of the options of its proof.
export function optionsOf(options) {
  const names = ["created", "cryptosuite", "proofPurpose", "type", "verificationMethod"];
  const { created, cryptosuite, verificationMethod } = options;
  if (Object.keys(options).sort().join() !== names.join()) throw unsure("form_unknown");
  return canonical([
    ["_:b0", `<${RDF}type>`, `<${SECURITY}DataIntegrityProof>`],
    ["_:b0", "<http://purl.org/dc/terms/created>", literal(created, `${XSD}dateTime`)],
    ["_:b0", `<${SECURITY}cryptosuite>`, literal(cryptosuite, `${SECURITY}cryptosuiteString`)],
    ["_:b0", `<${SECURITY}proofPurpose>`, `<${SECURITY}${options.proofPurpose}>`],
    ["_:b0", `<${SECURITY}verificationMethod>`, iri(verificationMethod)],
  ]);
}

// Whether our own terms are known in it, once its contexts are just those that its noun is written with.
function contextsOf(document, noun) {
  const contexts = document["@context"];
  const usual = noun === NOUNS.StatusList ? CONTEXTS.slice(0, 1) : CONTEXTS;
  const same = Array.isArray(contexts) && usual.every((url, place) => contexts[place] === url);
  const more = same ? contexts.length - usual.length : -1;
  if (more === 0) return false;
  if (more === 1 && usual === CONTEXTS && pinsOurTerms(document)) return true;
  throw unsure("context_unknown");
}

function nounOf(value, names) {
  if (value === null || typeof value !== "object" || Array.isArray(value)) throw unsure("form_unknown");
  const types = many(value.type);
  const same = ({ types: own }) => own.length === types.length && own.every((name, place) => name === types[place]);
  const found = names.map((name) => NOUNS[name]).find(same);
  if (!found) throw unsure("word_unknown", { word: String(types) });
  return found;
}

function iri(value) {
  if (typeof value !== "string" || !IRI.test(value)) throw unsure("form_unknown");
  return `<${value}>`;
}

class Walk {
  constructor(ours) {
    this.ours = ours;
    this.quads = [];
    this.blanks = 0;
    this.nodes = [];
    this.places = new Map(); // id → the nodes that have it, each with its noun
  }

  // The term of a node, whose statements are written.
  node(value, noun, depth) {
    const { id, type, ...members } = value;
    if (depth > DEEPEST || "@context" in value || (noun.ours && !this.ours)) throw unsure("form_unknown");
    this.nodes.push({ noun, value });
    const subject = "id" in value ? iri(id) : `_:b${this.blanks++}`;
    if ("id" in value) this.places.set(id, [...(this.places.get(id) ?? []), { noun, members }]);
    for (const name of noun.types) this.quads.push([subject, `<${RDF}type>`, `<${TYPES[name]}>`]);
    for (const [name, said] of Object.entries(members)) {
      const word = Object.hasOwn(noun.members, name) && noun.members[name];
      if (!word || (word.ours && !this.ours)) throw unsure("word_unknown", { word: name });
      for (const object of this.objects(word, said, depth)) this.quads.push([subject, `<${word.iri}>`, object]);
    }
    return subject;
  }

  // What a member says, as the terms that its statements end in.
  objects(word, said, depth) {
    const list = Array.isArray(said);
    if (list && (said.length === 0 || !["text", "words", "ordered", "nodes", "either"].includes(word.form)))
      throw unsure("form_unknown");
    if (!list && ["words", "ordered", "nodes"].includes(word.form)) throw unsure("form_unknown");
    const terms = (list ? said : [said]).map((one) => this.term(word, one, depth));
    return word.form === "ordered" ? [this.inOrder(terms)] : terms;
  }

  term(word, value, depth) {
    if (word.form === "link" || (word.form === "named" && typeof value === "string")) return iri(value);
    if (word.nouns) return this.node(value, nounOf(value, word.nouns), depth + 1);
    if (word.form === "number") return numeral(value, word.datatype);
    if (word.form === "flag" && typeof value === "boolean") return literal(String(value), word.datatype);
    if (word.form === "text" && typeof value === "object") return inLanguage(value);
    if (word.form === "flag" || typeof value !== "string") throw unsure("form_unknown");
    return literal(value, word.datatype);
  }

  // An RDF list (JSON-LD 1.1 §4.3.1): the head of its cells.
  inOrder(terms) {
    return terms.reduceRight((rest, first) => {
      const cell = `_:b${this.blanks++}`;
      this.quads.push([cell, `<${RDF}first>`, first], [cell, `<${RDF}rest>`, rest]);
      return cell;
    }, `<${RDF}nil>`);
  }

  // Statements are about ids and know no place in the document: where one id stands twice, what was said at one place
  // could be moved to the other, under the same signature. So nothing that a verdict reads stands twice, and two
  // nodes of one id do not say two things (as core/verdict/binding.py has it).
  checkIds() {
    for (const [id, nodes] of this.places) {
      if (nodes.length === 1) continue;
      const said = new Map();
      for (const { noun, members } of nodes) {
        if (noun.alone) throw unsure("said_twice", { id });
        for (const [name, value] of Object.entries(members)) {
          const text = canonicalize(Array.isArray(value) ? value.map(linked) : linked(value));
          if (said.has(name) && said.get(name) !== text) throw unsure("said_twice", { id });
          said.set(name, text);
        }
      }
    }
  }
}

// Of a node that has an id, which; whatever it says is looked at by itself.
const linked = (value) => value?.id ?? value;

// Numbers as JSON-LD writes them (1.1 API §8.6). Those of more digits are written differently by different software.
function numeral(value, datatype) {
  if (Number.isSafeInteger(value)) return literal(String(value), datatype || `${XSD}integer`);
  const size = Math.abs(value);
  const digits = String(size).replace(".", "").replace(/^0+/, "").length;
  if (typeof value !== "number" || !(size >= 1e-5 && size < 1e15) || digits > 15) throw unsure("form_unknown");
  const [fraction, power] = value.toExponential(15).split("e");
  return literal(`${fraction.replace(/(\d)0+$/, "$1")}E${Number(power)}`, datatype || `${XSD}double`);
}

// A text with its language and direction (JSON-LD 1.1 §9.5, VCDM 2.0 §11.1).
function inLanguage(said) {
  const known = ["@value", "@language", "@direction"];
  if (said === null || !Object.keys(said).every((name) => known.includes(name))) throw unsure("form_unknown");
  const { "@value": value, "@language": language = "", "@direction": direction } = said;
  if (typeof value !== "string" || typeof language !== "string") throw unsure("form_unknown");
  if ("@language" in said && !LANGUAGE.test(language)) throw unsure("form_unknown");
  if ("@direction" in said && !["ltr", "rtl"].includes(direction)) throw unsure("form_unknown");
  if (direction) return literal(value, `https://www.w3.org/ns/i18n#${language.toLowerCase()}_${direction}`);
  return literal(value) + (language && `@${language.toLowerCase()}`);
}
