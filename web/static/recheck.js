// Lets the reader's own browser check credentials again: an element with data-credential, the address of one, gets
// the answer; a button data-recheck in it has it checked, the button data-recheck-all all of them. Words and
// drawings are in the template #recheck-words. The buttons stay hidden where the browser cannot do it. What does the
// checking is fetched when somebody asks for it.

const words = document.querySelector("#recheck-words")?.content;
const said = document.querySelector("#recheck-said");
const everything = document.querySelector("[data-recheck-all]");
const places = [...document.querySelectorAll("[data-credential]")];

const part = (name) => words.querySelector(`[data-part="${name}"]`)?.cloneNode(true);

function sentence(code, about = {}) {
  const found = words.querySelector(`[data-says="${code}"]`)?.textContent ?? code;
  return found.replace(/\{(\w+)\}/g, (whole, name) => about[name] ?? whole);
}

function line({ level, code, about }) {
  const item = part(level);
  item.querySelector(".check-said").textContent = sentence(code, about);
  return item;
}

function paragraph(text) {
  const element = document.createElement("p");
  element.textContent = text;
  return element;
}

function roomIn(place) {
  const room = place.querySelector(".recheck-answer") ?? document.createElement("div");
  room.className = "recheck-answer";
  if (!room.parentNode) place.append(room);
  return room;
}

function show(place, { outcome, checks, signed }) {
  const answer = part(outcome);
  if (signed) answer.append(paragraph(sentence(signed.by ? "signed_by" : "signed", signed)));
  const details = part("checks");
  details.open = place.hasAttribute("data-open");
  const why = checks.find(({ level }) => level === { invalid: "error", unsure: "unknown" }[outcome]);
  if (why && !details.open) answer.append(paragraph(sentence(why.code, why.about)));
  details.querySelector(".checks").append(...checks.map(line));
  answer.append(details);
  roomIn(place).replaceChildren(answer);
}

async function check(place, brought) {
  const found = await foundOf(place.dataset.credential, brought);
  show(place, found);
  return found.outcome;
}

async function foundOf(url, brought) {
  try {
    const { recheck } = await import("./recheck/verdict.js");
    return await recheck(url, { brought });
  } catch {
    const about = { at: location.host };
    return { outcome: "unsure", checks: [{ level: "unknown", code: "unreachable", about }], signed: null };
  }
}

// One check at a time for a button; `act` gives what to say when it is done.
function onClick(button, act) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    if (button.getAttribute("aria-disabled") === "true") return;
    button.setAttribute("aria-disabled", "true");
    said.textContent = sentence("busy");
    said.textContent = await act();
    button.removeAttribute("aria-disabled");
  });
}

async function one(place) {
  const outcome = await check(place, new Map());
  return place.querySelector("[data-part]").dataset.told ?? outcome;
}

async function all() {
  const brought = new Map();
  const outcomes = await Promise.all(places.map((place) => check(place, brought)));
  const count = (outcome) => outcomes.filter((one) => one === outcome).length;
  return sentence("counted", { valid: count("valid"), invalid: count("invalid"), unsure: count("unsure") });
}

if (words && globalThis.crypto?.subtle && globalThis.DecompressionStream) {
  for (const place of places) {
    const button = place.querySelector("button[data-recheck]");
    if (button) onClick(button, () => one(place));
  }
  if (everything) onClick(everything, all);
}
