// Looks again in a while at something that is still going on, unless its reader is busy with the page.
setTimeout(() => {
  if (!document.hidden && !getSelection().toString()) {
    location.reload();
  }
}, 2000);
