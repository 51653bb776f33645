// Small pieces that every part of the page is made of.

/** Return an element with a class and children. */
export function make(name, className, ...children) {
  const element = document.createElement(name);
  if (className) element.className = className;
  element.append(...children);
  return element;
}

/** Return a button that does not submit; `label` names it where its content is a picture. */
export function makeButton(className, content, { label, act } = {}) {
  const button = make("button", className, content);
  button.type = "button";
  if (label) Object.assign(button, { ariaLabel: label, title: label });
  if (act) button.addEventListener("click", act);
  return button;
}

const SVG = "http://www.w3.org/2000/svg";

/** Return a picture from icons.svg. */
export function icon(name) {
  const picture = document.createElementNS(SVG, "svg");
  const use = document.createElementNS(SVG, "use");
  picture.setAttribute("class", "icon");
  picture.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `/static/icons.svg#${name}`);
  picture.append(use);
  return picture;
}

/** Return the hue, in degrees, that belongs to `seed`: the same for the same person or file, wherever it is shown. */
export function hueOf(seed) {
  let hash = 7;
  for (const character of String(seed)) hash = (hash * 31 + character.codePointAt(0)) % 9973;
  return (hash * 137) % 360;
}

/** Fill a round face with the first letter of a name, in the colour that belongs to `seed`. */
export function showFace(face, name, seed) {
  face.textContent = [...name][0] ?? "";
  face.style.setProperty("--hue", hueOf(seed));
}
