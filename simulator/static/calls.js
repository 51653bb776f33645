// What the bot has called, latest first; asked for as long as the panel is open.

import { make } from "./dom.js";
import { pageLanguage, pageWords } from "./page-words.js";
import { server } from "./server.js";

const REFRESH_MS = 1000;
const SHOWN_CALLS = 150;

export class Calls {
  /** `people()` returns who holds the phones. */
  constructor(panel, people) {
    this.list = panel.querySelector(".call-list");
    this.nothing = panel.querySelector(".no-calls");
    this.people = people;
    this.calls = new Map();
  }

  opened() {
    this.refresh();
    this.timer = setInterval(() => this.refresh(), REFRESH_MS);
  }

  closed() {
    clearInterval(this.timer);
  }

  /** Forget everything, as the simulator has after a reset. */
  clear() {
    this.calls.clear();
    this.list.replaceChildren();
  }

  async refresh() {
    const unfinished = [...this.calls.values()].filter(isUnderWay).map(call => call.number);
    const after = Math.min(...unfinished.map(number => number - 1), Math.max(0, ...this.calls.keys()));
    const fresh = await server.get(`/calls?after=${after}`).catch(() => []);
    for (const call of fresh) {
      const item = this.item(call);
      const shown = this.list.querySelector(`[data-call="${call.number}"]`);
      if (shown && isUnderWay(call)) continue;
      if (shown) shown.replaceWith(item);
      else this.list.prepend(item);
      this.calls.set(call.number, call);
    }
    while (this.list.children.length > SHOWN_CALLS) {
      this.calls.delete(Number(this.list.lastElementChild.dataset.call));
      this.list.lastElementChild.remove();
    }
    this.nothing.hidden = this.list.children.length > 0;
  }

  item(call) {
    const time = new Date(call.time * 1000).toLocaleTimeString(pageLanguage, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
    const person = this.people().find(({ id }) => id === call.chat_id);
    const whom = person?.first_name ?? (call.chat_id === null ? "" : String(call.chat_id));
    const { text, sort } = outcome(call);
    const columns = [["call-method", call.method], ["call-whom", whom], [`outcome ${sort}`, text], ["call-time", time]];
    const summary = make("summary", "", ...columns.map(([className, shown]) => make("span", className, shown)));
    const parameters = Object.entries(call.params).map(([name, value]) =>
      make("div", "", make("dt", "", name), make("dd", "", typeof value === "string" ? value : JSON.stringify(value))));
    const said = call.answer && !call.answer.ok ? [make("p", "call-error", call.answer.description)] : [];
    const item = make("li", "call", make("details", "", summary, ...said, make("dl", "call-params", ...parameters)));
    item.dataset.call = call.number;
    return item;
  }
}

function isUnderWay(call) {
  return call.answered && call.answer === null;
}

function outcome(call) {
  if (!call.answered) return { text: pageWords.notHeard, sort: "lost" };
  if (call.answer === null) return { text: call.method === "getUpdates" ? pageWords.updates : pageWords.underway, sort: "open" };
  return call.answer.ok ? { text: "ok", sort: "ok" } : { text: String(call.answer.error_code), sort: "error" };
}
