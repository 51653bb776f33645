// The phones side by side, or one at a time with tabs on a narrow screen.

import { make, makeButton } from "./dom.js";
import { openMenu } from "./menu.js";
import { freeSlot, openAccount, ownerOf, remember } from "./owners.js";
import { pageWords } from "./page-words.js";
import { Phone } from "./phone.js";
import { server } from "./server.js";
import { wordsOf } from "./words.js";

const OFFERED_PEOPLE = 7;

export class Stage {
  /** `changed()` is called when other people hold the phones than before, or the same with other names. */
  constructor(root, tabs, changed) {
    this.root = root;
    this.tabs = tabs;
    this.changed = changed;
    this.phones = new Map();
    tabs.addEventListener("keydown", event => this.tabKey(event));
  }

  /** Return the people who hold the phones, by phone. */
  people() {
    return new Map([...this.phones].filter(([, phone]) => phone.person).map(([slot, phone]) => [slot, phone.person]));
  }

  /** Add a phone that nobody holds yet. */
  add(slot) {
    const phone = new Phone(slot, {
      changed: person => this.personChanged(slot, person),
      noticed: () => this.noticed(slot),
      closed: () => this.close(slot),
    });
    this.phones.set(slot, phone);
    this.root.append(phone.root);
    const tab = makeButton("tab", "", { act: () => this.select(slot) });
    tab.role = "tab";
    tab.dataset.slot = slot;
    tab.setAttribute("aria-controls", phone.root.id);
    this.tabs.append(tab);
    this.root.classList.toggle("single", this.phones.size === 1);
    return phone;
  }

  /** Let every phone be held by the person it belongs to, with their chat as it is now. */
  async load() {
    for (const [slot, phone] of [...this.phones]) {
      // Taken away meanwhile: nobody is to get an account for it.
      if (this.phones.get(slot) !== phone) continue;
      await phone.load(await ownerOf(slot, this.names()));
      phone.showOffline(false);
    }
    this.settled();
  }

  /** Add a phone: for somebody new, or beside `button` for somebody of the simulator who has none now. */
  async offer(button) {
    const held = new Set([...this.people().values()].map(person => person.id));
    const free = (await server.get("/people")).filter(person => !held.has(person.id)).slice(-OFFERED_PEOPLE);
    if (free.length === 0) { await this.hand(await openAccount(this.names())); return; }
    const items = [
      { text: pageWords.newPerson, act: async () => this.hand(await openAccount(this.names())) },
      ...free.reverse().map(person => ({ text: person.first_name, hint: person.last_name, act: () => this.hand(person) })),
    ];
    openMenu(document.body, button, { label: pageWords.addPhoneLabel, items });
  }

  async hand(person) {
    const slot = freeSlot([...this.phones.keys()]);
    const phone = this.add(slot);
    await phone.load(person);
    this.settled();
    this.changed();
    this.select(slot);
    phone.root.scrollIntoView({ behavior: "smooth", inline: "end", block: "nearest" });
  }

  close(slot) {
    this.phones.get(slot).root.remove();
    this.phones.delete(slot);
    this.tab(slot).remove();
    this.root.classList.toggle("single", this.phones.size === 1);
    if (this.root.dataset.shown === slot) this.select(this.phones.keys().next().value);
    this.settled();
    this.changed();
  }

  async personChanged(slot, person) {
    const phone = this.phones.get(slot);
    if (!person) {
      const { language_code: language } = phone.person;
      await phone.load(await openAccount(this.names(), language));
    }
    this.settled();
    this.changed();
  }

  names() {
    return [...this.people().values()].map(person => person.first_name);
  }

  settled() {
    remember(this.people());
    this.showTabs();
  }

  // -- the tabs of narrow screens -------------------------------------------

  tab(slot) {
    return [...this.tabs.children].find(tab => tab.dataset.slot === slot);
  }

  select(slot) {
    this.root.dataset.shown = slot;
    for (const [other, phone] of this.phones) phone.root.classList.toggle("shown", other === slot);
    for (const tab of this.tabs.children) {
      const selected = tab.dataset.slot === slot;
      tab.ariaSelected = String(selected);
      tab.tabIndex = selected ? 0 : -1;
      if (selected) {
        tab.classList.remove("unread");
        tab.scrollIntoView({ block: "nearest", inline: "nearest" });
      }
    }
    this.phones.get(slot).chat.toEnd();
    this.showTabs();
  }

  tabKey(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!step) return;
    const slots = [...this.phones.keys()];
    this.select(slots[(slots.indexOf(this.root.dataset.shown) + step + slots.length) % slots.length]);
    this.tabs.querySelector("[aria-selected=true]").focus();
  }

  showTabs() {
    for (const [slot, person] of this.people()) {
      const tab = this.tab(slot);
      tab.replaceChildren(make("span", "", person.first_name));
      const unread = tab.classList.contains("unread");
      tab.ariaLabel = unread ? `${person.first_name}, ${wordsOf(person.language_code).unread}` : person.first_name;
    }
  }

  noticed(slot) {
    if (this.root.dataset.shown === slot) return;
    this.tab(slot).classList.add("unread");
    this.showTabs();
  }
}
