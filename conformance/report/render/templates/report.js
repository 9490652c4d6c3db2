"use strict";
(() => {
  const form = document.getElementById("filter");
  const rows = [...document.querySelectorAll(".row")];
  const areas = [...document.querySelectorAll(".area")];
  const message = document.getElementById("message");
  const texts = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));

  function filter() {
    const wanted = Object.fromEntries(new FormData(form));
    const words = wanted.text.toLowerCase().split(/\s+/).filter(Boolean);
    for (const row of rows) {
      const matches = ["area", "level", "verdict"].every((key) => !wanted[key] || row.dataset[key] === wanted[key]);
      row.hidden = !(matches && words.every((word) => texts.get(row).includes(word)));
    }
    for (const area of areas) area.hidden = !area.querySelector(".row:not([hidden])");
    const count = rows.filter((row) => !row.hidden).length;
    document.getElementById("shown").textContent =
      count === rows.length ? `Requirements shown: all ${count}.` : `Requirements shown: ${count} of ${rows.length}.`;
    return new URLSearchParams(Object.entries(wanted).filter(([, value]) => value)).toString();
  }

  function saveFilter() {
    const query = filter();
    history.replaceState(null, "", query ? `#?${query}` : "#requirements");
  }

  function loadFilter() {
    const query = new URLSearchParams(location.hash.slice(2));
    for (const field of form.elements) if (field.name) field.value = query.get(field.name) ?? "";
    filter();
    form.scrollIntoView();
  }

  function followHash() {
    if (location.hash.startsWith("#?")) return loadFilter();
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    if (target.closest("[hidden]")) { form.reset(); filter(); }
    for (let e = target.closest("details"); e; e = e.parentElement.closest("details")) e.open = true;
    target.scrollIntoView();
  }

  async function copy(button) {
    const code = button.closest(".titled").nextElementSibling.querySelector("code");
    getSelection().selectAllChildren(code);
    try {
      await navigator.clipboard.writeText(code.textContent);
      message.textContent = "The command is copied to the clipboard.";
      button.textContent = "Copied";
    } catch {
      message.textContent = "The command is selected. Copy it with the keyboard.";
      button.textContent = "Selected";
    }
  }

  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details:not([open])")];
    for (const one of opened) one.open = true;
  });
  addEventListener("afterprint", () => { for (const one of opened) one.open = false; });

  form.hidden = false;
  form.addEventListener("input", saveFilter);
  document.getElementById("clear").addEventListener("click", () => { form.reset(); saveFilter(); });
  form.addEventListener("submit", (event) => event.preventDefault());
  for (const button of document.querySelectorAll(".copy")) {
    button.hidden = false;
    button.addEventListener("click", () => copy(button));
  }
  addEventListener("hashchange", followHash);
  followHash();
})();
