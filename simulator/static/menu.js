// A pop-up menu inside a phone's screen, for mouse, finger and keyboard.

import { make } from "./message.js";

const MARGIN_PX = 8;

/** Open a menu beside `button`. `items` and `choices` (a row of short ones) have `text` and `act`. */
export function openMenu(screen, button, { label, items, choices = [], choicesLabel = "" }) {
  screen.querySelector(".popup")?.remove();
  const menu = make("div", "popup");
  Object.assign(menu, { role: "menu", ariaLabel: label });
  const close = () => {
    menu.remove();
    document.removeEventListener("pointerdown", outside, true);
    button.ariaExpanded = "false";
  };
  const outside = event => { if (!menu.contains(event.target)) close(); };
  const entry = ({ text, hint, danger, chosen, act }, className) => {
    const element = make("button", className, make("span", "", text), ...(hint ? [make("small", "", hint)] : []));
    Object.assign(element, { type: "button", role: "menuitem" });
    element.classList.toggle("danger", Boolean(danger));
    element.classList.toggle("chosen", Boolean(chosen));
    element.addEventListener("click", () => { close(); button.focus(); act(); });
    return element;
  };
  if (choices.length) {
    const row = make("div", "popup-choices", ...choices.map(choice => entry(choice, "popup-choice")));
    Object.assign(row, { role: "group", ariaLabel: choicesLabel });
    menu.append(row);
  }
  menu.append(...items.map(item => entry(item, "popup-item")));
  menu.addEventListener("keydown", event => move(menu, event, () => { close(); button.focus(); }));
  screen.append(menu);
  place(menu, screen, button);
  button.ariaExpanded = "true";
  document.addEventListener("pointerdown", outside, true);
  menu.querySelector("button").focus({ preventScroll: true, focusVisible: false });
}

function move(menu, event, leave) {
  const entries = [...menu.querySelectorAll("button")];
  const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
  if (step) {
    event.preventDefault();
    const next = entries.indexOf(document.activeElement) + step;
    entries[(next + entries.length) % entries.length].focus();
  } else if (event.key === "Escape" || event.key === "Tab") {
    event.preventDefault();
    event.stopPropagation();
    leave();
  }
}

function place(menu, screen, button) {
  const frame = screen.getBoundingClientRect();
  const beside = button.getBoundingClientRect();
  const limit = (value, most) => Math.max(MARGIN_PX, Math.min(value, most - MARGIN_PX));
  const left = beside.right - frame.left - menu.offsetWidth;
  const top = beside.bottom - frame.top + 4;
  menu.style.left = `${limit(left, frame.width - menu.offsetWidth)}px`;
  menu.style.top = `${limit(top, frame.height - menu.offsetHeight)}px`;
}
