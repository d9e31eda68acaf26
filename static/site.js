// Small comforts. Every page works without them.
"use strict";
(() => {
  // What needs a script stays hidden until there is one.
  for (const button of document.querySelectorAll("button[hidden]")) button.hidden = false;

  // A code in the fragment never reaches a server: take it from there and clear the address bar.
  const code = document.getElementById("id_code");
  function takeCode() {
    const given = new URLSearchParams(location.hash.slice(1)).get("code");
    if (!code || !given) return;
    history.replaceState(null, "", location.pathname + location.search);
    code.value = given.slice(0, code.maxLength);
    code.dispatchEvent(new Event("input", { bubbles: true }));
  }
  // htmx listens to the field from DOMContentLoaded on, and it was loaded first.
  addEventListener("DOMContentLoaded", takeCode);
  addEventListener("hashchange", takeCode);

  // The live check: no question for a stump of a code, nor twice for the same one.
  const feedback = document.getElementById("code-feedback");
  let asked = "";
  const bare = (text) => text.replace(/[\s_-]/g, "").toUpperCase();
  function noAnswer() {
    asked = "";
    const note = document.createElement("span");
    note.className = "note hint";
    note.textContent = code.dataset.noAnswer;
    feedback.replaceChildren(note);
  }
  if (code && feedback) {
    code.addEventListener("input", () => {
      if (bare(code.value) !== asked) { feedback.replaceChildren(); asked = ""; }
    });
    code.addEventListener("htmx:configRequest", (event) => {
      const wanted = bare(code.value);
      if (wanted.length < Number(code.dataset.shortest) || wanted === asked) event.preventDefault();
      else asked = wanted;
    });
    code.addEventListener("htmx:responseError", noAnswer);
    code.addEventListener("htmx:sendError", noAnswer);
  }

  // Polling: what reads the same is left alone, so that screen readers say only what is new.
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target.id !== "progress") return;
    const words = (element) => (element ? element.textContent.replace(/\s+/g, " ").trim() : "");
    const page = new DOMParser().parseFromString(event.detail.serverResponse, "text/html");
    if (words(page.getElementById("progress")) === words(event.detail.target)) {
      event.detail.shouldSwap = false;
    }
  });

  // One click is enough. Coming back to the page makes the button usable again.
  for (const form of document.querySelectorAll("form[data-send-once]")) {
    const button = form.querySelector("button[type=submit]");
    const label = button.textContent;
    const ready = () => { button.disabled = false; button.textContent = label; };
    form.addEventListener("submit", () => {
      button.disabled = true;
      button.textContent = form.dataset.sendOnce;
      setTimeout(ready, 15000);
    });
    addEventListener("pageshow", ready);
  }

  // What may be asked for again after some seconds counts them down on its button.
  for (const button of document.querySelectorAll("button[data-waits]")) {
    const label = button.textContent;
    let left = Number(button.dataset.waits);
    const tick = () => {
      button.disabled = left > 0;
      button.textContent = left > 0 ? button.dataset.waiting.replace("%s", left) : label;
      if (left-- > 0) setTimeout(tick, 1000);
    };
    tick();
  }

  for (const button of document.querySelectorAll("button[data-saves]")) {
    button.addEventListener("click", () => {
      const link = document.createElement("a");
      const text = document.getElementById(button.dataset.saves).textContent;
      link.href = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
      link.download = button.dataset.file;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    });
  }

  for (const button of document.querySelectorAll("button[data-shows]")) {
    button.addEventListener("click", () => {
      const shown = button.getAttribute("aria-pressed") !== "true";
      button.setAttribute("aria-pressed", String(shown));
      for (const id of button.dataset.shows.split(" ")) {
        document.getElementById(id).type = shown ? "text" : "password";
      }
    });
  }
})();
