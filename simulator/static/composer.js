// The field, what is answered or edited in it, and the bot's commands above it.

import { make, makeButton } from "./dom.js";
import { openAttachments } from "./attach.js";
import { typedText, writtenText } from "./formatting.js";
import { gist } from "./message.js";
import { server } from "./server.js";

export const TOUCH = matchMedia("(hover: none) and (pointer: coarse)");

export class Composer {
  constructor(phone) {
    this.phone = phone;
    this.find = phone.find;
    this.field = this.find(".field");
    this.commands = [];
    this.replying = null;
    this.part = null;
    this.editing = null;
    const on = (selector, event, handler) => this.find(selector).addEventListener(event, handler);
    on(".composer", "submit", event => { event.preventDefault(); this.submit(); });
    on(".field", "keydown", event => this.typedKey(event));
    on(".field", "input", () => this.typed());
    on(".menu", "click", () => this.showCommands(this.find(".commands").hidden ? this.commands : []));
    on(".attach", "click", event => { this.showCommands([]); openAttachments(phone, event.currentTarget); });
    on(".scroller", "click", () => this.showCommands([]));
    // The field keeps the focus, and a real phone its keyboard.
    on(".send", "pointerdown", event => event.preventDefault());
    on(".quote-close", "click", () => this.quote(null));
  }

  /** Take the bot's menu: a list of {command, description}. */
  setCommands(commands) {
    this.commands = commands;
    this.find(".menu").hidden = commands.length === 0;
  }

  /** End what was begun: a reply, an edit, an open menu. */
  cancel() {
    this.showCommands([]);
    this.quote(null);
  }

  async submit() {
    const { text, entities } = typedText(this.field.value.trim());
    const done = this.editing ? await this.submitEdit(text, entities) : text && await this.phone.send({ text, entities, ...this.reply() });
    if (done) this.clear();
  }

  submitEdit(text, entities) {
    const { editing, phone } = this;
    if (!text && editing.text !== undefined) return false;
    const change = editing.text === undefined ? { caption: text, entities } : { text, entities };
    return phone.attempt(() => server.patch(`${phone.path}/messages/${editing.message_id}`, change));
  }

  /** Send attachments; the first takes what stands in the field as its caption, and all answer what is being answered. */
  async sendAlong(captioned, attachments) {
    const { text, entities } = captioned && !this.editing ? typedText(this.field.value.trim()) : { text: "", entities: [] };
    const reply = this.reply();
    for (const [index, attachment] of attachments.entries()) {
      const sent = await this.phone.send({ ...attachment, ...reply, ...(index === 0 && text ? { text, entities } : {}) });
      if (!sent) return;
    }
    if (text) this.clear();
    else if (!this.editing) this.quote(null);
  }

  reply() {
    return this.replying ? { reply_to: this.replying.message_id, ...(this.part ? { quote: this.part } : {}) } : {};
  }

  clear() {
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
    this.phone.chat.keepEnd(() => {
      this.field.style.height = "auto";
      this.field.style.height = `${this.field.scrollHeight}px`;
    });
    this.find(".composer").classList.toggle("written", this.field.value.trim() !== "" || this.editing !== null);
    const start = /^\/\w*$/.test(this.field.value) ? this.field.value.slice(1) : null;
    this.showCommands(start === null ? [] : this.commands.filter(command => command.command.startsWith(start)));
  }

  showCommands(commands) {
    const panel = this.find(".commands");
    if (panel.hidden && commands.length === 0) return;
    this.phone.chat.keepEnd(() => {
      panel.replaceChildren(...commands.map(command => this.commandItem(command)));
      panel.hidden = commands.length === 0;
    });
    this.find(".menu").ariaExpanded = String(!panel.hidden);
  }

  commandItem({ command, description }) {
    const item = makeButton("command", make("span", "command-name", `/${command}`), {
      act: () => {
        this.showCommands([]);
        this.field.value = "";
        this.typed();
        this.phone.send({ text: `/${command}` });
      },
    });
    item.role = "menuitem";
    item.append(make("span", "", description));
    return item;
  }

  /** Show above the field what is being replied to (`part`: with a quote of it) or edited; null ends it. */
  quote(what) {
    const wasEditing = Boolean(this.editing);
    this.replying = what?.replying ?? null;
    this.part = what?.part ?? null;
    this.editing = what?.editing ?? null;
    const message = this.replying ?? this.editing;
    this.phone.chat.keepEnd(() => { this.find(".quote").hidden = !message; });
    if (message) this.showQuote(message);
    if (this.editing || wasEditing) {
      const { text, caption = "", entities, caption_entities: captionEntities } = this.editing ?? { text: "" };
      this.field.value = writtenText(text ?? caption, entities ?? captionEntities);
      this.typed();
    }
    if (message) this.field.focus();
  }

  showQuote(message) {
    const { words, botName } = this.phone;
    const author = message.by_bot ? botName : words.you;
    this.find(".quote-title").textContent = this.editing ? words.editing : this.part ? `${author}, ${words.quoted}` : author;
    this.find(".quote-text").textContent = this.part ?? gist(message, words);
  }

  editLast(event) {
    const own = this.phone.chat.lastOwn();
    if (!own) return;
    event.preventDefault();
    this.quote({ editing: own });
  }
}
