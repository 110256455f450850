// Keys, copying, and moving through rows. Every page works without this file.
//
// data-key="a"      pressing a does what clicking this would; data-key-label says what that is
// data-go="r"       pressing g, then r, goes there
// data-row          rows that j and k move through; Enter opens the first link in one
// data-copy="ID"    copies the text of the element with this id
// data-steps="CSS"  what data-next and data-back, two keys, go through within this element
// data-submits      a control that sends its form when it is changed
(() => {
  "use strict";

  const root = document.documentElement;
  root.classList.add("has-script");

  const isTyping = (target) =>
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) &&
    !/^(checkbox|radio|button|submit)$/.test(target.type || "");

  const isShown = (element) => element.getClientRects().length > 0;

  const press = (element) => {
    if (/^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName) && !/^(checkbox|radio)$/.test(element.type)) {
      element.focus();
      return;
    }
    const details = element.closest("summary");
    element.focus();
    element.click();
    const opened = details && details.parentElement.open && details.parentElement.querySelector("[data-first]");
    if (opened) opened.focus();
  };

  const found = (selector) => [...document.querySelectorAll(selector)].filter(isShown);

  const moveRow = (step) => {
    const rows = found("[data-row]");
    if (!rows.length) return;
    const now = rows.findIndex((row) => row.classList.contains("is-at") || row.contains(document.activeElement));
    const next = Math.min(Math.max(now + step, 0), rows.length - 1);
    rows.forEach((row) => row.classList.remove("is-at"));
    rows[next].classList.add("is-at");
    const link = rows[next].querySelector("a, button, input");
    (link || rows[next]).focus({ preventScroll: true });
    rows[next].scrollIntoView({ block: "nearest" });
  };

  // Where one is: at the element with the focus, else at the first that is not above the window.
  const step = (key) => {
    const within = found("[data-steps]").find((one) => one.dataset.next === key || one.dataset.back === key);
    if (!within) return false;
    const stops = [...within.querySelectorAll(within.dataset.steps)].filter(isShown);
    const isNext = within.dataset.next === key;
    let at = stops.findIndex((one) => one.contains(document.activeElement));
    if (at < 0) {
      at = stops.findIndex((one) => one.getBoundingClientRect().top > 80);
      at = at < 0 ? stops.length : at;
      if (isNext) at -= 1;
    }
    const stop = stops[at + (isNext ? 1 : -1)];
    if (stop) {
      stop.focus({ preventScroll: true });
      stop.scrollIntoView({ block: stop.clientHeight > innerHeight / 2 ? "start" : "center" });
    }
    return true;
  };

  const showKeys = () => {
    const dialog = document.getElementById("keys");
    const list = dialog.querySelector("dl");
    list.replaceChildren();
    const add = (key, label) => {
      const term = document.createElement("dt");
      const text = document.createElement("kbd");
      text.textContent = key;
      term.append(text);
      const told = document.createElement("dd");
      told.textContent = label;
      list.append(term, told);
    };
    found("[data-key]").forEach((one) =>
      add(one.dataset.key, one.dataset.keyLabel || one.getAttribute("aria-label") || one.textContent.trim()));
    found("[data-steps]").forEach((one) =>
      add(`${one.dataset.next} ${one.dataset.back}`, `next and previous ${one.dataset.stepsLabel}`));
    if (found("[data-row]").length) add("j k", "next and previous row; Enter opens it");
    found("[data-go]").forEach((one) => add(`g ${one.dataset.go}`, one.textContent.trim()));
    add("Esc", "leave a field");
    dialog.showModal();
  };

  let goes = 0;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.key === "Escape" && isTyping(event.target)) {
      event.target.blur();
      return;
    }
    if (isTyping(event.target) || document.querySelector("dialog[open]")) return;
    if (goes && Date.now() - goes < 1500) {
      goes = 0;
      const place = found("[data-go]").find((one) => one.dataset.go === event.key);
      if (place) {
        event.preventDefault();
        place.click();
      }
      return;
    }
    const pressed = found("[data-key]").find((one) => one.dataset.key === event.key && !one.disabled);
    if (pressed) {
      event.preventDefault();
      press(pressed);
    } else if (step(event.key)) {
      event.preventDefault();
    } else if (event.key === "g") {
      goes = Date.now();
    } else if (event.key === "j" || event.key === "k") {
      moveRow(event.key === "j" ? 1 : -1);
    } else if (event.key === "?") {
      event.preventDefault();
      showKeys();
    }
  });

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const source = document.getElementById(button.dataset.copy);
    const text = source.value ?? source.textContent;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const range = document.createRange();
      range.selectNodeContents(source);
      const chosen = getSelection();
      chosen.removeAllRanges();
      chosen.addRange(range);
      document.execCommand("copy");
    }
    button.dataset.label ??= button.textContent;
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = button.dataset.label; }, 1500);
  });

  document.addEventListener("change", (event) => {
    const control = event.target.closest("[data-submits]");
    if (control && control.form) control.form.requestSubmit();
  });

  // A changed htmx request must carry what forms carry.
  document.addEventListener("htmx:configRequest", (event) => {
    const token = document.querySelector("input[name=csrf]");
    if (token) event.detail.headers["X-CSRF-Token"] = token.value;
  });
})();
