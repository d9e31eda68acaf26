// Searches of the backoffice.
(() => {
  // A whole API key that is pasted into a search becomes its SHA-256 before it leaves the browser:
  // searches travel in addresses, and the key is found by its hash as well.
  const KEY = /^\s*(gk[a-z][0-9A-Za-z]{46})\s*$/;

  async function hashed(key) {
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(key));
    return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  // Enter means the first of what Ctrl+K found, until an arrow has chosen another.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.target.id !== "search-input-command") return;
    if (document.querySelector("#command-results-list li.active, #command-history li.active")) return;
    if (document.querySelector("#command-results-list a")) {
      event.target.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowDown", bubbles: true }));
    } else {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
  }, true);

  document.addEventListener("input", async (event) => {
    const field = event.target;
    if (!field.matches?.("#searchbar, #search-input-command")) return;
    const key = KEY.exec(field.value)?.[1];
    if (!key) return;
    event.stopPropagation();
    field.value = "";
    if (!globalThis.crypto?.subtle) return;
    field.value = await hashed(key);
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.dispatchEvent(new KeyboardEvent("keyup", { bubbles: true }));
  }, true);
})();
