// What can be sent besides text.

import { icon } from "./dom.js";
import { openMenu } from "./menu.js";

const KINDS = [
  "photo", "album", "photo_spoiler", "video", "video_note", "voice", "audio", "animation", "sticker", "document", "contact",
  "location", "venue", "poll", "dice", "story", "checklist", "paid_media", "gift", "unsupported",
];
const PICTURES = {
  photo_spoiler: "photo", audio: "note", document: "file", checklist: "poll", paid_media: "photo", gift: "sticker",
};
const CAPTIONED = new Set(["photo", "photo_spoiler", "album", "video", "voice", "audio", "animation", "document"]);
const ALBUM_SIZES = [2, 3, 4];

/** Open the menu beside `button`. `phone` sends; what stands in the field goes along as the caption where there can be one. */
export function openAttachments(phone, button) {
  const items = KINDS.map(kind => ({ text: phone.words[kind], picture: icon(PICTURES[kind] ?? kind), act: () => attach(phone, kind, button) }));
  openMenu(phone.find(".screen"), button, { label: phone.words.attach, items, grid: true });
}

async function attach(phone, kind, button) {
  if (kind === "album") { chooseSize(phone, button); return; }
  const extra = kind === "photo_spoiler" ? { kind: "photo", spoiler: true } : { kind };
  if (kind === "document") {
    const name = await phone.ask(phone.words.fileName, phone.words.aFileName);
    if (!name) return;
    extra.file_name = name;
  }
  await phone.composer.sendAlong(CAPTIONED.has(kind), [extra]);
}

function chooseSize(phone, button) {
  const send = size => {
    const album = `${phone.person.id}-${Date.now()}`;
    return phone.composer.sendAlong(true, Array.from({ length: size }, () => ({ kind: "photo", album })));
  };
  const choices = ALBUM_SIZES.map(size => ({ text: String(size), act: () => send(size) }));
  const label = phone.words.albumSize;
  openMenu(phone.find(".screen"), button, { label, title: label, items: [], choices, choicesLabel: label });
}
