// Moves the bar of a batch that runs. When it runs no more, or events cannot be had, the page is asked for anew.
const box = document.querySelector("[data-events]");
const bar = box.querySelector("progress");
const words = box.querySelector(".progress > span");
const source = new EventSource(box.dataset.events + location.search);

source.addEventListener("message", (event) => {
  const said = JSON.parse(event.data);
  if (said.state !== "running") {
    source.close();
    location.reload();
    return;
  }
  bar.max = said.all;
  bar.value = said.done;
  words.textContent = said.words;
});

source.addEventListener("error", () => {
  if (source.readyState === EventSource.CLOSED) {
    setTimeout(() => location.reload(), 3000);
  }
});
