// The words that our signed documents are written in, and the statement that each of them makes: a closed table of
// what three contexts say (VCDM 2.0, Open Badges 3.0.3, our own terms; `tests/browser/test_recheck_words.py` holds
// it to them). A noun has just these types and these members, each in one form; all else is not known here.

const CREDENTIAL = "https://www.w3.org/2018/credentials#";
const STATUS = "https://www.w3.org/ns/credentials/status#";
const SECURITY = "https://w3id.org/security#";
const SCHEMA = "https://schema.org/";
const BADGES = "https://purl.imsglobal.org/spec/vc/ob/vocab.html#";
const OURS = "urn:uuid:0d962eeb-cfc9-42ca-90c6-bb0794c15d7e#";
const XSD = "http://www.w3.org/2001/XMLSchema#";
const XSDS = "https://www.w3.org/2001/XMLSchema#"; // as two of the contexts spell it: another name, so other statements

export const CONTEXTS = [
  "https://www.w3.org/ns/credentials/v2",
  "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json",
];

// --- the forms ---

// A text, or several, each perhaps with its language; one plain text, perhaps of a datatype; several of them; the
// same in their order; a number; true or false; an IRI; one node, or several, of one of these nouns. `like` is the form
// of what a word says (shapes.js), or all that it may say.
const text = (iri) => ({ form: "text", iri });
const word = (iri, datatype = "", like) => ({ form: "word", iri, datatype, like });
const words = (iri, like) => ({ form: "words", iri, datatype: "", like });
const ordered = (iri) => ({ form: "ordered", iri, datatype: "" });
const number = (iri, datatype = "") => ({ form: "number", iri, datatype });
const flag = (iri, datatype) => ({ form: "flag", iri, datatype });
const link = (iri) => ({ form: "link", iri });
const node = (iri, ...nouns) => ({ form: "node", iri, nouns });
const nodes = (iri, ...nouns) => ({ form: "nodes", iri, nouns });
const either = (iri, ...nouns) => ({ form: "either", iri, nouns }); // one, or several
const named = (iri, ...nouns) => ({ form: "named", iri, nouns }); // a node, or only its IRI

const each = (make, space, ...names) => Object.fromEntries(names.map((name) => [name, make(space + name)]));

// --- the types ---

export const TYPES = {
  VerifiableCredential: CREDENTIAL + "VerifiableCredential",
  BitstringStatusListCredential: STATUS + "BitstringStatusListCredential",
  BitstringStatusList: STATUS + "BitstringStatusList",
  BitstringStatusListEntry: STATUS + "BitstringStatusListEntry",
  OpenBadgeCredential: BADGES + "OpenBadgeCredential",
  EndorsementCredential: BADGES + "EndorsementCredential",
  Achievement: BADGES + "Achievement",
  AchievementSubject: BADGES + "AchievementSubject",
  Address: BADGES + "Address",
  Alignment: SCHEMA + "AlignmentObject",
  EndorsementSubject: BADGES + "EndorsementSubject",
  Evidence: BADGES + "Evidence",
  GeoCoordinates: BADGES + "GeoCoordinates",
  IdentifierEntry: BADGES + "IdentifierEntry",
  IdentityObject: BADGES + "IdentityObject",
  Image: BADGES + "Image",
  Profile: BADGES + "Profile",
  Related: BADGES + "Related",
  Result: BADGES + "Result",
  ResultDescription: BADGES + "ResultDescription",
  RubricCriterionLevel: BADGES + "RubricCriterionLevel",
  PeerEndorsement: OURS + "PeerEndorsement",
  EndorsedSkill: OURS + "EndorsedSkill",
  Vouch: OURS + "Vouch",
  EndorserKey: OURS + "EndorserKey",
};

// --- the nouns ---

const called = each(text, SCHEMA, "name", "description");
const picture = { image: node(BADGES + "image", "Image") };
const alignment = { alignment: nodes(BADGES + "alignment", "Alignment") };
const narrative = { narrative: text(BADGES + "narrative") };
const tokens = { endorsementJwt: words(BADGES + "endorsementJwt", "token") };
const identifiers = { otherIdentifier: nodes(BADGES + "otherIdentifier", "IdentifierEntry") };
const supersedes = { supersedes: link(OURS + "supersedes") };
const relationship = { relationship: word(OURS + "relationship") };

const RELATIONSHIPS = [
  "same-team", "other-team", "manager", "report", "mentor", "mentee", "client", "learned-from", "other",
];

const period = {
  validFrom: word(CREDENTIAL + "validFrom", XSD + "dateTime", "moment"),
  validUntil: word(CREDENTIAL + "validUntil", XSD + "dateTime", "moment"),
};

const credential = {
  ...called,
  ...picture,
  ...period,
  ...tokens,
  issuer: named(CREDENTIAL + "issuer", "Profile"),
  awardedDate: word(BADGES + "awardedDate", "xsd:dateTime", "moment"), // a prefix that the context forgot to define
  evidence: nodes(CREDENTIAL + "evidence", "Evidence"),
  credentialStatus: either(CREDENTIAL + "credentialStatus", "StatusEntry"),
  relatedResource: nodes(CREDENTIAL + "relatedResource", "RelatedResource"),
};

const achieved = {
  ...picture,
  ...narrative,
  ...each(word, BADGES, "licenseNumber", "role", "term"),
  achievement: node(BADGES + "achievement", "Achievement"),
  activityEndDate: word(BADGES + "activityEndDate", XSDS + "date", "day"),
  activityStartDate: word(BADGES + "activityStartDate", XSDS + "date", "day"),
  creditsEarned: number(BADGES + "creditsEarned", XSDS + "float"),
  identifier: nodes(BADGES + "identifier", "IdentityObject"),
  result: nodes(BADGES + "result", "Result"),
  source: node(BADGES + "source", "Profile"),
};

const endorsed = { endorsementComment: text(BADGES + "endorsementComment") };

// Of each: its types, its members, which of them it `needs` (and at least one of `needsOne`; a `nameless` one has no
// id), whether it takes our own terms, and whether its id may stand at no other place
// (`alone`: for what a verdict reads).
export const NOUNS = {
  Badge: {
    types: ["VerifiableCredential", "OpenBadgeCredential"],
    needs: ["id", "issuer", "validFrom", "credentialSubject"],
    alone: true,
    members: { ...credential, credentialSubject: node(CREDENTIAL + "credentialSubject", "Subject", "Vouch") },
  },
  Endorsement: {
    types: ["VerifiableCredential", "EndorsementCredential"],
    needs: ["id", "name", "issuer", "validFrom", "credentialSubject"],
    alone: true,
    members: {
      ...credential,
      credentialSubject: node(CREDENTIAL + "credentialSubject", "Endorsed", "PeerEndorsement", "EndorserKey"),
    },
  },
  StatusList: {
    types: ["VerifiableCredential", "BitstringStatusListCredential"],
    needs: ["id", "issuer", "credentialSubject"],
    alone: true,
    members: {
      ...period,
      issuer: link(CREDENTIAL + "issuer"),
      credentialSubject: node(CREDENTIAL + "credentialSubject", "Bits"),
    },
  },
  Bits: {
    types: ["BitstringStatusList"],
    needs: ["statusPurpose", "encodedList"],
    alone: true,
    members: {
      statusPurpose: word(STATUS + "statusPurpose"),
      ttl: { ...number(STATUS + "ttl"), like: "duration" },
      encodedList: word(STATUS + "encodedList", SECURITY + "multibase"),
    },
  },
  StatusEntry: {
    types: ["BitstringStatusListEntry"],
    needs: ["statusPurpose", "statusListIndex", "statusListCredential"],
    alone: true,
    members: {
      ...each(word, STATUS, "statusListIndex", "statusPurpose"),
      statusListCredential: link(STATUS + "statusListCredential"),
      statusListIssuer: { ...link(OURS + "statusListIssuer"), ours: true },
    },
  },
  RelatedResource: {
    types: [],
    needs: ["id", "digestSRI"],
    members: {
      digestSRI: word(CREDENTIAL + "digestSRI", CREDENTIAL + "sriString", "digest"),
      mediaType: word(SCHEMA + "encodingFormat"),
    },
  },
  Subject: { types: ["AchievementSubject"], needs: ["achievement"], needsOne: ["id", "identifier"], members: achieved },
  Vouch: {
    types: ["AchievementSubject", "Vouch"],
    needs: ["achievement"],
    needsOne: ["id", "identifier"],
    ours: true,
    members: {
      ...achieved,
      ...relationship,
      ...supersedes,
      vouchKind: word(OURS + "vouchKind"),
      roleFamily: words(OURS + "roleFamily"),
    },
  },
  Endorsed: { types: ["EndorsementSubject"], needs: ["id"], members: endorsed },
  PeerEndorsement: {
    types: ["EndorsementSubject", "PeerEndorsement"],
    needs: ["id", "relationship"],
    ours: true,
    members: {
      ...endorsed,
      relationship: { ...relationship.relationship, like: RELATIONSHIPS },
      ...supersedes,
      holder: link(OURS + "holder"),
      endorserTeam: node(OURS + "endorserTeam", "Profile"),
      holderTeam: node(OURS + "holderTeam", "Profile"),
      endorsedSkill: nodes(OURS + "endorsedSkill", "EndorsedSkill"),
    },
  },
  EndorsedSkill: { types: ["EndorsedSkill"], needs: ["name"], ours: true, members: called },
  EndorserKey: {
    types: ["EndorsementSubject", "EndorserKey"],
    needs: ["id", "keyHolder", "keyCustody"],
    ours: true,
    members: {
      ...endorsed,
      keyHolder: node(OURS + "keyHolder", "Profile"),
      keyCustody: word(OURS + "keyCustody", "", ["holder", "exchange"]),
    },
  },
  Profile: {
    types: ["Profile"],
    needs: ["id"],
    members: {
      ...called,
      ...picture,
      ...tokens,
      ...identifiers,
      ...each(word, SCHEMA, "additionalName", "familyName", "givenName", "honorificPrefix", "honorificSuffix"),
      ...each(word, BADGES, "familyNamePrefix", "patronymicName", "phone", "official"),
      address: node(BADGES + "address", "Address"),
      email: word(SCHEMA + "email", "", "email"),
      dateOfBirth: word(BADGES + "dateOfBirth", XSDS + "date", "day"),
      parentOrg: node(BADGES + "parentOrg", "Profile"),
      url: word(SCHEMA + "url", XSDS + "anyURI", "uri"),
    },
  },
  Achievement: {
    types: ["Achievement"],
    needs: ["id", "name", "description", "criteria"],
    members: {
      ...called,
      ...picture,
      ...alignment,
      ...tokens,
      ...identifiers,
      ...each(word, BADGES, "achievementType", "fieldOfStudy", "humanCode", "specialization", "version"),
      creator: node(BADGES + "creator", "Profile"),
      creditsAvailable: number(BADGES + "creditsAvailable", XSDS + "float"),
      criteria: node(BADGES + "Criteria", "Criteria"),
      inLanguage: word(SCHEMA + "inLanguage", "", "language"),
      related: nodes(BADGES + "related", "Related"),
      resultDescription: nodes(BADGES + "resultDescription", "ResultDescription"),
      tag: words(SCHEMA + "keywords"),
    },
  },
  Criteria: { types: [], needs: [], needsOne: ["id", "narrative"], members: narrative },
  Related: {
    types: ["Related"],
    needs: ["id"],
    members: { version: word(BADGES + "version"), inLanguage: word(SCHEMA + "inLanguage", "", "language") },
  },
  Alignment: {
    types: ["Alignment"],
    needs: ["targetName", "targetUrl"],
    members: {
      ...each(text, SCHEMA, "targetName", "targetDescription"),
      ...each(word, BADGES, "targetCode", "targetType"),
      targetFramework: word(SCHEMA + "targetFramework"),
      targetUrl: word(SCHEMA + "targetUrl", XSDS + "anyURI", "uri"),
    },
  },
  ResultDescription: {
    types: ["ResultDescription"],
    needs: ["id", "name", "resultType"],
    members: {
      name: text(SCHEMA + "name"),
      ...alignment,
      ...each(word, BADGES, "requiredValue", "resultType", "valueMax", "valueMin"),
      allowedValue: ordered(BADGES + "allowedValue"),
      requiredLevel: word(BADGES + "requiredLevel", XSDS + "anyURI", "uri"),
      rubricCriterionLevel: nodes(BADGES + "rubricCriterionLevel", "RubricCriterionLevel"),
    },
  },
  RubricCriterionLevel: {
    types: ["RubricCriterionLevel"],
    needs: ["id", "name"],
    members: { ...called, ...alignment, ...each(word, BADGES, "level", "points") },
  },
  Result: {
    types: ["Result"],
    needs: [],
    members: {
      ...alignment,
      status: word(BADGES + "status", "", ["Completed", "Enrolled", "Failed", "InProgress", "OnHold", "Withdrew"]),
      value: word(SCHEMA + "value"),
      ...each((iri) => word(iri, XSDS + "anyURI", "uri"), BADGES, "achievedLevel", "resultDescription"),
    },
  },
  Evidence: {
    types: ["Evidence"],
    needs: [],
    members: { ...called, ...narrative, ...each(word, SCHEMA, "audience", "genre") },
  },
  IdentityObject: {
    types: ["IdentityObject"],
    needs: ["hashed", "identityHash", "identityType"],
    nameless: true,
    members: {
      hashed: flag(BADGES + "hashed", XSDS + "boolean"),
      ...each(word, BADGES, "identityHash", "identityType", "salt"),
    },
  },
  IdentifierEntry: {
    types: ["IdentifierEntry"],
    needs: ["identifier", "identifierType"],
    nameless: true,
    members: each(word, BADGES, "identifier", "identifierType"),
  },
  Image: { types: ["Image"], needs: ["id"], members: { caption: text(SCHEMA + "caption") } },
  Address: {
    types: ["Address"],
    needs: [],
    members: {
      ...each(word, SCHEMA, "addressCountry", "addressLocality", "addressRegion", "postOfficeBoxNumber"),
      ...each(word, SCHEMA, "postalCode", "streetAddress"),
      addressCountryCode: word(BADGES + "CountryCode"),
      geo: node(BADGES + "GeoCoordinates", "GeoCoordinates"),
    },
  },
  GeoCoordinates: {
    types: ["GeoCoordinates"],
    needs: ["latitude", "longitude"],
    members: each(number, SCHEMA, "latitude", "longitude"),
  },
};
