{
  const tip = document.createElement("div");
  tip.id = "tip";
  tip.setAttribute("role", "status");
  tip.hidden = true;
  document.body.append(tip);

  const show = (words, x, y) => {
    tip.textContent = words;
    tip.hidden = false;
    const space = document.documentElement.clientWidth - tip.offsetWidth - 4;
    tip.style.left = `${Math.max(4, Math.min(x + 12, space))}px`;
    tip.style.top = `${Math.max(4, y - tip.offsetHeight - 12)}px`;
  };
  const hide = () => { tip.hidden = true; };
  addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });
  addEventListener("scroll", hide, { passive: true });

  const placesOf = (strip) => {
    const path = strip.querySelector("[data-say]");
    const words = path.dataset.say.split("\n").map((word) => path.dataset.before + word);
    strip.querySelector("title").remove();
    const starts = path.getAttribute("d").matchAll(/M([\d.]+)/g);
    return Array.from(starts, (found, i) => ({ strip, x: Number(found[1]) / 1000, words: words[i] }));
  };
  const nearest = (places, x) =>
    places.reduce((best, place) => (Math.abs(place.x - x) < Math.abs(best.x - x) ? place : best));

  document.querySelectorAll("svg.figure").forEach((figure) => {
    const strips = Array.from(figure.querySelectorAll("svg.strip")).map(placesOf).filter((p) => p.length);
    if (!strips.length) return;
    const all = strips.flat();
    let at = 0;
    const step = (by) => {
      at = Math.min(all.length - 1, Math.max(0, at + by));
      const box = all[at].strip.getBoundingClientRect();
      show(all[at].words, box.left + all[at].x * box.width, box.top);
    };
    figure.tabIndex = 0;
    figure.addEventListener("focus", () => { if (figure.matches(":focus-visible")) step(0); });
    figure.addEventListener("blur", hide);
    figure.addEventListener("keydown", (event) => {
      const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!by) return;
      event.preventDefault();
      step(by);
    });
    strips.forEach((places) => {
      const strip = places[0].strip;
      strip.addEventListener("pointermove", (event) => {
        const box = strip.getBoundingClientRect();
        const found = nearest(places, (event.clientX - box.left) / box.width);
        show(found.words, box.left + found.x * box.width, box.top);
      });
      strip.addEventListener("pointerleave", hide);
    });
  });
}
