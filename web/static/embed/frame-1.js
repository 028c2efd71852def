// Tells the page around this frame how high it is. Nothing is listened to, and nothing else is told.
const tell = () => {
  const height = Math.ceil(document.body.getBoundingClientRect().height);
  parent.postMessage({ type: "verified-badge:height", height }, "*");
};
new ResizeObserver(tell).observe(document.body);
