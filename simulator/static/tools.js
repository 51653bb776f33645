// The buttons of the page itself: one more phone, the drawer, the theme.

import { icon } from "./dom.js";
import { openMenu } from "./menu.js";
import { pageWords } from "./page-words.js";

const THEMES = ["auto", "light", "dark"];

/** Wire the buttons of `header`. `addPhone(button)` adds a phone; `drawer` can be toggled by the name of a panel. */
export function wireTools(header, { addPhone, drawer }) {
  const add = header.querySelector(".add-phone");
  const theme = header.querySelector(".theme");
  const more = header.querySelector(".more-tools");
  add.addEventListener("click", () => addPhone(add));
  theme.addEventListener("click", () => nextTheme(theme));
  for (const button of header.querySelectorAll("[data-panel]")) {
    button.addEventListener("click", () => drawer.toggle(button.dataset.panel, button));
  }
  more.addEventListener("click", () => {
    const panels = [...header.querySelectorAll("[data-panel]")];
    const items = panels.map(button => ({ text: pageWords[button.dataset.panel], act: () => drawer.toggle(button.dataset.panel, more) }));
    openMenu(document.body, more, { label: pageWords.more, items: [...items, { text: theme.ariaLabel, act: () => nextTheme(theme) }] });
  });
  showTheme(theme);
}

function nextTheme(button) {
  const { dataset } = document.documentElement;
  dataset.theme = THEMES[(THEMES.indexOf(dataset.theme) + 1) % THEMES.length];
  localStorage.setItem("theme", dataset.theme);
  showTheme(button);
}

function showTheme(button) {
  const { theme } = document.documentElement.dataset;
  button.replaceChildren(icon(theme));
  button.ariaLabel = pageWords.theme[theme];
  button.title = button.ariaLabel;
}
