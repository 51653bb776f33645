// A message, or the messages of an album, as one bubble with its keyboard.

import { icon, make, makeButton } from "./dom.js";
import { shownText } from "./formatting.js";
import { keyboard } from "./keyboard.js";
import { albumOf, isBare, isVisual, kindOf, mediaOf } from "./media.js";

const ONLY_EMOJI = /^(?:\p{Extended_Pictographic}(?:\uFE0F|\p{Emoji_Modifier}|\u200D\p{Extended_Pictographic})*){1,3}$/u;
const REACTIONS_OF = ["bot", "person"];

/** Return the key under which a message is shown: those of one album share it. */
export function itemKey(message) {
  return message.media_group_id ? `album-${message.media_group_id}` : String(message.message_id);
}

/** Return the element that shows `messages`: one, or all of an album. `phone` gives words, names and what can be done. */
export function messageItem(messages, phone) {
  const main = messages.find(message => message.caption) ?? messages[0];
  if ("pinned_message" in main) return dated(make("div", "service", phone.words.pinned), main);
  const item = dated(make("div", `line ${main.by_bot ? "theirs" : "own"}`), main);
  const column = make("div", "column", bubbleOf(messages, main, phone));
  const keys = main.reply_markup?.inline_keyboard;
  if (keys) column.append(keyboard(main, phone));
  item.append(column);
  return item;
}

/** Return what a message says in one line. */
export function gist(message, words) {
  return message.text ?? message.caption ?? words[kindOf(message) ?? "unsupported"];
}

function dated(item, message) {
  item.dataset.item = itemKey(message);
  item.dataset.message = message.message_id;
  item.dataset.date = new Date(message.date * 1000).toDateString();
  return item;
}

function bubbleOf(messages, main, phone) {
  const kind = kindOf(main);
  const text = main.text ?? main.caption ?? "";
  const bubble = make("div", "bubble");
  bubble.classList.toggle("visual", isVisual(kind));
  const big = main.text !== undefined && !main.entities?.length && ONLY_EMOJI.test(main.text);
  bubble.classList.toggle("bare", isBare(kind) || big);
  bubble.classList.toggle("big", big);
  bubble.classList.toggle("wordless", text === "" && kind !== undefined);
  if (main.forward_origin) bubble.append(forwardHeader(main.forward_origin, phone));
  if (main.reply_to_message || main.external_reply) bubble.append(replied(main, phone));
  const media = messages.length > 1 ? albumOf(messages, phone) : mediaOf(main, phone);
  if (media && main.show_caption_above_media) bubble.append(body(main, text, phone), media);
  else if (media) bubble.append(media, body(main, text, phone));
  else bubble.append(body(main, text, phone));
  bubble.append(meta(main, phone));
  const reactions = reactionsOf(main, phone);
  if (reactions) bubble.append(reactions);
  bubble.append(actionsButton(messages, main, phone, bubble));
  return bubble;
}

function forwardHeader(origin, phone) {
  const user = origin.sender_user;
  const from = user ? [user.first_name, user.last_name].filter(Boolean).join(" ") : origin.sender_user_name;
  const name = from ?? (origin.chat ?? origin.sender_chat)?.title ?? "";
  return make("div", "forwarded", phone.words.forwarded(name));
}

function replied(message, phone) {
  const target = message.reply_to_message ?? message.external_reply;
  const author = !message.reply_to_message ? "↗" : target.from.is_bot ? phone.botName : phone.words.you;
  const text = message.quote?.text ?? gist(target, phone.words);
  const button = makeButton("replied", make("strong", "", author), { act: () => phone.chat.reveal(target.message_id) });
  button.append(make("span", message.quote ? "quoted" : "", text));
  return button;
}

function body(message, text, phone) {
  const known = message.text !== undefined || message.caption !== undefined || kindOf(message) !== undefined;
  const entities = message.entities ?? message.caption_entities ?? [];
  const shown = known ? shownText(text, entities, phone.words, command => phone.send({ text: command })) : phone.words.unsupportedText;
  const element = make("div", known ? "text" : "text unknown", shown);
  element.dir = "auto";
  return element;
}

function meta(message, phone) {
  const element = make("span", "meta");
  if (message.edit_date) element.append(make("span", "edited", phone.words.edited));
  const sent = new Date(message.date * 1000);
  const time = make("time", "", sent.toLocaleTimeString(phone.person.language_code, { hour: "2-digit", minute: "2-digit" }));
  time.dateTime = sent.toISOString();
  time.title = sent.toLocaleString(phone.person.language_code);
  element.append(time);
  if (!message.by_bot) element.append(ticks(message, phone));
  return element;
}

/** Return the sign that shows whether the bot has got a message. */
export function ticks(message, phone) {
  const element = make("span", message.taken ? "ticks taken" : "ticks");
  element.role = "img";
  element.ariaLabel = message.taken ? phone.words.taken : phone.words.waiting;
  element.title = element.ariaLabel;
  return element;
}

function reactionsOf(message, phone) {
  const chips = REACTIONS_OF.flatMap(side => message.reactions[side].map(({ emoji = "" }) => {
    if (side === "bot") return make("span", "reaction", emoji);
    return makeButton("reaction mine", emoji, { label: phone.words.unreact(emoji), act: () => phone.react(message, null) });
  }));
  return chips.length ? make("div", "reactions", ...chips) : null;
}

function actionsButton(messages, main, phone, bubble) {
  const button = makeButton("bubble-actions", icon("down"), { label: phone.words.actions });
  Object.assign(button, { ariaHasPopup: "menu", ariaExpanded: "false" });
  button.addEventListener("click", () => phone.openActions(messages, main, button));
  bubble.addEventListener("contextmenu", event => {
    if (event.target.closest("a, .key")) return;
    event.preventDefault();
    phone.openActions(messages, main, button);
  });
  return button;
}
