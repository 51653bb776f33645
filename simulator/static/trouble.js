// Telegram's trouble: put on from the drawer, listed there, and said in a banner as long as it lasts.

import { icon, make, makeButton } from "./dom.js";
import { pageWords } from "./page-words.js";
import { server } from "./server.js";

const OFFERED_METHODS = [
  "sendMessage", "copyMessage", "copyMessages", "editMessageText", "editMessageReplyMarkup", "deleteMessage", "answerCallbackQuery",
  "sendDocument", "setMessageReaction", "sendChatAction", "getUpdates", "setWebhook",
];

export class Trouble {
  /** `people()` returns who holds the phones; `refused(message)` shows why something could not be done. */
  constructor(panel, banner, people, refused) {
    this.panel = panel;
    this.banner = banner;
    this.people = people;
    this.refused = refused;
    this.faults = [];
    this.told = 0;
    this.form = panel.querySelector(".fault-form");
    this.down = panel.querySelector(".down");
    this.enabled = panel.querySelector(".limits");
    this.form.addEventListener("submit", event => { event.preventDefault(); this.turnOn(); });
    this.form.addEventListener("input", () => this.showForm());
    this.down.addEventListener("change", () => this.setDown(this.down.checked));
    this.enabled.addEventListener("change", () => this.attempt(() => server.put("/limits", { enabled: this.enabled.checked })));
    panel.querySelector(".lift-all").addEventListener("click", () => this.attempt(() => server.remove("/faults")));
    banner.querySelector(".banner-lift").addEventListener("click", () => this.attempt(() => server.remove(this.down.checked ? "/outage" : "/faults")));
    for (const method of OFFERED_METHODS) this.form.elements.method.append(new Option(method, method));
    this.showForm();
  }

  /** Ask what is on now. */
  async load() {
    const { told } = this;
    const [faults, limits] = await Promise.all([server.get("/faults"), server.get("/limits")]);
    // What the stream told meanwhile is newer.
    if (told === this.told) this.showFaults(faults);
    this.showLimits(limits);
  }

  /** Show the faults that are on from now on, as the stream tells them. */
  faultsChanged(faults) {
    this.told += 1;
    this.showFaults(faults);
  }

  opened() {
    this.showPeople();
  }

  closed() {}

  /** Show the faults that are on, as the server tells them. */
  showFaults(faults) {
    this.faults = faults;
    const down = faults.some(isOutage);
    this.down.checked = down;
    this.panel.querySelector(".fault-list").replaceChildren(...faults.map(fault => this.item(fault)));
    this.panel.querySelector(".nothing-on").hidden = faults.length > 0;
    this.panel.querySelector(".lift-all").hidden = faults.length === 0;
    this.banner.hidden = faults.length === 0;
    this.banner.classList.toggle("down", down);
    this.banner.querySelector(".banner-text").textContent = down ? pageWords.bannerDown : pageWords.banner(faults.length);
    this.banner.querySelector(".banner-lift").textContent = down ? pageWords.back : pageWords.liftAll;
  }

  /** Show the flood limits, as the server tells them. */
  showLimits(limits) {
    this.enabled.checked = limits.enabled;
    this.panel.querySelector(".limits-hint").textContent = pageWords.limitsHint(limits.per_chat.per_second, limits.overall.per_second);
  }

  /** Offer the people who hold the phones now. */
  showPeople() {
    const select = this.form.elements.whom;
    const chosen = select.value;
    const people = this.people().map(person => new Option(person.first_name, String(person.id)));
    select.replaceChildren(new Option(pageWords.everybody, ""), ...people);
    select.value = [...select.options].some(option => option.value === chosen) ? chosen : "";
    this.showFaults(this.faults);
  }

  async setDown(down) {
    await this.attempt(() => (down ? server.post("/faults", { down: true, times: null }) : server.remove("/outage")));
    this.down.checked = this.faults.some(isOutage);
  }

  async turnOn() {
    const { kind, latency, status, retry, whom, method, share, times, lasting } = this.form.elements;
    const what = {
      latency: { latency_ms: Number(latency.value) },
      error: { status: Number(status.value) },
      drop: { drop_answer: true },
      flood: { status: 429, retry_after: Number(retry.value) },
    }[kind.value];
    await this.attempt(() => server.post("/faults", {
      ...what,
      chat_id: whom.value ? Number(whom.value) : null,
      method: method.value || null,
      probability: Number(share.value) / 100,
      times: lasting.checked ? null : Number(times.value),
    }));
  }

  /** Do what the server may refuse, and show what is on afterwards; the stream may be slower. */
  async attempt(act) {
    try {
      await act();
      await this.load();
    } catch (error) {
      this.refused(error.message);
    }
  }

  showForm() {
    const { kind, latency, share, times, lasting } = this.form.elements;
    for (const part of this.form.querySelectorAll("[data-kind]")) part.hidden = part.dataset.kind !== kind.value;
    this.form.querySelector(".kind-hint").textContent = pageWords.kindHints[kind.value];
    this.form.querySelector(".latency-value").textContent = milliseconds(Number(latency.value));
    this.form.querySelector(".share-value").textContent = `${share.value} %`;
    times.disabled = lasting.checked;
  }

  item(fault) {
    const left = fault.times === null ? pageWords.untilLifted : pageWords.left(fault.times);
    const share = fault.probability < 1 ? `${Math.round(fault.probability * 100)} %` : null;
    const whom = fault.chat_id === null ? null : this.people().find(person => person.id === fault.chat_id)?.first_name ?? "…";
    const detail = [fault.method, whom, share, left, pageWords.hits(fault.hits)].filter(Boolean).join(" · ");
    const lift = makeButton("icon-button", icon("close"), {
      label: `${pageWords.lift}: ${title(fault)}`, act: () => this.attempt(() => server.remove(`/faults/${fault.id}`)),
    });
    return make("li", "fault", make("div", "fault-body", make("strong", "", title(fault)), make("span", "fault-detail", detail)), lift);
  }
}

function isOutage(fault) {
  return fault.down && fault.method === null && fault.chat_id === null;
}

function title(fault) {
  const parts = [];
  if (fault.down) parts.push(pageWords.down);
  if (fault.status) parts.push(fault.status === 429 ? `429, ${fault.retry_after ?? 1} s` : String(fault.status));
  if (fault.drop_answer) parts.push(pageWords.drop);
  if (fault.latency_ms) parts.push(`+${milliseconds(fault.latency_ms)}`);
  return parts.join(", ");
}

function milliseconds(value) {
  return value < 1000 ? `${value} ms` : `${value / 1000} s`;
}
