// Text with entities: shown as DOM, and read from what people type. Offsets are UTF-16 units, as JavaScript's are.

const MARKERS = { "**": "bold", "__": "italic", "~~": "strikethrough", "||": "spoiler" };
const ELEMENTS = {
  bold: "strong", italic: "em", underline: "u", strikethrough: "s", code: "code", pre: "pre",
  blockquote: "blockquote", expandable_blockquote: "blockquote", spoiler: "span",
};
const BLOCKS = new Set(["pre", "blockquote"]);
const SAFE_LINK = /^(https?|tg|mailto|tel):/i;

/** Return a fragment that shows `text` under its `entities`. `onCommand(text)` is called when a command is tapped. */
export function shownText(text, entities, words, onCommand) {
  const sorted = [...entities].sort((a, b) => a.offset - b.offset || b.length - a.length);
  return fragment(text, 0, text.length, sorted, { words, onCommand });
}

function fragment(text, start, end, entities, context) {
  const result = document.createDocumentFragment();
  let position = start;
  entities.forEach((entity, index) => {
    const from = Math.max(entity.offset, position);
    const to = Math.min(entity.offset + entity.length, end);
    if (from >= to) return;
    const element = elementFor(entity, text.slice(from, to), context);
    const block = BLOCKS.has(element.localName);
    const before = text.slice(position, from);
    result.append(block ? before.replace(/\n$/, "") : before);
    const inner = entities.slice(index + 1).filter(other => other.offset < to);
    element.append(fragment(text, from, to, inner, context));
    result.append(element);
    // A block begins and ends a line by itself; the line breaks around it would show as empty lines.
    position = block && text[to] === "\n" ? to + 1 : to;
  });
  result.append(text.slice(position, end));
  return result;
}

function elementFor(entity, text, context) {
  switch (entity.type) {
    case "text_link": return link(entity.url);
    case "url": return link(SAFE_LINK.test(text) ? text : `https://${text}`);
    case "email": return link(`mailto:${text}`);
    case "phone_number": return link(`tel:${text.replace(/[^+\d]/g, "")}`);
    case "bot_command": return command(text, context);
    case "spoiler": return spoiler(context);
    case "mention":
    case "hashtag": return classed("span", "link-like");
    default: return classed(ELEMENTS[entity.type] ?? "span", "");
  }
}

function classed(name, className) {
  const element = document.createElement(name);
  if (className) element.className = className;
  return element;
}

function link(url) {
  if (!SAFE_LINK.test(url)) return classed("span", "link-like");
  const element = document.createElement("a");
  Object.assign(element, { href: url, target: "_blank", rel: "noopener noreferrer" });
  return element;
}

function command(text, { onCommand }) {
  const element = classed("button", "command-link");
  element.type = "button";
  element.addEventListener("click", () => onCommand(text));
  return element;
}

function spoiler({ words }) {
  const element = classed("span", "spoiler");
  Object.assign(element, { role: "button", tabIndex: 0, ariaLabel: words.spoiler });
  const reveal = event => {
    if (event.type === "keydown" && event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    element.classList.add("revealed");
    for (const name of ["role", "tabindex", "aria-label"]) element.removeAttribute(name);
    element.removeEventListener("click", reveal);
    element.removeEventListener("keydown", reveal);
  };
  element.addEventListener("click", reveal);
  element.addEventListener("keydown", reveal);
  return element;
}

/** Return the text and entities that typed **bold**, __italic__, ~~strike~~, ||spoiler||, `code` and ```pre``` mean. */
export function typedText(source) {
  const entities = [];
  const open = new Map();
  let text = "";
  let position = 0;
  while (position < source.length) {
    const fence = source.startsWith("```", position) ? "```" : source[position] === "`" ? "`" : null;
    const close = fence ? source.indexOf(fence, position + fence.length + 1) : -1;
    if (close > 0) {
      const inside = source.slice(position + fence.length, close);
      const literal = fence === "`" ? inside : inside.replace(/^\n|\n$/g, "");
      entities.push({ type: fence === "`" ? "code" : "pre", offset: text.length, length: literal.length });
      text += literal;
      position = close + fence.length;
      continue;
    }
    const marker = source.slice(position, position + 2);
    if (open.has(marker) && text.length > open.get(marker)) {
      const offset = open.get(marker);
      entities.push({ type: MARKERS[marker], offset, length: text.length - offset });
      open.delete(marker);
      position += 2;
    } else if (marker in MARKERS && !open.has(marker) && source.indexOf(marker, position + 3) > 0) {
      open.set(marker, text.length);
      position += 2;
    } else {
      text += source[position];
      position += 1;
    }
  }
  entities.sort((a, b) => a.offset - b.offset || b.length - a.length);
  return { text, entities: entities.filter(entity => entity.length > 0) };
}

const WRITTEN = { bold: "**", italic: "__", strikethrough: "~~", spoiler: "||", code: "`", pre: "```" };

/** Return `text` with its entities written as people type them: what an edit starts from. */
export function writtenText(text, entities = []) {
  const marks = [];
  for (const entity of entities) {
    const mark = WRITTEN[entity.type];
    if (mark) marks.push([entity.offset, 1, mark], [entity.offset + entity.length, 0, mark]);
  }
  // From the back, so that the offsets in front stay right; at one place closing marks come before opening ones.
  marks.sort((a, b) => b[0] - a[0] || b[1] - a[1]);
  return marks.reduce((written, [at, , mark]) => written.slice(0, at) + mark + written.slice(at), text);
}
