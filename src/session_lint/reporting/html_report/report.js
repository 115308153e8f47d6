"use strict";
// The page can be read without this script; it filters, searches, and opens what a link points at.
(function () {
  const form = document.getElementById("filters");
  const findings = Array.from(document.querySelectorAll("article.finding"));
  const texts = new Map();

  function text(finding) {
    if (!texts.has(finding)) texts.set(finding, finding.textContent.toLowerCase());
    return texts.get(finding);
  }

  function chosen() {
    const data = new FormData(form);
    return {
      rules: new Set(data.getAll("rule")),
      confidence: data.get("confidence"),
      file: data.get("file"),
      repairable: data.has("repairable"),
      words: String(data.get("search")).toLowerCase().split(/\s+/).filter(Boolean),
    };
  }

  // A rule's own count is what would be shown if its box were ticked: the other choices apply, the box does not.
  function update() {
    const wanted = chosen();
    const counts = new Map();
    let shown = 0;
    for (const finding of findings) {
      const data = finding.dataset;
      const fits =
        (!wanted.confidence || wanted.confidence === data.confidence) &&
        (!wanted.file || wanted.file === data.file) &&
        (!wanted.repairable || data.repairable === "yes") &&
        wanted.words.every((word) => text(finding).includes(word));
      if (fits) counts.set(data.rule, (counts.get(data.rule) || 0) + 1);
      finding.hidden = !(fits && wanted.rules.has(data.rule));
      if (!finding.hidden) shown += 1;
    }
    for (const count of form.querySelectorAll("[data-count]")) count.textContent = String(counts.get(count.dataset.count) || 0);
    document.getElementById("shown").textContent = shown + " of " + findings.length + " shown";
    document.getElementById("nothing").hidden = shown > 0;
  }

  function reveal() {
    let target = null;
    try {
      target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    } catch (error) {
      return; // a hash that is no text
    }
    if (!target || !target.matches("article")) return;
    if (target.hidden) form.reset();
    const details = target.querySelector("details");
    details.open = true;
    details.querySelector("summary").focus({ preventScroll: true });
    target.scrollIntoView();
  }

  function fold(open) {
    for (const finding of findings) if (!finding.hidden) finding.querySelector("details").open = open;
  }

  if (form) {
    let waiting = 0;
    form.hidden = false;
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("change", update);
    form.addEventListener("reset", () => setTimeout(update));
    form.elements.search.addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(update, 60);
    });
    document.getElementById("fold").addEventListener("click", () => fold(false));
    document.getElementById("unfold").addEventListener("click", () => fold(true));
    document.addEventListener("keydown", (event) => {
      const search = form.elements.search;
      const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName) && event.target.type !== "checkbox";
      if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
        event.preventDefault();
        search.focus();
      } else if (event.key === "Escape" && event.target === search) {
        search.value = "";
        update();
      }
    });
    update();
  }

  // On paper everything is unfolded, and afterwards as it was.
  let folded = [];
  window.addEventListener("beforeprint", () => {
    folded = findings.map((finding) => finding.querySelector("details")).filter((details) => !details.open);
    for (const details of folded) details.open = true;
  });
  window.addEventListener("afterprint", () => {
    for (const details of folded) details.open = false;
  });
  window.addEventListener("hashchange", reveal);
  document.addEventListener("click", (event) => {
    const link = event.target.closest && event.target.closest('a[href^="#"]');
    if (link && link.getAttribute("href") === location.hash) reveal(); // the hash does not change, so nothing else would tell
  });
  reveal();
  window.addEventListener("load", () => setTimeout(reveal)); // by then the browser has moved the focus for the hash itself
})();
