// One phone: a person, their screen, and what they do on it.

import { openActions } from "./actions.js";
import { Chat } from "./chat.js";
import { Composer, TOUCH } from "./composer.js";
import { icon, showFace } from "./dom.js";
import { Taps } from "./keyboard.js";
import { openMenu } from "./menu.js";
import { server } from "./server.js";
import { wordsOf } from "./words.js";

const TOAST_MS = 3500;
const DOING_MS = 5000;

export class Phone {
  /** `changed(person)` hears when the person is another or not as before, `noticed()` when a message came, `closed()`. */
  constructor(slot, { changed, noticed, closed }) {
    this.changed = changed;
    this.noticed = noticed;
    this.meanwhile = null;
    this.botName = "";
    this.votes = new Map();
    this.root = document.getElementById("phone").content.cloneNode(true).firstElementChild;
    this.root.dataset.phone = slot;
    this.root.id = `phone-${slot}`;
    this.find = selector => this.root.querySelector(selector);
    for (const button of this.root.querySelectorAll("[data-icon]")) button.prepend(icon(button.dataset.icon));
    this.taps = new Taps(this);
    this.chat = new Chat(this);
    this.composer = new Composer(this);
    this.listen(closed);
  }

  get words() {
    return wordsOf(this.person.language_code);
  }

  get path() {
    return `/people/${this.person.id}`;
  }

  listen(closed) {
    const on = (selector, event, handler) => this.find(selector).addEventListener(event, handler);
    on(".owner", "submit", event => { event.preventDefault(); this.find(".owner-name").blur(); });
    on(".owner-name", "change", event => this.introduce({ name: event.target.value.trim() }));
    on(".owner-language", "change", event => this.introduce({ language: event.target.value }));
    on(".owner-close", "click", closed);
    on(".more", "click", event => this.openMore(event.currentTarget));
    on(".wide-button", "click", () => this.begin());
    this.root.addEventListener("keydown", event => { if (event.key === "Escape") this.escape(); });
  }

  escape() {
    const dialog = this.find("dialog[open]");
    if (dialog) dialog.close();
    else this.composer.cancel();
  }

  // -- who it is ------------------------------------------------------------

  /** Show what the server knows of `person` and their chat now. */
  async load(person) {
    if (this.person?.id !== person.id) this.taps.clear();
    this.person = person;
    // Events that come meanwhile may be newer than the answer.
    const meanwhile = { person: null, messages: [], deleted: new Set() };
    this.meanwhile = meanwhile;
    const [chat] = await Promise.all([server.get(`${this.path}/chat`), this.loadBot(), this.loadCommands()]);
    if (this.meanwhile !== meanwhile) return;
    this.meanwhile = null;
    this.person = meanwhile.person ?? chat.person;
    this.show();
    this.chat.load([...chat.messages, ...meanwhile.messages].filter(message => !meanwhile.deleted.has(message.message_id)));
    this.chat.toEnd();
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
    this.composer.setCommands(await server.get(`${this.path}/commands`));
  }

  async introduce(change) {
    if (change.name === "") { this.showOwner(); return; }
    await this.attempt(() => server.patch(this.path, change));
  }

  async personChanged(person) {
    const spoke = this.person.language_code;
    this.person = person;
    if (this.meanwhile) this.meanwhile.person = person;
    this.show();
    if (spoke !== person.language_code) {
      await Promise.all([this.loadBot(), this.loadCommands()]);
      this.chat.show();
    }
    this.changed(person);
  }

  // -- showing --------------------------------------------------------------

  show() {
    this.showOwner();
    this.showFoot();
  }

  showOwner() {
    const { words, person } = this;
    this.root.lang = person.language_code;
    this.root.ariaLabel = words.phone(person.first_name);
    for (const element of this.root.querySelectorAll("[data-label]")) {
      element.ariaLabel = words[element.dataset.label];
      if (element.localName === "button") element.title = element.ariaLabel;
    }
    this.find(".field").placeholder = words.message;
    const name = this.find(".owner-name");
    if (name !== document.activeElement) name.value = person.first_name;
    showFace(this.find(".owner-face"), person.first_name, person.id);
    this.find(".owner-language").value = person.language_code;
    this.find(".offline").textContent = words.offline;
    this.showDoing(null);
  }

  showFoot() {
    const { person, words } = this;
    const button = this.find(".wide-button");
    button.hidden = person.started && !person.blocked;
    button.textContent = person.blocked ? words.restart : words.start;
    this.find(".composer").hidden = !button.hidden;
    if (!button.hidden) this.composer.cancel();
  }

  /** Put a message that is new or changed into the chat. */
  messageChanged(message) {
    this.meanwhile?.messages.push(message);
    const fresh = this.chat.put(message);
    if (message.by_bot) this.showDoing(null);
    if (fresh && message.by_bot) this.noticed();
  }

  /** Take a message out of the chat. */
  messageDeleted(messageId) {
    this.meanwhile?.deleted.add(messageId);
    this.chat.remove(messageId);
  }

  /** Show for a while what the bot is busy with; null ends it. */
  showDoing(action) {
    const { doing, bot } = this.words;
    const what = Object.keys(doing).find(kind => action?.includes(kind)) ?? "typing";
    const status = this.find(".bot-status");
    clearTimeout(this.doingEnds);
    status.textContent = action ? doing[what] : bot;
    status.classList.toggle("busy", action !== null);
    if (action) this.doingEnds = setTimeout(() => this.showDoing(null), DOING_MS);
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

  /** Ask for one line; return it, or null when it is cancelled. */
  ask(label, suggestion) {
    const dialog = this.find(".question");
    const field = this.find(".question-field");
    this.find(".question-text").textContent = label;
    this.find(".question-cancel").textContent = this.words.cancel;
    this.find(".question-send").textContent = this.words.send;
    field.ariaLabel = label;
    field.value = suggestion;
    dialog.returnValue = "";
    dialog.show();
    field.select();
    return new Promise(done => {
      dialog.addEventListener("close", () => done(dialog.returnValue === "send" ? field.value.trim() : null), { once: true });
    });
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
    if (!await this.send({ text: "/start" })) return;
    // The stream tells it as well, but the focus does not wait.
    this.person = { ...this.person, started: true, blocked: false };
    this.showFoot();
    if (!TOUCH.matches) this.find(".field").focus();
  }

  /** Send a message; return whether it went. */
  async send(message) {
    return (await this.attempt(() => server.post(`${this.path}/messages`, message))) !== null;
  }

  async react(message, emoji) {
    await this.attempt(() => server.post(`${this.path}/reactions`, { message_id: message.message_id, emoji }));
  }

  async vote(message, options) {
    const voted = await this.attempt(() => server.post(`${this.path}/votes`, { message_id: message.message_id, options }));
    if (!voted) return;
    this.votes.set(message.message_id, options);
    this.chat.show();
  }

  answered({ query_id: queryId, text, show_alert: showAlert }) {
    this.taps.answered(queryId);
    if (text && showAlert) this.alert(text);
    else if (text) this.toast(text);
  }

  async copy(text) {
    const { words } = this;
    await this.attempt(async () => { await navigator.clipboard.writeText(text); this.toast(words.copied); });
  }

  openMore(button) {
    this.composer.showCommands([]);
    const items = [{ text: this.words.stranger, hint: this.words.strangerHint, act: () => this.changed(null) }];
    if (this.person.started && !this.person.blocked) {
      items.push({ text: this.words.block, danger: true, act: () => this.attempt(() => server.post(`${this.path}/block`)) });
    }
    openMenu(this.find(".screen"), button, { label: this.words.more, items });
  }

  openActions(messages, main, button) {
    this.composer.showCommands([]);
    openActions(this, messages, main, button);
  }
}
