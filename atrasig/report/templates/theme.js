(() => {
  const root = document.documentElement;
  const themes = ["auto", "light", "dark"];
  const key = "atrasig-theme";
  let theme = "auto";
  try {
    const kept = localStorage.getItem(key);
    if (themes.includes(kept)) theme = kept;
  } catch {}
  const show = () => {
    if (theme === "auto") delete root.dataset.theme;
    else root.dataset.theme = theme;
  };
  show();
  addEventListener("DOMContentLoaded", () => {
    const button = document.createElement("button");
    button.id = "theme";
    button.type = "button";
    const say = () => { button.textContent = `Theme: ${theme}`; };
    button.addEventListener("click", () => {
      theme = themes[(themes.indexOf(theme) + 1) % themes.length];
      try { localStorage.setItem(key, theme); } catch {}
      show();
      say();
    });
    say();
    (document.querySelector("header") || document.body).prepend(button);
  });
})();
