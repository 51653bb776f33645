// What can be done with one message: answered, forwarded, changed, taken away.

import { kindOf } from "./media.js";
import { openMenu } from "./menu.js";
import { server } from "./server.js";

const EMOJI = ["👍", "❤", "🔥", "🙏", "😢", "🤗"];
const REPLACEABLE = new Set(["photo", "video", "animation", "audio", "document"]);

/** Open the menu of a message, or of an album with its `main` message, beside `button`. */
export function openActions(phone, messages, main, button) {
  const { words } = phone;
  const path = message => `${phone.path}/messages/${message.message_id}`;
  const own = !main.by_bot;
  const said = main.text ?? main.caption;
  const kind = kindOf(main);
  const quote = chosenPart(button, said);
  const items = [{ text: words.reply, act: () => phone.composer.quote({ replying: main, part: quote }) }];
  if (said) items.push({ text: words.copy, act: () => phone.copy(said) });
  items.push({ text: words.forward, act: () => openForward(phone, main, button) });
  items.push({ text: words.pin, act: () => phone.attempt(() => server.post(`${path(main)}/pin`)) });
  if (own && (said || REPLACEABLE.has(kind))) items.push({ text: words.edit, act: () => phone.composer.quote({ editing: main }) });
  if (own && REPLACEABLE.has(kind)) {
    const caption = main.caption === undefined ? {} : { caption: main.caption, entities: main.caption_entities };
    items.push({ text: words.replace, act: () => phone.attempt(() => server.patch(path(main), { kind, ...caption })) });
  }
  const remove = async () => { for (const message of messages) await phone.attempt(() => server.remove(path(message))); };
  items.push({ text: words.remove, danger: true, act: remove });
  const chosen = main.reactions.person[0]?.emoji;
  const choices = EMOJI.map(emoji => ({ text: emoji, chosen: emoji === chosen, act: () => phone.react(main, emoji === chosen ? null : emoji) }));
  openMenu(phone.find(".screen"), button, { label: words.actions, items, choices, choicesLabel: words.react });
}

/** Return the part of the text that is selected on the screen; null if it is none or not of this message. */
function chosenPart(button, said) {
  const selection = getSelection();
  const text = selection.toString().trim();
  const bubble = button.closest(".bubble");
  return text && text !== said && said?.includes(text) && bubble.contains(selection.anchorNode) ? text : null;
}

function openForward(phone, message, button) {
  const { words } = phone;
  const forward = { person: phone.person.id, message_id: message.message_id };
  const items = [
    { text: words.asItIs, act: () => phone.send({ forward }) },
    ...Object.entries(words.origins).map(([origin, text]) => ({ text, act: () => phone.send({ forward, forward_from: origin }) })),
  ];
  openMenu(phone.find(".screen"), button, { label: words.forwardFrom, title: words.forwardFrom, items });
}
