// One phone: a person, their screen, and what they do on it.

import { typedText, writtenText } from "./formatting.js";
import { gist, make, messageItem, ticks } from "./message.js";
import { openMenu } from "./menu.js";
import { server } from "./server.js";
import { wordsOf } from "./words.js";

const ANSWER_MS = 15000;
const TOAST_MS = 3500;
const TYPING_MS = 5000;
const NEAR_END_PX = 120;
const EMOJI = ["👍", "❤", "🔥", "🙏", "😢", "🤗"];
const TOUCH = matchMedia("(hover: none) and (pointer: coarse)");

export class Phone {
  /** `changed(person)` hears when the person is another or not as before; `noticed()` when a message came. */
  constructor(slot, { changed, noticed }) {
    this.slot = slot;
    this.changed = changed;
    this.noticed = noticed;
    this.messages = new Map();
    this.commands = [];
    this.waiting = new Map();
    this.meanwhile = null;
    this.botName = "";
    this.root = document.getElementById("phone").content.cloneNode(true).firstElementChild;
    this.root.dataset.phone = slot;
    this.root.id = `phone-${slot}`;
    this.find = selector => this.root.querySelector(selector);
    this.field = this.find(".field");
    this.listen();
  }

  get words() {
    return wordsOf(this.person.language_code);
  }

  get path() {
    return `/people/${this.person.id}`;
  }

  listen() {
    const on = (selector, event, handler) => this.find(selector).addEventListener(event, handler);
    on(".owner", "submit", event => { event.preventDefault(); this.find(".owner-name").blur(); });
    on(".owner-name", "change", event => this.introduce({ name: event.target.value.trim() }));
    on(".owner-language", "change", event => this.introduce({ language: event.target.value }));
    on(".composer", "submit", event => { event.preventDefault(); this.submit(); });
    on(".field", "keydown", event => this.typedKey(event));
    on(".field", "input", () => this.typed());
    on(".menu", "click", () => this.toggleCommands(this.find(".commands").hidden ? this.commands : []));
    on(".more", "click", event => this.openMore(event.currentTarget));
    on(".scroller", "click", () => this.toggleCommands([]));
    // The field keeps the focus, and a real phone its keyboard.
    on(".send", "pointerdown", event => event.preventDefault());
    on(".quote-close", "click", () => this.quote(null));
    on(".wide-button", "click", () => this.begin());
    this.root.addEventListener("keydown", event => {
      if (event.key === "Escape") { this.toggleCommands([]); this.quote(null); }
    });
  }

  // -- who it is ------------------------------------------------------------

  /** Show what the server knows of `person` and their chat now. */
  async load(person) {
    const other = this.person?.id !== person.id;
    this.person = person;
    if (other) this.messages.clear();
    // Events that come meanwhile may be newer than the answer.
    const meanwhile = { person: null, messages: [] };
    this.meanwhile = meanwhile;
    const chat = await server.get(`${this.path}/chat`);
    if (this.meanwhile !== meanwhile) return;
    this.meanwhile = null;
    this.person = meanwhile.person ?? chat.person;
    this.messages = new Map([...chat.messages, ...meanwhile.messages].map(message => [message.message_id, message]));
    await Promise.all([this.loadBot(), this.loadCommands()]);
    this.show();
    this.toEnd();
  }

  async loadBot() {
    const bot = await server.get(`/bot?language=${this.person.language_code}`);
    this.botName = bot.first_name;
    this.find(".bot-name").textContent = bot.first_name;
    for (const face of this.root.querySelectorAll(".bot-face")) face.textContent = [...bot.first_name][0];
    this.find(".empty-title").textContent = bot.description ? this.words.what : bot.first_name;
    this.find(".empty-text").textContent = bot.description || bot.short_description;
  }

  async loadCommands() {
    this.commands = await server.get(`${this.path}/commands`);
    this.find(".menu").hidden = this.commands.length === 0;
  }

  async introduce(change) {
    if (change.name === "") { this.showOwner(); return; }
    await server.patch(this.path, change);
  }

  async personChanged(person) {
    const spoke = this.person.language_code;
    this.person = person;
    if (this.meanwhile) this.meanwhile.person = person;
    if (spoke !== person.language_code) await Promise.all([this.loadBot(), this.loadCommands()]);
    this.show();
    this.changed(person);
  }

  // -- showing --------------------------------------------------------------

  show() {
    this.showOwner();
    this.showLog();
    this.showFoot();
  }

  showOwner() {
    const { words, person } = this;
    this.root.lang = person.language_code;
    this.root.ariaLabel = words.phone(person.first_name);
    for (const element of this.root.querySelectorAll("[data-label]")) element.ariaLabel = words[element.dataset.label];
    this.field.placeholder = words.message;
    const name = this.find(".owner-name");
    if (name !== document.activeElement) name.value = person.first_name;
    this.find(".owner-face").textContent = [...person.first_name][0] ?? "";
    this.find(".owner-language").value = person.language_code;
    this.find(".offline").textContent = words.offline;
    this.find(".bot-status").textContent = words.bot;
  }

  showLog() {
    const log = this.find(".log");
    log.replaceChildren();
    let day = null;
    for (const message of this.messages.values()) {
      const date = this.dayOf(message);
      if (date !== day) log.append(this.dayItem(date));
      day = date;
      log.append(messageItem(message, this));
    }
    this.find(".empty").hidden = this.messages.size > 0;
  }

  dayOf(message) {
    const date = new Date(message.date * 1000);
    if (date.toDateString() === new Date().toDateString()) return this.words.today;
    return date.toLocaleDateString(this.person.language_code, { day: "numeric", month: "long" });
  }

  dayItem(text) {
    const item = make("div", "day", make("span", "", text));
    item.dataset.day = text;
    return item;
  }

  showFoot() {
    const { person, words } = this;
    const fresh = !person.started;
    const button = this.find(".wide-button");
    button.hidden = !(fresh || person.blocked);
    button.textContent = person.blocked ? words.restart : words.start;
    this.find(".composer").hidden = !button.hidden;
    if (!button.hidden) this.quote(null);
  }

  /** Put a message that is new or changed into the chat. */
  messageChanged(message) {
    const known = this.messages.get(message.message_id);
    this.meanwhile?.messages.push(message);
    const atEnd = this.nearEnd();
    this.messages.set(message.message_id, message);
    const log = this.find(".log");
    const item = messageItem(message, this);
    const shown = log.querySelector(`[data-message="${message.message_id}"]`);
    if (shown) {
      this.replace(shown, item);
    } else {
      const date = this.dayOf(message);
      if ([...log.querySelectorAll(".day")].at(-1)?.dataset.day !== date) log.append(this.dayItem(date));
      item.classList.add("arrives");
      log.append(item);
    }
    this.find(".empty").hidden = true;
    if (message.by_bot) this.showTyping(false);
    if (atEnd || !message.by_bot) this.toEnd();
    if (!known && message.by_bot) this.noticed();
  }

  /** Swap an item for its new form; the keyboard's focus stays on the button in the same place. */
  replace(shown, item) {
    const focused = [...shown.querySelectorAll(".key")].indexOf(document.activeElement);
    shown.replaceWith(item);
    if (focused >= 0) (item.querySelectorAll(".key")[focused] ?? this.find(".scroller")).focus({ focusVisible: false });
  }

  messageDeleted(messageId) {
    this.messages.delete(messageId);
    this.showLog();
  }

  messageTaken(messageId) {
    const message = this.messages.get(messageId);
    if (!message) return;
    message.taken = true;
    this.find(`[data-message="${messageId}"] .ticks`)?.replaceWith(ticks(message, this));
  }

  showTyping(typing) {
    const status = this.find(".bot-status");
    clearTimeout(this.typingEnds);
    status.textContent = typing ? this.words.typing : this.words.bot;
    status.classList.toggle("typing", typing);
    if (typing) this.typingEnds = setTimeout(() => this.showTyping(false), TYPING_MS);
  }

  showOffline(offline) {
    this.find(".offline").hidden = !offline;
  }

  toast(text) {
    const toast = this.find(".toast");
    toast.textContent = text;
    toast.hidden = false;
    clearTimeout(this.toastEnds);
    this.toastEnds = setTimeout(() => { toast.hidden = true; }, TOAST_MS);
  }

  alert(text) {
    this.find(".alert-text").textContent = text;
    const dialog = this.find(".alert");
    if (!dialog.open) dialog.show();
    this.find(".alert-close").focus();
  }

  nearEnd() {
    const scroller = this.find(".scroller");
    return scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR_END_PX;
  }

  toEnd() {
    const scroller = this.find(".scroller");
    scroller.scrollTop = scroller.scrollHeight;
  }

  /** Do what changes the height of the chat; who reads its end goes on reading it. */
  keepEnd(change) {
    const atEnd = this.nearEnd();
    change();
    if (atEnd) this.toEnd();
  }

  // -- doing ----------------------------------------------------------------

  /** Do what the server may refuse; the reason is shown, and the answer is null then. */
  async attempt(act) {
    try {
      return await act();
    } catch (error) {
      this.toast(error.message);
      return null;
    }
  }

  async begin() {
    if (this.person.blocked) await this.attempt(() => server.post(`${this.path}/unblock`));
    await this.send("/start");
    if (!TOUCH.matches) this.field.focus();
  }

  /** Send a text; return whether it went. */
  async send(text, entities = [], replyTo = null) {
    const sent = await this.attempt(() => server.post(`${this.path}/messages`, { text, entities, reply_to: replyTo }));
    return sent !== null;
  }

  async submit() {
    const { text, entities } = typedText(this.field.value.trim());
    if (!text) return;
    const { editing, replying } = this;
    const edit = () => server.patch(`${this.path}/messages/${editing.message_id}`, { text, entities });
    const done = editing ? await this.attempt(edit) : await this.send(text, entities, replying?.message_id);
    if (!done) return;
    this.quote(null);
    this.field.value = "";
    this.typed();
  }

  typedKey(event) {
    const sends = event.key === "Enter" && !event.shiftKey && !event.isComposing && !TOUCH.matches;
    if (sends) { event.preventDefault(); this.submit(); }
    if (event.key === "ArrowUp" && this.field.value === "") this.editLast(event);
    if (event.key === "ArrowDown" && !this.find(".commands").hidden) {
      event.preventDefault();
      this.find(".commands button").focus();
    }
  }

  typed() {
    this.keepEnd(() => {
      this.field.style.height = "auto";
      this.field.style.height = `${this.field.scrollHeight}px`;
    });
    const start = /^\/\w*$/.test(this.field.value) ? this.field.value.slice(1) : null;
    this.toggleCommands(start === null ? [] : this.commands.filter(command => command.command.startsWith(start)));
  }

  toggleCommands(commands) {
    const panel = this.find(".commands");
    this.keepEnd(() => {
      panel.replaceChildren(...commands.map(command => this.commandItem(command)));
      panel.hidden = commands.length === 0;
    });
    this.find(".menu").ariaExpanded = String(!panel.hidden);
  }

  commandItem({ command, description }) {
    const item = make("button", "command", make("span", "command-name", `/${command}`), make("span", "", description));
    Object.assign(item, { type: "button", role: "menuitem" });
    item.addEventListener("click", () => {
      this.toggleCommands([]);
      this.field.value = "";
      this.send(`/${command}`);
    });
    return item;
  }

  async tap(message, place, key) {
    key.classList.add("pressed");
    key.ariaBusy = "true";
    const tapped = await this.attempt(() => server.post(`${this.path}/taps`, { message_id: message.message_id, ...place }));
    const release = () => { key.classList.remove("pressed"); key.ariaBusy = "false"; };
    if (!tapped) { release(); return; }
    const { answer } = await server.get(`/queries/${tapped.query_id}`);
    if (answer) { release(); return; }
    this.waiting.set(tapped.query_id, release);
    setTimeout(() => this.released(tapped.query_id), ANSWER_MS);
  }

  answered({ query_id: queryId, text, show_alert: showAlert }) {
    this.released(queryId);
    if (text && showAlert) this.alert(text);
    else if (text) this.toast(text);
  }

  released(queryId) {
    this.waiting.get(queryId)?.();
    this.waiting.delete(queryId);
  }

  async copy(text) {
    await this.attempt(() => navigator.clipboard.writeText(text));
    this.toast(this.words.copied);
  }

  // -- menus ----------------------------------------------------------------

  openMore(button) {
    this.toggleCommands([]);
    const items = [{ text: this.words.stranger, hint: this.words.strangerHint, act: () => this.changed(null) }];
    if (this.person.started && !this.person.blocked) {
      items.push({ text: this.words.block, danger: true, act: () => this.attempt(() => server.post(`${this.path}/block`)) });
    }
    openMenu(this.find(".screen"), button, { label: this.words.more, items });
  }

  openActions(message, button) {
    this.toggleCommands([]);
    const { words } = this;
    const own = !message.by_bot;
    const react = emoji => this.attempt(() => server.post(`${this.path}/reactions`, { message_id: message.message_id, emoji }));
    const chosen = message.reactions.person[0]?.emoji;
    const items = [{ text: words.reply, act: () => this.quote({ replying: message }) }];
    if (message.text) items.push({ text: words.copy, act: () => this.copy(message.text) });
    if (own && message.text) items.push({ text: words.edit, act: () => this.quote({ editing: message }) });
    items.push({ text: words.remove, danger: true, act: () => this.attempt(() => server.remove(`${this.path}/messages/${message.message_id}`)) });
    const choices = EMOJI.map(emoji => ({ text: emoji, chosen: emoji === chosen, act: () => react(emoji === chosen ? null : emoji) }));
    openMenu(this.find(".screen"), button, { label: words.actions, items, choices, choicesLabel: words.react });
  }

  /** Show above the field what is being replied to or edited; null ends it. */
  quote(what) {
    const wasEditing = Boolean(this.editing);
    this.replying = what?.replying ?? null;
    this.editing = what?.editing ?? null;
    const message = this.replying ?? this.editing;
    this.keepEnd(() => { this.find(".quote").hidden = !message; });
    if (message) {
      this.find(".quote-title").textContent = this.editing ? this.words.editing : message.by_bot ? this.botName : this.words.you;
      this.find(".quote-text").textContent = gist(message, this.words);
      this.field.focus();
    }
    if (this.editing || wasEditing) {
      this.field.value = this.editing ? writtenText(message.text, message.entities) : "";
      this.typed();
    }
  }

  editLast(event) {
    const own = [...this.messages.values()].filter(message => !message.by_bot && message.text).at(-1);
    if (!own) return;
    event.preventDefault();
    this.quote({ editing: own });
  }
}
