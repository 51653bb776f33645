// The page: phones of as many people as wanted, and Telegram's trouble.

import { Calls } from "./calls.js";
import { icon } from "./dom.js";
import { Drawer } from "./drawer.js";
import { rememberedSlots } from "./owners.js";
import { pageLanguage, pageWords, showPageWords } from "./page-words.js";
import { follow } from "./server.js";
import { Stage } from "./stage.js";
import { wireTools } from "./tools.js";
import { Trouble } from "./trouble.js";

const RETRY_MS = 1500;

const find = selector => document.querySelector(selector);
const held = () => [...stage.people().values()];
const stage = new Stage(find(".stage"), find(".tabs"), peopleChanged);
const trouble = new Trouble(find("[data-name=trouble]"), find(".banner"), held, refused);
const calls = new Calls(find("[data-name=calls]"), held);
const drawer = new Drawer(find(".drawer"), { trouble, calls });

let unfollow = () => {};
let followed = "";
let loading = false;
let outdated = false;

function peopleChanged() {
  trouble.showPeople();
  listen();
}

function refused(message) {
  stage.phones.get(stage.root.dataset.shown).toast(message);
}

/** Load all phones, until it works; where that is asked for meanwhile, once more from the beginning. */
async function loadAll() {
  outdated = true;
  if (loading) return;
  loading = true;
  while (outdated) {
    outdated = false;
    try {
      await Promise.all([stage.load(), trouble.load()]);
    } catch {
      outdated = true;
      await new Promise(done => { setTimeout(done, RETRY_MS); });
    }
  }
  loading = false;
  trouble.showPeople();
}

/** Follow the people who hold the phones, from now on these and no others. */
function listen() {
  const people = held().map(person => person.id);
  if (people.join() === followed) return;
  followed = people.join();
  unfollow();
  unfollow = follow(people, hear);
}

function hear(kind, event) {
  switch (kind) {
    // What happened before the stream began would be missed.
    case "hello": loadAll(); break;
    case "reset": calls.clear(); loadAll(); break;
    case "faults": trouble.faultsChanged(event.faults); break;
    case "limits": trouble.showLimits(event.limits); break;
    default:
      for (const phone of stage.phones.values()) {
        if (phone.person && (event.person == null || event.person === phone.person.id)) tell(phone, kind, event);
      }
  }
}

function tell(phone, kind, event) {
  switch (kind) {
    case "message": phone.messageChanged(event.message); break;
    case "deleted": phone.messageDeleted(event.message_id); break;
    case "taken": phone.chat.taken(event.message_id); break;
    case "person": phone.personChanged(event.described); break;
    case "gone": phone.changed(null); break;
    case "action": phone.showDoing(event.action); break;
    case "answer": phone.answered(event); break;
    case "commands": phone.loadCommands(); break;
    case "bot": phone.loadBot(); break;
    case "lost": phone.showOffline(true); break;
  }
}

document.documentElement.lang = pageLanguage;
document.title = pageWords.title;
for (const button of document.querySelectorAll("[data-icon]")) button.prepend(icon(button.dataset.icon));
showPageWords(document);
wireTools(find(".top"), { addPhone: button => stage.offer(button).catch(error => refused(error.message)), drawer });
for (const slot of rememberedSlots()) stage.add(slot);
await loadAll();
stage.select(stage.phones.keys().next().value);
listen();
