// Shows how the picture would look while it is being designed; without it, saving does.
const form = document.querySelector("[data-look]");
const look = document.querySelector("#look");
const fault = document.querySelector("#look-fault");
let waiting;

function show() {
  const fields = new URLSearchParams(new FormData(form));
  fields.delete("revision");
  look.src = `${form.dataset.look}?${fields}`;
}

look.addEventListener("load", () => {
  fault.textContent = "";
});
look.addEventListener("error", async () => {
  const answer = await fetch(look.src, { headers: { accept: "application/json" } });
  if (!answer.ok) fault.textContent = (await answer.json()).detail;
});
form.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(show, 200);
});
