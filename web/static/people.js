// Suggests people while somebody types into a field with `data-people`: a combobox with a list (WAI-ARIA 1.2).
// What is chosen goes into the field itself or, with `data-into`, as one more line into another.
const WAIT = 200;

function combobox(input) {
  const list = document.createElement("ul");
  const said = document.createElement("p");
  const into = input.dataset.into && document.getElementById(input.dataset.into);
  let waiting, asked = "", at = -1;

  list.id = `${input.id}-list`;
  list.className = "suggested";
  list.hidden = true;
  list.setAttribute("role", "listbox");
  list.setAttribute("aria-label", input.dataset.label);
  said.className = "unseen";
  said.setAttribute("role", "status");
  input.setAttribute("role", "combobox");
  input.setAttribute("aria-autocomplete", "list");
  input.setAttribute("aria-expanded", "false");
  input.setAttribute("aria-controls", list.id);
  (input.closest(".find") ?? input).after(list, said);

  function point(to) {
    const options = [...list.children];
    at = to;
    options.forEach((option, n) => option.setAttribute("aria-selected", String(n === at)));
    if (at < 0) {
      input.removeAttribute("aria-activedescendant");
    } else {
      input.setAttribute("aria-activedescendant", options[at].id);
      options[at].scrollIntoView({ block: "nearest" });
    }
  }

  function close() {
    list.hidden = true;
    input.setAttribute("aria-expanded", "false");
    point(-1);
  }

  function choose(option) {
    clearTimeout(waiting);
    asked = "";
    if (into) {
      into.value = `${into.value.trimEnd()}\n${option.dataset.to}`.trimStart();
      input.value = "";
    } else {
      input.value = option.dataset.to;
    }
    said.textContent = option.dataset.name;
    list.replaceChildren();
    close();
  }

  function show(people) {
    list.replaceChildren(
      ...people.map(({ to, name, at: where }, n) => {
        const option = document.createElement("li");
        const words = document.createElement("bdi");
        const address = document.createElement("bdi");
        option.id = `${list.id}-${n}`;
        option.setAttribute("role", "option");
        Object.assign(option.dataset, { to, name });
        words.textContent = name;
        address.textContent = where;
        address.className = "muted";
        option.append(words, " ", address);
        return option;
      }),
    );
    point(-1);
    list.hidden = people.length === 0;
    input.setAttribute("aria-expanded", String(people.length > 0));
  }

  async function ask() {
    const typed = input.value.trim();
    if (typed === asked) return;
    asked = typed;
    if (typed.length < 2 || typed.includes("@", 1)) {
      show([]);
      said.textContent = "";
      return;
    }
    const query = new URLSearchParams(location.search);
    query.set("q", typed);
    const answer = await fetch(`${input.dataset.people}?${query}`, { headers: { accept: "application/json" } });
    if (!answer.ok || asked !== typed) return; // what was typed since is asked by itself
    const { people, words } = await answer.json();
    if (asked !== typed) return;
    show(people);
    said.textContent = words;
  }

  input.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(ask, WAIT);
  });
  input.addEventListener("keydown", (event) => {
    const count = list.children.length;
    const open = !list.hidden;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (count === 0) return;
      event.preventDefault();
      list.hidden = false;
      input.setAttribute("aria-expanded", "true");
      const down = event.key === "ArrowDown";
      point(down ? (at + 1) % count : at <= 0 ? count - 1 : at - 1);
    } else if (event.key === "Enter" && open && at >= 0) {
      event.preventDefault();
      choose(list.children[at]);
    } else if (event.key === "Escape" && open) {
      event.preventDefault();
      close();
    }
  });
  input.addEventListener("blur", close);
  list.addEventListener("pointerdown", (event) => event.preventDefault()); // the field keeps the focus
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) choose(option);
  });
}

for (const input of document.querySelectorAll("[data-people]")) combobox(input);
