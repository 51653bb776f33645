// The messages of one chat on the screen: days, albums, what is pinned, and where the reader is.

import { make } from "./dom.js";
import { gist, itemKey, messageItem, ticks } from "./message.js";

const NEAR_END_PX = 120;
const DAY_MS = 86_400_000;

export class Chat {
  /** `phone` gives words, person and the elements of the screen. */
  constructor(phone) {
    this.phone = phone;
    this.messages = new Map();
    this.missed = 0;
    this.find = phone.find;
    this.log = this.find(".log");
    this.scroller = this.find(".scroller");
    this.scroller.addEventListener("scroll", () => this.scrolled(), { passive: true });
    this.find(".to-end").addEventListener("click", () => { this.toEnd("smooth"); this.scroller.focus({ preventScroll: true }); });
    this.find(".pinned").addEventListener("click", () => this.reveal(this.pinned().message_id));
    // A keyboard that opens, or a drawer, makes the screen smaller; who reads the end goes on reading it.
    this.atEnd = true;
    new ResizeObserver(() => { if (this.atEnd) this.toEnd(); }).observe(this.scroller);
  }

  /** Show these messages and no others. */
  load(messages) {
    this.messages = new Map(messages.map(message => [message.message_id, message]));
    this.show();
  }

  /** Show everything anew, in the words of the phone's language. */
  show() {
    const shown = new Set();
    this.log.replaceChildren();
    for (const message of this.messages.values()) {
      if (shown.has(itemKey(message))) continue;
      shown.add(itemKey(message));
      this.log.append(this.item(message));
    }
    this.showDays();
    this.showPinned();
  }

  /** Put a message that is new or changed into the chat; return whether it is new. */
  put(message) {
    const known = this.messages.has(message.message_id);
    const { atEnd } = this;
    this.messages.set(message.message_id, message);
    const shown = this.shownItem(message);
    const item = this.item(message);
    if (shown) {
      this.replace(shown, item);
    } else {
      item.classList.add("arrives");
      this.log.append(item);
    }
    this.showDays();
    this.showPinned();
    if (atEnd || (!known && !message.by_bot)) this.toEnd();
    else if (!known) this.showMissed(this.missed + 1);
    return !known;
  }

  /** Take a message out of the chat. */
  remove(messageId) {
    const message = this.messages.get(messageId);
    if (!message) return;
    const shown = this.shownItem(message);
    this.messages.delete(messageId);
    const sibling = [...this.messages.values()].find(other => itemKey(other) === itemKey(message));
    if (sibling) this.replace(shown, this.item(sibling));
    else shown.remove();
    this.showDays();
    this.showPinned();
  }

  /** Show that the bot has got a message. */
  taken(messageId) {
    const message = this.messages.get(messageId);
    if (!message) return;
    message.taken = true;
    this.shownItem(message).querySelector(".ticks")?.replaceWith(ticks(message, this.phone));
  }

  /** Scroll to a message, if it is still there, and let it light up. */
  reveal(messageId) {
    const message = this.messages.get(messageId);
    if (!message) return;
    const item = this.shownItem(message);
    item.scrollIntoView({ block: "center", behavior: "smooth" });
    item.classList.remove("arrives", "found");
    requestAnimationFrame(() => item.classList.add("found"));
  }

  /** Return the last text or caption that the person wrote; undefined if there is none. */
  lastOwn() {
    return [...this.messages.values()].filter(message => !message.by_bot && (message.text ?? message.caption)).at(-1);
  }

  toEnd(behavior = "instant") {
    this.scroller.scrollTo({ top: this.scroller.scrollHeight, behavior });
  }

  /** Do what changes the height of the chat; who reads its end goes on reading it. */
  keepEnd(change) {
    const { atEnd } = this;
    change();
    if (atEnd) this.toEnd();
  }

  item(message) {
    const key = itemKey(message);
    const together = message.media_group_id ? [...this.messages.values()].filter(other => itemKey(other) === key) : [message];
    return messageItem(together, this.phone);
  }

  shownItem(message) {
    return this.log.querySelector(`[data-item="${CSS.escape(itemKey(message))}"]`);
  }

  /** Swap an item for its new form; the keyboard's focus stays on the button in the same place. */
  replace(shown, item) {
    const focused = [...shown.querySelectorAll(".key")].indexOf(document.activeElement);
    shown.replaceWith(item);
    if (focused >= 0) (item.querySelectorAll(".key")[focused] ?? this.scroller).focus({ focusVisible: false, preventScroll: true });
  }

  scrolled() {
    const { scrollHeight, scrollTop, clientHeight } = this.scroller;
    this.atEnd = scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
    this.find(".to-end").hidden = this.atEnd;
    if (this.atEnd) this.showMissed(0);
  }

  showMissed(count) {
    this.missed = count;
    this.find(".missed").textContent = count || "";
  }

  showDays() {
    for (const day of this.log.querySelectorAll(".day")) day.remove();
    let last = null;
    for (const item of [...this.log.children]) {
      if (item.dataset.date !== last) item.before(this.dayItem(new Date(item.dataset.date)));
      last = item.dataset.date;
    }
    this.find(".empty").hidden = this.messages.size > 0;
  }

  dayItem(date) {
    const language = this.phone.person.language_code;
    const days = Math.round((new Date().setHours(0, 0, 0, 0) - date) / DAY_MS);
    const year = date.getFullYear() === new Date().getFullYear() ? undefined : "numeric";
    const near = new Intl.RelativeTimeFormat(language, { numeric: "auto" }).format(-days, "day");
    const text = days > 1 ? date.toLocaleDateString(language, { day: "numeric", month: "long", year }) : near;
    return make("div", "day", make("span", "", text.charAt(0).toLocaleUpperCase(language) + text.slice(1)));
  }

  pinned() {
    const pins = [...this.messages.values()].filter(message => this.messages.has(message.pinned_message?.message_id));
    return pins.length ? this.messages.get(pins.at(-1).pinned_message.message_id) : null;
  }

  showPinned() {
    const message = this.pinned();
    const bar = this.find(".pinned");
    if (bar.hidden === !message && !message) return;
    this.keepEnd(() => { bar.hidden = !message; });
    this.find(".pinned-title").textContent = this.phone.words.pinnedTitle;
    this.find(".pinned-text").textContent = message ? gist(message, this.phone.words) : "";
  }
}
