// The buttons under a message, and the taps on them that wait for the bot's answer.

import { make, makeButton } from "./dom.js";
import { server } from "./server.js";

// As long as Telegram lets a bot answer; after that its apps let go of the button.
const ANSWER_MS = 15000;

/** Return the rows of buttons under `message`. */
export function keyboard(message, phone) {
  const rows = message.reply_markup.inline_keyboard.map((row, rowIndex) =>
    make("div", "row", ...row.map((button, column) => key(button, message, { row: rowIndex, column }, phone))),
  );
  return make("div", "keyboard", ...rows);
}

function key(button, message, place, phone) {
  if (button.url) {
    const link = make("a", "key leads-out", make("span", "", button.text));
    return Object.assign(link, { href: button.url, target: "_blank", rel: "noopener noreferrer" });
  }
  const element = makeButton("key", make("span", "", button.text));
  if (button.style) element.classList.add(button.style);
  if (button.copy_text) element.addEventListener("click", () => phone.copy(button.copy_text.text));
  if (button.callback_data) {
    const tapped = { message_id: message.message_id, ...place };
    element.dataset.tap = Object.values(tapped).join("-");
    press(element, phone.taps.wait(tapped, button.callback_data));
    element.addEventListener("click", () => phone.taps.tap(tapped, button.callback_data));
  }
  return element;
}

function press(element, pressed) {
  element.classList.toggle("pressed", pressed);
  element.ariaBusy = String(pressed);
}

/** The taps of one phone that the bot has not answered yet. */
export class Taps {
  constructor(phone) {
    this.phone = phone;
    this.waiting = new Set();
  }

  /** Return whether a tap at this place of a message waits; another button may have come there meanwhile. */
  wait(place, callbackData) {
    const key = Object.values(place).join("-");
    return [...this.waiting].some(tap => tap.key === key && tap.callbackData === callbackData);
  }

  /** Tap, unless the same button still waits. */
  async tap(place, callbackData) {
    if (this.wait(place, callbackData)) return;
    const tap = { key: Object.values(place).join("-"), callbackData, queryId: null };
    this.waiting.add(tap);
    this.show(tap.key, true);
    const tapped = await this.phone.attempt(() => server.post(`${this.phone.path}/taps`, place));
    if (!tapped) { this.release(tap); return; }
    tap.queryId = tapped.query_id;
    setTimeout(() => this.release(tap), ANSWER_MS);
    // An answer may have come before it was known whose it is.
    const { answer } = await server.get(`/queries/${tap.queryId}`).catch(() => ({}));
    if (answer) this.release(tap);
  }

  /** Let go of the button whose tap was answered. */
  answered(queryId) {
    for (const tap of this.waiting) if (tap.queryId === queryId) this.release(tap);
  }

  /** Forget all taps, with the chat they belong to. */
  clear() {
    this.waiting.clear();
  }

  release(tap) {
    this.waiting.delete(tap);
    this.show(tap.key, false);
  }

  show(key, pressed) {
    const element = this.phone.root.querySelector(`[data-tap="${key}"]`);
    if (element) press(element, pressed);
  }
}
