// Who holds which phone: in the address, so that it can be passed on, and in this browser, with what is needed to open
// the same accounts anew after a restart of the simulator.

import { server } from "./server.js";

const FIRST = { left: { name: "Алиса", language: "ru" }, right: { name: "Богдан", language: "ru" } };
const STRANGERS = [
  ["Соломія", "uk"], ["Emma", "en"], ["Вера", "ru"], ["Остап", "uk"], ["James", "en"], ["Глеб", "ru"], ["Дарина", "uk"],
  ["Olivia", "en"], ["Марк", "ru"], ["Тарас", "uk"], ["Noah", "en"], ["Тамара", "ru"], ["Юлиан", "ru"], ["Злата", "uk"],
];
const SLOT = /^(left|right|[1-9]\d*)$/;
const SLOTS = "phones";

/** Return the phones to show, in their order. */
export function rememberedSlots() {
  const inAddress = [...new URLSearchParams(location.search).keys()].filter(slot => SLOT.test(slot));
  if (inAddress.length) return inAddress;
  const kept = JSON.parse(localStorage.getItem(SLOTS) ?? "[]").filter(slot => SLOT.test(slot));
  return kept.length ? kept : Object.keys(FIRST);
}

/** Return a name for one more phone. */
export function freeSlot(taken) {
  const unnamed = Object.keys(FIRST).find(slot => !taken.includes(slot));
  if (unnamed) return unnamed;
  let number = 3;
  while (taken.includes(String(number))) number += 1;
  return String(number);
}

function remembered(slot) {
  const id = Number(new URLSearchParams(location.search).get(slot));
  const kept = JSON.parse(localStorage.getItem(`phone.${slot}`) ?? "null");
  // An address that was passed on names people this browser has not met.
  return id && kept?.id !== id ? { id } : kept;
}

/** Remember that `people` (slot → person) hold the phones; those of other phones are forgotten. */
export function remember(people) {
  const address = new URL(location.href);
  for (const slot of [...address.searchParams.keys()].filter(name => SLOT.test(name))) {
    address.searchParams.delete(slot);
    if (!people.has(slot)) localStorage.removeItem(`phone.${slot}`);
  }
  for (const [slot, person] of people) {
    const { id, first_name: name, last_name, username, language_code: language, started } = person;
    localStorage.setItem(`phone.${slot}`, JSON.stringify({ id, name, last_name, username, language, started }));
    address.searchParams.set(slot, id);
  }
  localStorage.setItem(SLOTS, JSON.stringify([...people.keys()]));
  history.replaceState(null, "", address);
}

/** Return the person of a phone; the same person with the same id, whatever was restarted meanwhile. */
export function ownerOf(slot, namesTaken) {
  return server.post("/people", { ...(FIRST[slot] ?? stranger(namesTaken)), ...remembered(slot) });
}

/** Open an account for somebody new, of this language if one is given; return the person. */
export function openAccount(namesTaken, language) {
  return server.post("/people", stranger(namesTaken, language));
}

function stranger(namesTaken, language) {
  const fitting = STRANGERS.filter(([, theirs]) => !language || theirs === language);
  const free = fitting.filter(([name]) => !namesTaken.includes(name));
  const [name, theirs] = free[0] ?? fitting[Math.floor(Math.random() * fitting.length)] ?? STRANGERS[0];
  return { name, language: language ?? theirs };
}
