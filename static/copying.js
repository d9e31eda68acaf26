// Copies a text of the page; where the clipboard is out of reach, marks it for Ctrl and C.
"use strict";
(() => {
  const announcement = document.getElementById("announcement");
  const announce = (words) => { if (announcement) announcement.textContent = words; };
  const mark = (source) => {
    if (source.select) source.select(); else getSelection().selectAllChildren(source);
  };

  for (const button of document.querySelectorAll("button[data-copies]")) {
    const label = [...button.childNodes];
    button.hidden = false;
    button.addEventListener("click", async () => {
      const source = document.getElementById(button.dataset.copies);
      try {
        await navigator.clipboard.writeText((source.value ?? source.textContent).trim());
        announce(button.dataset.copied);
        button.textContent = button.dataset.copied;
        setTimeout(() => { button.replaceChildren(...label); announce(""); }, 2500);
      } catch {
        mark(source);
        announce(button.dataset.notCopied);
      }
    });
  }
})();
