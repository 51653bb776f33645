// A pop-up menu inside a phone's screen or the page, for mouse, finger and keyboard.

import { make, makeButton } from "./dom.js";

const MARGIN_PX = 8;
const GRID_COLUMNS = 3;
let closeOpen = () => {};

/**
 * Open a menu beside `button`. `items` and `choices` (a row of short ones) have `text` and `act`, items also `hint`,
 * `picture` and `danger`; with `grid` the items stand in a grid.
 */
export function openMenu(frame, button, { label, title, items, choices = [], choicesLabel = "", grid = false }) {
  closeOpen();
  const menu = make("div", grid ? "popup grid" : "popup");
  Object.assign(menu, { role: "menu", ariaLabel: label });
  const close = () => {
    menu.remove();
    document.removeEventListener("pointerdown", outside, true);
    button.ariaExpanded = "false";
    closeOpen = () => {};
  };
  const leave = () => { close(); button.focus({ preventScroll: true }); };
  const outside = event => { if (!menu.contains(event.target)) close(); };
  if (title) menu.append(make("p", "popup-title", title));
  if (choices.length) {
    const row = make("div", "popup-choices", ...choices.map(choice => entry(choice, "popup-choice", leave)));
    Object.assign(row, { role: "group", ariaLabel: choicesLabel });
    menu.append(row);
  }
  menu.append(...items.map(item => entry(item, "popup-item", leave)));
  menu.addEventListener("keydown", event => move(menu, event, grid, leave));
  frame.append(menu);
  place(menu, frame, button);
  button.ariaExpanded = "true";
  document.addEventListener("pointerdown", outside, true);
  closeOpen = close;
  menu.querySelector("button").focus({ preventScroll: true, focusVisible: false });
}

function entry({ text, hint, picture, danger, chosen, act }, className, leave) {
  const element = makeButton(className, picture ?? "", { act: () => { leave(); act(); } });
  element.role = "menuitem";
  element.append(make("span", "", text), ...(hint ? [make("small", "", hint)] : []));
  element.classList.toggle("danger", Boolean(danger));
  element.classList.toggle("chosen", Boolean(chosen));
  return element;
}

function move(menu, event, grid, leave) {
  const entries = [...menu.querySelectorAll("button")];
  const down = grid ? GRID_COLUMNS : 1;
  const step = { ArrowDown: down, ArrowRight: 1, ArrowUp: -down, ArrowLeft: -1 }[event.key];
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

function place(menu, frame, button) {
  const around = frame.getBoundingClientRect();
  const beside = button.getBoundingClientRect();
  const limit = (value, most) => Math.max(MARGIN_PX, Math.min(value, most - MARGIN_PX));
  const left = beside.right - around.left - menu.offsetWidth;
  const below = beside.bottom - around.top + 4;
  const fits = below + menu.offsetHeight <= around.height - MARGIN_PX;
  const top = fits ? below : beside.top - around.top - menu.offsetHeight - 4;
  menu.style.left = `${limit(left, around.width - menu.offsetWidth)}px`;
  menu.style.top = `${limit(top, around.height - menu.offsetHeight)}px`;
}
