// For a page that has our frames: gives each the height it asks for, and a link in its place where the page's
// own policy forbids it. Only what comes out of one of our frames is believed, and only a number.
const ours = new URL(import.meta.url).origin;
const frames = () =>
  [...document.querySelectorAll("iframe")].filter((frame) => new URL(frame.src, location.href).origin === ours);

addEventListener("message", ({ data, origin, source }) => {
  if (data?.type !== "verified-badge:height" || !Number.isFinite(data.height)) return;
  const frame = frames().find((one) => one.contentWindow === source);
  if (!frame) return;
  const hidden = frame.sandbox.length > 0 && !frame.sandbox.contains("allow-same-origin");
  if (origin !== (hidden ? "null" : ours)) return;
  frame.height = String(Math.min(Math.max(Math.round(data.height), 40), 2000));
});

const replace = (blocked, directive) => {
  if (!/^(frame|child|default)-src$/.test(directive) || !blocked?.startsWith(ours)) return;
  for (const frame of frames()) {
    const link = document.createElement("a");
    const place = new URL(frame.src).href.replace(/[?#].*/, "");
    link.href = place.replace("/embed/portfolios/", "/p/").replace(/\/embed(\/badges\/[^/]+)$/, "$1.html");
    link.textContent = frame.title || link.href;
    frame.replaceWith(link);
  }
};
addEventListener("securitypolicyviolation", (event) => replace(event.blockedURI, event.effectiveDirective));
if ("ReportingObserver" in globalThis) {
  // Frames are refused before a script can listen; where reports are kept, they are read afterwards.
  const read = (reports) => reports.forEach(({ body }) => replace(body.blockedURL, body.effectiveDirective));
  new ReportingObserver(read, { types: ["csp-violation"], buffered: true }).observe();
}
