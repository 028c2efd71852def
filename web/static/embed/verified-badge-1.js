/*! <verified-badge src="https://…/embed/badges/KEY.json"><a href="…">…</a></verified-badge>
    <badge-portfolio src="https://…/embed/portfolios/KEY.json"><a href="…">…</a></badge-portfolio>, see docs/embed.md.
    Shows a badge, or a portfolio, and how it stands, now. Without a connection, a script or permission the link
    inside stays. */
const TEXTS = {
  en: {
    valid: "Valid", suspended: "Suspended", revoked: "Revoked", expired: "Expired",
    not_yet_valid: "Not yet valid", invalid: "Not valid", unknown: "Cannot tell",
    s_valid: "Until {day}.", s_suspended: "Temporarily withdrawn since {day}.",
    s_revoked: "Taken back for good on {day}.", s_expired: "It ended on {day} and was not taken back.",
    s_not_yet_valid: "It begins on {day}.", s_invalid: "A check failed: do not rely on it.",
    s_unknown: "It could not be checked just now.",
    reason: "Reason: {reason}", checked: "Checked {time}", old: "Not checked since {time}",
    never: "It could not be checked just now.", gone: "There is no badge here, or not any more.",
    unnamed: "A badge that cannot be shown", domain: "proved by {domain}", key: "by a key only, not a domain",
    label: "Verified badge: {name}",
    withdrawn: "Withdrawn", superseded: "Replaced", since: "Since {day}.", p_gone: "There is no portfolio here, or not any more.",
    p_label: "Portfolio: {name}", vouch: "Vouch", endorsement: "Endorsement", own: "signed with their own key", exchange: "recorded by the exchange",
    badge_1: "{n} badge verified", badge_n: "{n} badges verified", endorsement_1: "{n} endorsement", endorsement_n: "{n} endorsements",
    issuer_unknown: "Issuer unknown", n_issuer_unknown: "{n} by an unknown issuer",
    n_suspended: "{n} suspended", n_revoked: "{n} revoked", n_withdrawn: "{n} withdrawn", n_expired: "{n} expired",
    n_not_yet_valid: "{n} not yet valid", n_superseded: "{n} replaced", n_invalid: "{n} not valid", n_unknown: "{n} cannot be checked",
    "same-team": "Same team", "other-team": "Another team", manager: "Is or was their manager", report: "Reports or reported to them",
    mentor: "Is or was their mentor", mentee: "Was mentored by them", client: "Received their work", "learned-from": "Learned from them",
    other: "Knows them in another way",
  },
  de: {
    valid: "Gültig", suspended: "Ausgesetzt", revoked: "Widerrufen", expired: "Abgelaufen",
    not_yet_valid: "Noch nicht gültig", invalid: "Nicht gültig", unknown: "Nicht feststellbar",
    s_valid: "Bis {day}.", s_suspended: "Vorläufig zurückgezogen seit {day}.",
    s_revoked: "Endgültig zurückgenommen am {day}.", s_expired: "Endete am {day}, wurde nicht zurückgenommen.",
    s_not_yet_valid: "Beginnt am {day}.", s_invalid: "Eine Prüfung schlug fehl: nicht darauf verlassen.",
    s_unknown: "Das ließ sich gerade nicht prüfen.",
    reason: "Grund: {reason}", checked: "Geprüft {time}", old: "Nicht geprüft seit {time}",
    never: "Das ließ sich gerade nicht prüfen.", gone: "Hier ist kein Badge (mehr).",
    unnamed: "Ein Badge, das nicht gezeigt werden kann", domain: "belegt durch {domain}",
    key: "nur durch einen Schlüssel, nicht durch eine Domain", label: "Geprüftes Badge: {name}",
    withdrawn: "Zurückgezogen", superseded: "Ersetzt", since: "Seit {day}.", p_gone: "Hier ist kein Portfolio (mehr).",
    p_label: "Portfolio: {name}", vouch: "Bürgschaft", endorsement: "Empfehlung", own: "mit eigenem Schlüssel unterschrieben",
    exchange: "festgehalten von der Plattform",
    badge_1: "{n} Badge gültig", badge_n: "{n} Badges gültig", endorsement_1: "{n} Empfehlung", endorsement_n: "{n} Empfehlungen",
    issuer_unknown: "Aussteller unbekannt", n_issuer_unknown: "{n} von unbekanntem Aussteller",
    n_suspended: "{n} ausgesetzt", n_revoked: "{n} widerrufen", n_withdrawn: "{n} zurückgezogen", n_expired: "{n} abgelaufen",
    n_not_yet_valid: "{n} noch nicht gültig", n_superseded: "{n} ersetzt", n_invalid: "{n} nicht gültig", n_unknown: "{n} nicht prüfbar",
    "same-team": "Dasselbe Team", "other-team": "Ein anderes Team", manager: "Führt oder führte sie",
    report: "Wird oder wurde von ihr geführt", mentor: "Begleitet oder begleitete sie als Mentor",
    mentee: "Wurde von ihr als Mentor begleitet", client: "Hat ihre Arbeit bekommen",
    "learned-from": "Hat von ihr gelernt", other: "Kennt sie auf andere Weise",
  },
};
const TONES = {
  valid: "good", suspended: "pause", revoked: "stop", withdrawn: "past", expired: "past", superseded: "past", not_yet_valid: "pause", invalid: "stop", issuer_unknown: "unsure",
};
const SIGNS = {
  good: "M7.8 12.4l2.9 2.9 5.6-6.2",
  note: "M12 11v6M12 7.2v.1",
  pause: "M9.6 8.4v7.2M14.4 8.4v7.2",
  past: "M12 6.6V12l3.6 2.4",
  stop: "M8.6 8.6l6.8 6.8M15.4 8.6l-6.8 6.8",
  unsure: "M9.2 9.3a2.9 2.9 0 1 1 4.3 2.6c-1 .6-1.5 1.1-1.5 2.1M12 17.2v.1",
};

// Colours of light and dark pages; which of the two the page is, its own `color-scheme` says.
const COLOURS = {
  paper: ["#fffefa", "#1a211f"], ink: ["#1b2422", "#e9ece7"], soft: ["#55605c", "#a5b0ab"], line: ["#dbd8cd", "#313a37"],
  accent: ["#0d5f58", "#83d3c8"], good: ["#17663c", "#84d6a0"], "good-wash": ["#e4f2e6", "#16291d"],
  note: ["#755300", "#e8c468"], "note-wash": ["#f8efd8", "#2c2512"], pause: ["#8c4400", "#ffb27d"], "pause-wash": ["#fbeadc", "#32200f"], past: ["#5b5566", "#bdb6c9"],
  "past-wash": ["#eeecf1", "#242129"], stop: ["#a02a20", "#ffa396"], "stop-wash": ["#fae7e3", "#331b18"],
  unsure: ["#4a5563", "#b7c0cb"], "unsure-wash": ["#e9ecef", "#212629"],
};
const named = (value) =>
  Object.entries(COLOURS).map(([name, pair]) => `--${name}:var(--vb-${name},${value(pair)});`).join("");
const CSS = `
:host{display:block;max-width:30rem;container-type:inline-size;${named(([light]) => light)}}
@supports (color:light-dark(#fff,#000)){:host{${named(([light, dark]) => `light-dark(${light},${dark})`)}}}
:host([theme=light]){color-scheme:light}
:host([theme=dark]){color-scheme:dark}
:host([hidden]),[hidden]{display:none!important}
article{box-sizing:border-box;display:grid;grid-template-columns:auto 1fr;gap:.25em 1em;align-items:start;padding:var(--vb-padding,1em);
 background:var(--paper);color:var(--ink);border:1px solid var(--line);border-radius:var(--vb-radius,10px);
 font:var(--vb-font,0.9375rem/1.4 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","Liberation Sans",Arial,sans-serif);overflow-wrap:anywhere}
img{width:var(--vb-picture,4.75em);height:auto;display:block}
article.badge:not(.good) img{filter:grayscale(1);opacity:.55}
p{margin:0}
.name{font-size:1.125em;font-weight:700;line-height:1.25}
a{color:var(--accent);text-decoration:underline;text-underline-offset:.15em;text-decoration-thickness:1px}
a:hover{text-decoration-thickness:2px}
a:focus-visible{outline:3px solid var(--accent);outline-offset:2px;border-radius:2px}
.by span,.when{color:var(--soft);font-size:.875em}
.by span{display:block}
.state{margin-top:.5em}
.state>span{display:flex;flex-wrap:wrap;align-items:flex-start;gap:.2em .5em}
.more{flex:1 1 11em;padding-top:.1em}
.more span{display:block}
.pill{display:inline-flex;align-items:center;gap:.35em;padding:.1em .6em .1em .35em;border-radius:1em;font-weight:700}
svg{width:1.25em;height:1.25em;fill:none;stroke:currentColor;stroke-width:2;stroke-linecap:round;stroke-linejoin:round;flex:none}
${Object.keys(SIGNS).map((tone) => `.pill.${tone}{color:var(--${tone});background:var(--${tone}-wash)}`).join("")}
.when{margin-top:.25em}
:host([compact]) article{align-items:center;padding:.5em .75em;gap:0 .75em}
:host([compact]) img{width:2.25em}
:host([compact]) .text{display:flex;flex-wrap:wrap;align-items:center;gap:.15em .6em}
:host([compact]) .by span,:host([compact]) .more{display:none}
:host([compact]) .name{font-size:1em}
:host([compact]) .state,:host([compact]) .when{margin:0}
@container (max-width:17rem){article,.good>.item>div{grid-template-columns:1fr!important}.good>.item .state{grid-area:auto!important}}
@media (forced-colors:active){.pill{border:1px solid}}
.said{margin:.25em 0 0;font-size:.875em;color:var(--unsure)}
.whole{display:block}
.whole img{width:2.5em}
.whole :is(ul,li){margin:0;padding:0;list-style:none}
.whole li{padding-top:.6em;margin-top:.6em;border-top:1px solid var(--line)}
.item{display:grid;grid-template-columns:auto 1fr;gap:0 .75em;align-items:start}
.item .name{font-size:1em}
.item>div:only-child{grid-column:1/-1}
.whole .state{margin-top:.2em}
.item .state{font-size:.875em}
.item .by span{display:inline}
.item .by span::before{content:"· "}
.good>.item>div{display:grid;grid-template-columns:1fr auto;gap:0 .75em;align-items:start}
.good>.item .by{grid-column:1/-1}
.good>.item .state{grid-area:1/2;margin:0}
li:not(.good)>.item img{filter:grayscale(1);opacity:.55}
.group{margin-top:1em;color:var(--soft);font-size:.875em;font-weight:700}
.whole .points{padding-left:1.2em;margin-top:.5em}
.whole .points li{padding:0;margin:.1em 0;border:0;list-style:disc}
.whole li li{margin-left:3.25em}
:host([compact]) .whole :is(ul,.group){display:none}
`;
const sheet = new CSSStyleSheet(); // constructed, so that no policy about styles is asked
sheet.replaceSync(CSS);

const h = (name, fields = {}, ...inside) => {
  const made = Object.assign(document.createElement(name), fields);
  made.append(...inside);
  return made;
};
const sign = (tone) => {
  const make = (name, fields) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(fields)) made.setAttribute(key, value);
    return made;
  };
  const svg = make("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" });
  svg.append(make("circle", { cx: 12, cy: 12, r: 9.5 }), make("path", { d: SIGNS[tone] }));
  return svg;
};
const safe = (url) => (/^https?:\/\//.test(url ?? "") ? url : "");

/* One stream for all embeds of a page that come from one exchange: a browser opens few connections to a place. */
const MOST = 50;
const lines = new Map();
class Line {
  constructor(url) {
    this.url = url;
    this.shown = new Map();
  }
  static of(events) {
    const { origin, pathname, searchParams } = new URL(events);
    const url = origin + pathname;
    if (!lines.has(url)) lines.set(url, new Line(url));
    return [lines.get(url), searchParams.get("of")];
  }
  add(name, element) {
    if (!this.shown.has(name)) this.shown.set(name, new Set());
    this.shown.get(name).add(element);
    this.soon();
  }
  remove(name, element) {
    const there = this.shown.get(name);
    there?.delete(element);
    if (there?.size === 0) this.shown.delete(name);
    this.soon();
  }
  soon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.open(), 50);
  }
  open() {
    const names = document.hidden ? [] : [...this.shown.keys()].slice(0, MOST);
    const url = names.length ? `${this.url}?${new URLSearchParams(names.map((name) => ["of", name]))}` : "";
    if (this.source?.url === url && this.source.readyState !== EventSource.CLOSED) return;
    this.source?.close();
    this.source = null;
    if (!url) return;
    const source = (this.source = new EventSource(url));
    source.addEventListener("value", ({ data }) => {
      const { of, value } = JSON.parse(data);
      for (const element of this.shown.get(of) ?? []) element.take(value);
    });
    source.addEventListener("checked", ({ data }) => {
      for (const [name, said] of Object.entries(JSON.parse(data)))
        for (const element of this.shown.get(name) ?? []) element.confirm(said);
    });
    source.addEventListener("error", () => {
      // Refused, say because too many are open: each embed asks by itself, and the stream is tried later.
      if (source.readyState === EventSource.CLOSED) this.timer = setTimeout(() => this.open(), 60_000);
    });
  }
}

/* What is shown of something, and believed for as long as it says. Whoever extends it says how it looks. */
class Live extends HTMLElement {
  static observedAttributes = ["src", "lang", "target"];
  #root = this.attachShadow({ mode: "open" });
  card = h("article", { hidden: true });
  #slot = h("slot");
  #note = h("p", { className: "said", hidden: true });
  #status = h("span");
  when = h("p", { className: "when" });
  #value = null;
  #built = false;
  #until = 0;
  #ticks = 0;
  #ahead = 0;
  #failures = 0;
  #old = false;

  constructor() {
    super();
    this.#root.adoptedStyleSheets = [sheet];
    this.#root.append(this.card, this.#slot, this.#note);
  }

  /** How it stands, as shown: a state of the public value, `old` when it was not checked for too long. */
  get state() {
    return this.#value ? (this.#old ? "old" : this.stateOf(this.#value)) : "";
  }

  connectedCallback() {
    this.near = new IntersectionObserver((seen) => {
      if (seen.some((one) => one.isIntersecting)) this.#start();
    }, { rootMargin: "300px" });
    this.near.observe(this);
    this.onsight = () => {
      this.#tick();
      this.line?.soon();
      if (!document.hidden && this.started) this.#ask();
    };
    document.addEventListener("visibilitychange", this.onsight);
    addEventListener("online", this.onsight);
  }

  disconnectedCallback() {
    this.near.disconnect();
    document.removeEventListener("visibilitychange", this.onsight);
    removeEventListener("online", this.onsight);
    this.#stop();
  }

  attributeChangedCallback(name, before, now) {
    if (before === now || !this.started) return;
    if (name !== "src") return this.#show();
    this.#stop();
    this.#value = null;
    this.#start();
  }

  #start() {
    if (this.started) return;
    this.started = true;
    this.clock = setInterval(() => this.#tick(), 1000);
    this.#ask();
  }

  #stop() {
    this.started = false;
    clearInterval(this.clock);
    clearTimeout(this.again);
    this.line?.remove(this.named, this);
    this.line = null;
  }

  async #ask() {
    clearTimeout(this.again);
    const asked = Date.now();
    const source = this.getAttribute("src");
    try {
      const url = this.addressOf(new URL(source, this.baseURI).href);
      const answer = await fetch(url, { cache: "no-store", credentials: "omit", referrerPolicy: "no-referrer", signal: AbortSignal.timeout(15_000) });
      if (!this.started || source !== this.getAttribute("src")) return;
      if (answer.status === 404) return this.take(null);
      if (!answer.ok) throw new Error(answer.status);
      const value = await answer.json();
      this.#ahead = Date.parse(value.checkedAt) - asked;
      this.#failures = 0;
      this.take(value);
      if (!this.line) {
        [this.line, this.named] = Line.of(value.links.events);
        this.line.add(this.named, this);
      }
    } catch {
      this.#failures += 1;
      if (!this.#value) this.#say("never");
      this.#later(Math.min(2 ** this.#failures, 30) * 1000);
    }
  }

  #later(wait) {
    clearTimeout(this.again);
    this.again = setTimeout(() => (document.hidden ? 0 : this.#ask()), wait);
  }

  /** A new value; null: there is none any more. */
  take(value) {
    const before = this.#value?.revision;
    this.#value = value;
    if (!value) {
      this.card.hidden = true;
      this.#say("gone");
      this.#later(60_000);
    } else {
      this.#believe(value);
      if (before !== value.revision) this.#show();
    }
    if (before !== value?.revision) this.dispatchEvent(new CustomEvent(`${this.localName}-change`, { bubbles: true, composed: true, detail: { state: this.state } }));
  }

  /** What is shown was looked at again. */
  confirm(said) {
    if (!this.#value) return;
    if (said.revision !== this.#value.revision) return void this.#ask();
    this.#believe(said);
  }

  #believe({ checkedAt, freshUntil }) {
    const lasts = Date.parse(freshUntil) - this.#ahead - Date.now(); // by the clock of this machine
    this.checked = checkedAt;
    this.#until = Date.now() + lasts;
    this.#ticks = performance.now() + lasts; // which nobody sets back
    this.#later(Math.max(lasts / 2, 1000));
    this.#tick(true);
  }

  #tick(anew) {
    if (!this.#value) return;
    const old = Date.now() >= this.#until || performance.now() >= this.#ticks;
    if (old !== this.#old) {
      this.#old = old;
      this.#show();
    } else if (anew) this.#stamp();
  }

  text(name, fields) {
    const code = (this.closest("[lang]")?.lang || navigator.language || "en").slice(0, 2).toLowerCase();
    this.code = code in TEXTS ? code : "en";
    this.region = navigator.languages?.find((one) => one.startsWith(this.code)) ?? this.code;
    return TEXTS[this.code][name].replace(/\{(\w+)\}/g, (_, key) => fields?.[key] ?? "");
  }

  date(at, fields) {
    return new Intl.DateTimeFormat(this.region, fields).format(new Date(at));
  }

  #say(name) {
    this.#slot.hidden = false;
    this.#note.hidden = false;
    this.#note.textContent = this.text(name === "gone" ? this.gone : name);
  }

  #stamp() {
    const today = new Date(this.checked).toDateString() === new Date().toDateString();
    const time = this.date(this.checked, { timeStyle: "short", ...(today ? {} : { dateStyle: "medium" }) });
    this.when.textContent = this.text(this.#old ? "old" : "checked", { time });
  }

  #show() {
    if (!this.#value) return;
    this.#stamp();
    const focused = this.#root.activeElement?.href;
    if (!this.#built) {
      this.#status.setAttribute("role", "status"); // so that a change is read out, and nothing else is
      this.#built = true;
    }
    this.render(this.#value, this.#old);
    this.card.lang = this.code;
    if (focused) [...this.card.querySelectorAll("a")].find((one) => one.href === focused)?.focus();
    this.card.hidden = false;
    this.#slot.hidden = this.#note.hidden = true;
  }

  /** The line that says how it stands: a word, and what there is to add. */
  status(tone, word, more, spoken = this.#status) {
    const parts = [pill(tone, word), " "];
    if (more.length) parts.push(h("span", { className: "more" }, ...more.map((one) => h("span", { textContent: `${one} ` }))));
    spoken.replaceChildren(...parts);
    return h("p", { className: "state" }, spoken);
  }

  link(url, textContent) {
    if (!safe(url)) return h("span", { textContent });
    const link = h("a", { href: url, textContent, rel: "noopener" });
    link.target = this.getAttribute("target") ?? "";
    return link;
  }

  picture(src, alt, size) {
    if (!safe(src)) return [];
    const image = h("img", { src, alt, width: size, height: size, loading: "lazy", referrerPolicy: "no-referrer" });
    image.addEventListener("error", () => image.remove());
    return [image];
  }
}

const pill = (tone, word) => h("span", { className: `pill ${tone}` }, sign(tone), word);

class VerifiedBadge extends Live {
  gone = "gone";

  addressOf(url) {
    return url.replace(/^([^?#]*?)(?<!\/embed)\/badges\/([^/.?#]+)(?:\.html)?$/, "$1/embed/badges/$2.json");
  }

  stateOf(value) {
    return value.state;
  }

  render(value, old) {
    const text = (name, fields) => this.text(name, fields);
    const name = value.name ?? text("unnamed");
    const doubted = old && value.state === "valid";
    const state = value.state in TONES ? value.state : "unknown";
    const tone = doubted ? "unsure" : (TONES[state] ?? "unsure");
    const day = value.since ?? value.validUntil;
    const dated = { day: day && this.date(day, { dateStyle: "long" }) };
    const sentence = doubted || (!day && /^(valid|suspended|revoked)$/.test(state)) ? "" : text(`s_${state}`, dated);
    const by = h("p", { className: "by" });
    if (value.issuer) {
      const proof = value.issuer.domain ? text("domain", value.issuer) : text("key");
      by.append(h("bdi", { textContent: value.issuer.name }), " ", h("span", { textContent: proof }));
    }
    const more = [sentence, value.reason ? text("reason", value) : ""].filter(Boolean);
    const status = this.status(tone, doubted ? text("unknown") : text(state), more);
    this.card.className = `badge ${tone}`;
    this.card.setAttribute("aria-label", text("label", { name }));
    this.card.replaceChildren(
      ...this.picture(value.picture?.url, value.picture?.alt, 76),
      h("div", { className: "text" }, h("p", { className: "name" }, this.link(value.links.page, name)), by, status, this.when),
    );
  }
}

class BadgePortfolio extends Live {
  gone = "p_gone";

  addressOf(url) {
    return url.replace(/^([^?#]*)\/p\/([^/.?#]+)$/, "$1/embed/portfolios/$2.json");
  }

  /** `good` only where all of it is valid; doubt about anything comes before everything else. */
  stateOf({ items }) {
    const states = new Set(items.map((one) => one.state));
    const tones = new Set([...states].map((state) => TONES[state] ?? "unsure"));
    if (!states.size || tones.has("unsure")) return "unsure";
    if (!states.has("valid")) return ["stop", "pause", "past"].find((tone) => tones.has(tone));
    return states.size === 1 ? "good" : "note";
  }

  counted(items, kind) {
    const found = {};
    for (const { state } of items) found[state] = (found[state] ?? 0) + 1;
    const { valid = 0, ...others } = found;
    const said = [this.text(`${kind}_${valid === 1 ? 1 : "n"}`, { n: valid })];
    for (const state of Object.keys(TEXTS.en)) {
      if (state.startsWith("n_") && others[state.slice(2)]) said.push(this.text(state, { n: others[state.slice(2)] }));
    }
    return said.join("; ");
  }

  render(value, old) {
    const { items, groups } = value;
    const voices = items.filter((one) => one.kind === "endorsement");
    const badges = items.filter((one) => one.kind !== "endorsement");
    const doubted = old && items.some((one) => one.state === "valid");
    const tone = doubted ? "unsure" : this.stateOf(value);
    const lines = doubted ? [] : [badges.length || !voices.length ? this.counted(badges, "badge") : "", voices.length ? this.counted(voices, "endorsement") : ""].filter(Boolean);
    const known = new Map(items.map((one) => [one.key, one]));
    const hanging = (key) => voices.filter((one) => one.about === key);
    const list = (keys) => h("ul", {}, ...keys.map((one) => this.item(one, doubted, hanging(one.key))));
    this.card.className = `whole ${tone}`;
    this.card.setAttribute("aria-label", this.text("p_label", { name: value.headline }));
    this.card.replaceChildren(
      h("p", { className: "name" }, this.link(value.links.page, value.headline)),
      h("p", { className: "by" }, h("bdi", { textContent: value.person })),
      this.status(tone, doubted ? this.text("unknown") : lines[0], lines.slice(1)),
      this.when,
      ...(value.points.length ? [h("ul", { className: "points" }, ...value.points.map((textContent) => h("li", { textContent })))] : []),
      ...groups.flatMap(({ title, items: keys }) => {
        const there = keys.map((key) => known.get(key)).filter(Boolean);
        return [...(title ? [h("p", { className: "group", textContent: title })] : []), ...(there.length ? [list(there)] : [])];
      }),
    );
  }

  item(one, doubted, voices) {
    const old = doubted && one.state === "valid";
    const tone = old ? "unsure" : (TONES[one.state] ?? "unsure");
    const name = (one.kind === "endorsement" ? one.line : one.name) || this.text(one.kind in TEXTS.en ? one.kind : "unnamed");
    const proof = one.signedBy ? this.text(one.signedBy) : !one.issuer ? "" : one.domain ? this.text("domain", one) : this.text("key");
    const stands = Object.hasOwn(TEXTS.en, one.relationship ?? "") ? this.text(one.relationship) : one.relationship;
    const by = h("p", { className: "by" }, h("bdi", { textContent: [one.issuer, stands, one.team].filter(Boolean).join(", ") }));
    if (proof) by.append(" ", h("span", { textContent: proof }));
    const more = [];
    const day = one.since && this.date(one.since, { dateStyle: "long" });
    if (one.state !== "valid" && day) more.push(this.text("since", { day }));
    if (one.reason) more.push(this.text("reason", one));
    const word = this.text(old || !(one.state in TONES) ? "unknown" : one.state);
    const text = h("div", {}, h("p", { className: "name" }, this.link(one.page, name)), by, this.status(tone, word, more, h("span")));
    const made = h("li", { className: tone }, h("div", { className: "item" }, ...this.picture(one.picture, one.alt, 40), text));
    if (voices.length) made.append(h("ul", {}, ...voices.map((voice) => this.item(voice, doubted, []))));
    return made;
  }
}

for (const [name, element] of Object.entries({ "verified-badge": VerifiedBadge, "badge-portfolio": BadgePortfolio })) {
  if (!customElements.get(name)) customElements.define(name, element);
}
