// What somebody has typed waits in this browser while they confirm that it is them (endorse.js keeps it). It is
// nobody else's to read: after an hour it goes, from whatever page is looked at, and all of it when they sign out.

const KEPT_FOR = 3_600_000;

function forget(isOver) {
  for (const key of Object.keys(localStorage)) {
    if (key.startsWith("writing ") && isOver(localStorage.getItem(key))) localStorage.removeItem(key);
  }
}

function isOld(text) {
  try {
    const age = Date.now() - JSON.parse(text).at;
    return !(age >= 0 && age <= KEPT_FOR);
  } catch {
    return true; // nobody can read it any more
  }
}

try {
  forget(isOld);
  for (const form of document.querySelectorAll("form[action='/sign-out']")) {
    form.addEventListener("submit", () => forget(() => true));
  }
} catch {
  // a browser that keeps nothing has nothing to forget
}
