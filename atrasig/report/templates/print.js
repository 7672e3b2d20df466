addEventListener("beforeprint", () => {
  document.querySelectorAll("details:not(.bulk)").forEach((part) => { part.open = true; });
});
