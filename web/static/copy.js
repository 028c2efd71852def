// Shows the buttons that copy something, where the browser can.
if (navigator.clipboard) {
  for (const button of document.querySelectorAll("[data-copy]")) {
    const said = button.querySelector("span");
    const usual = said.textContent;
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(button.dataset.copy);
      said.textContent = button.dataset.done;
      setTimeout(() => (said.textContent = usual), 2500);
    });
  }
}
