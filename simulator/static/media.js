// What a message carries besides text, as people see it.

import { hueOf, icon, make, makeButton, showFace } from "./dom.js";

// A venue carries a location too, and an animation a document: the more telling kind comes first.
const KINDS = [
  "animation", "venue", "photo", "video", "video_note", "voice", "audio", "sticker", "document", "contact", "location", "poll",
  "dice", "story", "game", "invoice", "checklist", "paid_media", "gift",
];
const VISUAL = new Set(["photo", "video", "animation"]);
const BARE = new Set(["sticker", "video_note", "dice"]);
// Which of the nine places on a die have a dot, for each value.
const DOTS = [[4], [2, 6], [2, 4, 6], [0, 2, 6, 8], [0, 2, 4, 6, 8], [0, 2, 3, 5, 6, 8]];
const WAVE_BARS = 34;
const WIDEST_REM = 19;
const TALLEST_REM = 22;

/** Return what kind of thing a message carries; undefined for a text or something unheard of. */
export function kindOf(message) {
  return KINDS.find(kind => kind in message);
}

/** Return whether it is a picture that fills its bubble. */
export function isVisual(kind) {
  return VISUAL.has(kind);
}

/** Return whether it stands in the chat without a bubble around it. */
export function isBare(kind) {
  return BARE.has(kind);
}

/** Return the element that shows what one message carries. */
export function mediaOf(message, phone) {
  const kind = kindOf(message);
  if (VISUAL.has(kind)) return picture(message, kind, phone.words);
  return kind ? SHOWN[kind](message[kind], phone.words, message, phone) : null;
}

/** Return the pictures of an album as one grid. */
export function albumOf(messages, phone) {
  const visual = messages.every(message => VISUAL.has(kindOf(message)));
  return make("div", visual ? "album" : "album-list", ...messages.map(message => mediaOf(message, phone)));
}

const SHOWN = {
  video_note: videoNote, voice, audio, sticker, document: file, contact, location: place, venue: place, poll, dice,
  story: (_, words) => chip(icon("story"), words.story),
  game: (game, words) => chip(icon("dice"), game.title ?? words.game),
  invoice: (invoice, words) => chip(icon("file"), invoice.title ?? words.invoice),
  checklist: (checklist, words) => chip(icon("poll"), checklist.title ?? words.checklist),
  paid_media: (_, words) => chip(icon("photo"), words.paid_media),
  gift: (_, words) => chip(icon("sticker"), words.gift),
};

function picture(message, kind, words) {
  const media = message[kind];
  const size = kind === "photo" ? media.at(-1) : media;
  const frame = make("figure", `picture ${kind}`);
  Object.assign(frame, { role: "img", ariaLabel: words[kind] });
  const ratio = (size.width || 4) / (size.height || 3);
  frame.style.aspectRatio = ratio;
  frame.style.width = `${Math.min(WIDEST_REM, TALLEST_REM * ratio)}rem`;
  paint(frame, kind === "photo" ? size : media.thumbnail, size.file_unique_id);
  if (kind === "video") frame.append(make("span", "play", icon("play")));
  if (kind !== "photo") frame.append(make("span", "badge", kind === "video" ? clock(media.duration) : "GIF"));
  if (message.has_media_spoiler) frame.append(cover(words));
  return frame;
}

/** Show a stored picture on a frame that has a colour of its own, should there be no picture to show. */
function paint(frame, stored, seed) {
  frame.style.setProperty("--hue", hueOf(seed));
  if (!stored) return;
  const image = make("img", "");
  Object.assign(image, { src: address(stored), alt: "", decoding: "async", draggable: false });
  image.addEventListener("error", () => image.remove());
  frame.append(image);
}

function cover(words) {
  return makeButton("cover", "", { label: words.spoilerMedia, act: event => event.currentTarget.remove() });
}

function address(stored) {
  return `/control/files/${encodeURIComponent(stored.file_id)}`;
}

function clock(seconds = 0) {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

function named(element, label) {
  return Object.assign(element, { role: "img", ariaLabel: label });
}

function videoNote(media, words) {
  const circle = make("div", "video-note");
  paint(circle, media.thumbnail, media.file_unique_id);
  circle.append(make("span", "play", icon("play")), make("span", "badge", clock(media.duration)));
  return named(circle, `${words.video_note}, ${clock(media.duration)}`);
}

function voice(media, words) {
  const wave = make("span", "wave");
  let height = hueOf(media.file_unique_id);
  for (let bar = 0; bar < WAVE_BARS; bar += 1) {
    height = (height * 73 + 41) % 211;
    const line = make("i", "");
    // Quiet at both ends, as speech is.
    line.style.height = `${12 + (height % 88) * Math.sin((Math.PI * (bar + 1)) / (WAVE_BARS + 1))}%`;
    wave.append(line);
  }
  const body = make("div", "sound-body", wave, make("span", "sound-time", clock(media.duration)));
  return named(make("div", "sound voice", make("span", "round", icon("play")), body), `${words.voice}, ${clock(media.duration)}`);
}

function audio(media, words) {
  const title = make("strong", "clipped", media.title ?? media.file_name ?? words.audio);
  const detail = [media.performer, clock(media.duration)].filter(Boolean).join(" · ");
  return make("div", "sound", make("span", "round", icon("note")), make("div", "sound-body", title, make("span", "sound-time", detail)));
}

function sticker(media, words) {
  const element = make("div", "sticker", make("span", "", media.emoji ?? "🙂"));
  if (media.emoji === undefined) paint(element, media, media.file_unique_id);
  return named(element, `${words.sticker} ${media.emoji ?? ""}`);
}

function file(media, words) {
  const name = media.file_name ?? words.document;
  const shownName = Object.assign(make("strong", "file-name", name), { dir: "auto" });
  const body = make("span", "file-body", shownName, make("span", "sound-time", size(media.file_size, words)));
  const link = make("a", "file", make("span", "round square", icon("file")), body);
  return Object.assign(link, { href: address(media), download: name, title: words.save });
}

function size(bytes = 0, words) {
  const step = bytes < 1024 ? 0 : bytes < 1024 ** 2 ? 1 : 2;
  const value = bytes / 1024 ** step;
  return `${value.toFixed(step && value < 10 ? 1 : 0)} ${words.sizes[step]}`;
}

function contact(person) {
  const name = [person.first_name, person.last_name].filter(Boolean).join(" ");
  const face = make("span", "face round");
  showFace(face, name, person.phone_number);
  return make("div", "contact", face, make("span", "file-body", make("strong", "clipped", name), make("span", "sound-time", person.phone_number)));
}

function place(media, words) {
  const { latitude, longitude } = media.location ?? media;
  const map = make("div", "map", icon("place"));
  const title = media.title ?? words.location;
  const detail = media.address ?? `${latitude.toFixed(4)}, ${longitude.toFixed(4)}`;
  named(map, title);
  return make("div", "place", map, make("div", "place-text", make("strong", "clipped", title), make("span", "sound-time", detail)));
}

function poll(media, words, message, phone) {
  const chosen = phone.votes.get(message.message_id) ?? [];
  const total = media.total_voter_count ?? 0;
  const options = media.options.map(({ text, voter_count: count = 0 }, index) => {
    const votes = chosen.includes(index) ? [] : [index];
    const option = makeButton("poll-option", make("span", "poll-mark"), { act: () => phone.vote(message, votes) });
    option.append(make("span", "poll-text", text), make("span", "poll-count", total ? `${Math.round((100 * count) / total)} %` : ""));
    option.ariaPressed = String(chosen.includes(index));
    option.disabled = media.is_closed === true;
    return option;
  });
  const group = Object.assign(make("div", "poll-options", ...options), { role: "group", ariaLabel: words.vote });
  const heading = [make("strong", "", media.question), make("span", "sound-time", words.anonymousPoll)];
  return make("div", "poll", ...heading, group, make("span", "poll-total", total ? `✓ ${total}` : words.votes));
}

function dice(media, words) {
  const shown = media.emoji === "🎲" ? die(media.value) : make("span", "", media.emoji);
  return named(make("div", "dice", shown), `${words.dice} ${media.emoji}: ${media.value}`);
}

function die(value) {
  return make("div", "die", ...Array.from({ length: 9 }, (_, place) => make("i", DOTS[value - 1].includes(place) ? "dot" : "")));
}

function chip(sign, text) {
  return make("div", "file", make("span", "round square", sign), make("span", "file-body", make("strong", "", text)));
}
