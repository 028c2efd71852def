// Whether a document is written as the schemas ask (schemas/; `tests/browser/test_recheck_words.py` holds words.js
// to them): in known words alone, with all that its nouns need, and each word in its form. Whoever signed it: what
// is not like that is a Doubt that says "cannot tell".

import { isDay, many, moment, unsure } from "./keys.js";
import { pinsOurTerms, walked } from "./statements.js";
import { NOUNS } from "./words.js";

const LIKE = {
  moment: (said) => moment(said) !== null,
  day: (said) => isDay(said),
  uri: (said) => /^[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20\x7f<>"{}|\\^`]+$/.test(said),
  language: (said) => /^[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*$/.test(said),
  email: (said) => /^[^@\x00-\x20]+@[^@\x00-\x20]+$/.test(said),
  token: (said) => /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/.test(said),
  digest: (said) =>
    /^sha(256-[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=|384-[A-Za-z0-9+/]{64}|512-[A-Za-z0-9+/]{85}[AQgw]==)$/.test(said),
  duration: (said) => Number.isInteger(said) && said >= 0,
};

export function checkForm(document) {
  for (const { noun, value } of walked(document).nodes) {
    const has = (name) => Object.hasOwn(value, name);
    if (!noun.needs.every(has) || (noun.needsOne && !noun.needsOne.some(has))) throw unsure("form_unknown");
    if (noun.nameless && has("id")) throw unsure("form_unknown");
    for (const [name, said] of Object.entries(value)) {
      const { like } = noun.members[name] ?? {};
      if (like && !many(said).every((one) => fits(one, like))) throw unsure("form_unknown");
    }
    if (noun === NOUNS.IdentityObject) checkHash(value);
  }
  checkResults(document.credentialSubject);
  checkPins(document);
}

// A word is like one of these forms, or one of a list.
function fits(said, like) {
  try {
    return Array.isArray(like) ? like.includes(said) : LIKE[like](said);
  } catch {
    return false;
  }
}

function checkHash({ hashed, identityHash }) {
  const form = /^(sha256\$[0-9A-Fa-f]{64}|md5\$[0-9A-Fa-f]{32})$/;
  if (hashed && !form.test(identityHash)) throw unsure("form_unknown");
}

// Each result is of a description of the achievement, its level one of that (Open Badges 3.0, Result).
function checkResults({ achievement, result }) {
  const described = many(achievement?.resultDescription);
  for (const { resultDescription: id, achievedLevel: level, status } of many(result)) {
    const own = described.find((one) => one.id === id);
    if (id === undefined ? level !== undefined : !own) throw unsure("form_unknown");
    if (own?.resultType === "Status" && status === undefined) throw unsure("form_unknown");
    const levels = many(own?.rubricCriterionLevel).map((one) => one.id);
    if (level !== undefined && !levels.includes(level)) throw unsure("form_unknown");
  }
}

// What is pinned by digest is our terms, or what is endorsed, in whatever version: nothing that would have to be
// compared here.
function checkPins(document) {
  const ids = many(document.relatedResource).map((one) => one.id);
  const known = [pinsOurTerms(document) && document["@context"][2]];
  if (many(document.type).includes("EndorsementCredential")) known.push(document.credentialSubject.id);
  if (new Set(ids).size !== ids.length || !ids.every((id) => known.includes(id))) throw unsure("form_unknown");
}
