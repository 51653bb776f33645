// One message as a bubble with its keyboard.

import { shownText } from "./formatting.js";

const MEDIA_SIGNS = {
  photo: "🖼", video: "🎬", video_note: "⭕", voice: "🎙", audio: "🎵", animation: "🎞", sticker: "🤗", document: "📄",
  contact: "👤", location: "📍", dice: "🎲",
};

export function make(name, className, ...children) {
  const element = document.createElement(name);
  if (className) element.className = className;
  element.append(...children);
  return element;
}

/** Return the element that shows `message`. `phone` gives words, language, the replied message and the actions. */
export function messageItem(message, phone) {
  const service = "pinned_message" in message;
  const item = make("div", service ? "service" : `line ${message.by_bot ? "theirs" : "own"}`);
  item.dataset.message = message.message_id;
  if (service) {
    item.append(phone.words.pinned);
    return item;
  }
  const bubble = make("div", "bubble");
  if (message.reply_to_message) bubble.append(replied(message.reply_to_message, phone));
  const media = mediaOf(message, phone);
  if (media) bubble.append(media);
  bubble.append(body(message, phone), meta(message, phone), actionsButton(message, phone));
  const column = make("div", "column", bubble);
  const reactions = [...message.reactions.bot, ...message.reactions.person].map(reaction => reaction.emoji ?? "");
  if (reactions.length) bubble.append(make("span", "reactions", reactions.join(" ")));
  if (message.reply_markup) column.append(keyboard(message, phone));
  item.append(column);
  return item;
}

/** Return what a message says in one line. */
export function gist(message, words) {
  const kind = Object.keys(MEDIA_SIGNS).find(name => name in message);
  return message.text ?? message.caption ?? (kind ? words[kind] : "");
}

function replied(message, phone) {
  const author = message.from.is_bot ? phone.botName : phone.words.you;
  return make("div", "replied", make("strong", "", author), make("span", "", gist(message, phone.words)));
}

function body(message, phone) {
  const text = message.text ?? message.caption ?? "";
  const entities = message.entities ?? message.caption_entities ?? [];
  const element = make("div", "text", shownText(text, entities, phone.words, command => phone.send(command)));
  element.dir = "auto";
  return element;
}

function mediaOf(message, phone) {
  const kind = Object.keys(MEDIA_SIGNS).find(name => name in message);
  if (!kind) return null;
  const name = message[kind].file_name ?? phone.words[kind];
  const downloadable = kind === "document" && message.by_bot;
  const card = make(downloadable ? "a" : "div", "media", make("span", "media-sign", MEDIA_SIGNS[kind]), make("span", "", name));
  if (downloadable) Object.assign(card, { href: `/control/files/${message.document.file_id}`, download: name, title: phone.words.save });
  return card;
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

function actionsButton(message, phone) {
  const button = make("button", "bubble-actions");
  Object.assign(button, { type: "button", ariaLabel: phone.words.actions, ariaHasPopup: "menu" });
  button.addEventListener("click", () => phone.openActions(message, button));
  return button;
}

function keyboard(message, phone) {
  const rows = message.reply_markup.inline_keyboard.map((row, rowIndex) =>
    make("div", "row", ...row.map((button, column) => key(button, message, { row: rowIndex, column }, phone))),
  );
  return make("div", "keyboard", ...rows);
}

function key(button, message, place, phone) {
  if (button.url) {
    const link = make("a", "key leads-out", button.text);
    return Object.assign(link, { href: button.url, target: "_blank", rel: "noopener noreferrer" });
  }
  const element = make("button", "key", button.text);
  element.type = "button";
  if (button.style) element.classList.add(button.style);
  if (button.copy_text) element.addEventListener("click", () => phone.copy(button.copy_text.text));
  if (button.callback_data) element.addEventListener("click", () => phone.tap(message, place, element));
  return element;
}
