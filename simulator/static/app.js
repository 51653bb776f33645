// Two phones side by side, or one at a time on a narrow screen; who holds them is remembered in the address and here.

import { Phone } from "./phone.js";
import { Refusal, follow, server } from "./server.js";
import { wordsOf } from "./words.js";
import { make } from "./message.js";

const OWNERS = { left: { name: "Алиса", language: "ru" }, right: { name: "Богдан", language: "ru" } };
const STRANGERS = ["Вера", "Глеб", "Дарина", "Марк", "Остап", "Соломія", "Тамара", "Юлиан"];
const RETRY_MS = 1500;

const stage = document.querySelector(".stage");
const tabs = document.querySelector(".switch");
const phones = new Map();
let unfollow = () => {};
let loading = false;
let outdated = false;

function remembered(slot) {
  const id = Number(new URLSearchParams(location.search).get(slot));
  const kept = JSON.parse(localStorage.getItem(`phone.${slot}`) ?? "null");
  // An address that was passed on names people this browser has not met.
  return id && kept?.id !== id ? { id } : kept;
}

function remember(slot, person) {
  const { id, first_name: name, last_name, username, language_code: language, started } = person;
  localStorage.setItem(`phone.${slot}`, JSON.stringify({ id, name, last_name, username, language, started }));
  const address = new URL(location.href);
  address.searchParams.set(slot, id);
  history.replaceState(null, "", address);
}

/** Return the person of a phone; after a restart of the simulator the same person comes back with the same id. */
async function owner(slot) {
  const known = remembered(slot);
  if (known) {
    try {
      return await server.get(`/people/${known.id}`);
    } catch (error) {
      if (!(error instanceof Refusal && error.status === 404)) throw error;
    }
  }
  return server.post("/people", { ...OWNERS[slot], ...known });
}

async function hold(slot, person) {
  remember(slot, person);
  await phones.get(slot).load(person);
  showTabs();
}

async function changed(slot, person) {
  if (person) {
    remember(slot, person);
  } else {
    const name = STRANGERS[Math.floor(Math.random() * STRANGERS.length)];
    const language = phones.get(slot).person.language_code;
    await hold(slot, await server.post("/people", { name, language }));
    listen();
  }
  showTabs();
}

/** Load both phones, until it works; where that is asked for meanwhile, once more from the beginning. */
async function loadAll() {
  outdated = true;
  if (loading) return;
  loading = true;
  while (outdated) {
    outdated = false;
    try {
      for (const slot of phones.keys()) await hold(slot, await owner(slot));
      for (const phone of phones.values()) phone.showOffline(false);
    } catch {
      outdated = true;
      await new Promise(done => { setTimeout(done, RETRY_MS); });
    }
  }
  loading = false;
}

function listen() {
  unfollow();
  const people = [...phones.values()].map(phone => phone.person.id);
  unfollow = follow(people, (kind, event) => {
    // What happened before the stream began would be missed.
    if (kind === "hello" || kind === "reset") { loadAll(); return; }
    for (const phone of phones.values()) {
      if (event.person == null || event.person === phone.person.id) tell(phone, kind, event);
    }
  });
}

function tell(phone, kind, event) {
  switch (kind) {
    case "message": phone.messageChanged(event.message); break;
    case "deleted": phone.messageDeleted(event.message_id); break;
    case "taken": phone.messageTaken(event.message_id); break;
    case "person": phone.personChanged(event.described); break;
    case "action": phone.showTyping(true); break;
    case "answer": phone.answered(event); break;
    case "commands": phone.loadCommands(); break;
    case "bot": phone.loadBot(); break;
    case "lost": phone.showOffline(true); break;
  }
}

// -- the switch of narrow screens --------------------------------------------

function select(slot) {
  document.body.dataset.shown = slot;
  for (const tab of tabs.children) {
    const selected = tab.dataset.slot === slot;
    tab.ariaSelected = String(selected);
    tab.tabIndex = selected ? 0 : -1;
    if (selected) tab.classList.remove("unread");
  }
  phones.get(slot).toEnd();
  showTabs();
}

function showTabs() {
  for (const tab of tabs.children) {
    const { person } = phones.get(tab.dataset.slot);
    if (!person) continue;
    tab.textContent = person.first_name;
    const unread = tab.classList.contains("unread");
    tab.ariaLabel = unread ? `${person.first_name}, ${wordsOf(person.language_code).unread}` : person.first_name;
  }
}

function noticed(slot) {
  if (document.body.dataset.shown === slot) return;
  [...tabs.children].find(tab => tab.dataset.slot === slot).classList.add("unread");
  showTabs();
}

function addPhone(slot) {
  const phone = new Phone(slot, { changed: person => changed(slot, person), noticed: () => noticed(slot) });
  phones.set(slot, phone);
  stage.append(phone.root);
  const tab = make("button", "tab");
  Object.assign(tab, { type: "button", role: "tab" });
  tab.dataset.slot = slot;
  tab.setAttribute("aria-controls", phone.root.id);
  tab.addEventListener("click", () => select(slot));
  tabs.append(tab);
}

tabs.addEventListener("keydown", event => {
  if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
  select(document.body.dataset.shown === "left" ? "right" : "left");
  tabs.querySelector("[aria-selected=true]").focus();
});

for (const slot of Object.keys(OWNERS)) addPhone(slot);
await loadAll();
select("left");
listen();
