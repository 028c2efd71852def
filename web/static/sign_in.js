// A link to sign in, or to verify an address, carries its secret behind the #. It is read here and wiped from the
// address bar at once, but spent only when somebody presses the button: whatever opens links by itself spends
// nothing.
const code = document.querySelector("#code");

function take() {
  if (!document.querySelector("#paste")) return; // the link was handed in already
  const secret = location.hash.slice(1);
  if (!/^[\w-]{20,}$/.test(secret)) return; // some other place on the page
  history.replaceState(null, "", location.pathname);
  code.value = secret;
  document.querySelector("#paste").hidden = true;
  for (const other of document.querySelectorAll("#ask, #company, #passkey")) other.hidden = true;
  code.form.querySelector("button").classList.add("primary");
  document.querySelector(".sign-in-problem")?.remove();
  const ready = document.querySelector("#ready");
  ready.hidden = false;
  ready.focus();
}

take();
addEventListener("hashchange", take); // a link pasted over the address of this page
