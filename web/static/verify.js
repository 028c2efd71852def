// Makes the form of /verify quicker: drop a file anywhere on it, and the answer comes without leaving the page.
// The answer is the same page the server gives without this script; its result is lifted out of it.
const form = document.querySelector("#verify");
const drop = document.querySelector("#drop");
const file = document.querySelector("#file");
const pasted = document.querySelector("#pasted");
const result = document.querySelector("#result");
const said = document.querySelector("#said");
const button = form.querySelector("button[type=submit]");

function hasFiles(event) {
  return [...(event.dataTransfer?.types ?? [])].includes("Files");
}

function fail(text) {
  const failure = document.querySelector("#failure").content.cloneNode(true);
  if (text) failure.querySelector(".verdict-sentence").textContent = text;
  result.replaceChildren(failure);
}

async function verify() {
  const words = button.textContent;
  button.setAttribute("aria-disabled", "true");
  button.textContent = said.textContent = form.dataset.busy;
  try {
    const answer = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { accept: "text/html" } });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const came = page.querySelector("#result");
    if (came) result.replaceChildren(...came.childNodes);
    else fail(page.querySelector(".lead")?.textContent);
  } catch {
    fail(form.dataset.unreachable);
  }
  button.removeAttribute("aria-disabled");
  button.textContent = words;
  const [title, sentence] = [".verdict-title", ".verdict-sentence"].map((name) => result.querySelector(name).textContent);
  said.textContent = `${title}. ${sentence}`;
  result.scrollIntoView({ block: "start" });
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (button.getAttribute("aria-disabled") !== "true") verify();
});

file.addEventListener("change", () => {
  if (file.files.length) form.requestSubmit();
});
pasted.addEventListener("input", () => (file.value = ""));

form.querySelector(".drop-hint").hidden = false;
for (const name of ["dragenter", "dragover"]) {
  document.addEventListener(name, (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    drop.classList.add("over");
  });
}
document.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) drop.classList.remove("over");
});
document.addEventListener("drop", (event) => {
  if (!hasFiles(event)) return;
  event.preventDefault();
  drop.classList.remove("over");
  file.files = event.dataTransfer.files;
  form.requestSubmit();
});
