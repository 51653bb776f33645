// What the phones themselves say, each in the language of its owner.

const WORDS = {
  ru: {
    phone: name => `Телефон: ${name}`, name: "Имя", language: "Язык телефона", more: "Ещё", chat: "Переписка с ботом",
    commands: "Команды", message: "Сообщение", send: "Отправить", cancel: "Отменить", bot: "бот", typing: "печатает…",
    start: "Начать", restart: "Разблокировать и начать", block: "Заблокировать бота", stranger: "Новый человек",
    strangerHint: "другой аккаунт на этом телефоне", edited: "изменено", taken: "Доставлено боту", waiting: "Ждёт, пока бот ответит",
    offline: "Нет связи с симулятором, пробую снова…", reply: "Ответить", edit: "Изменить", remove: "Удалить", copy: "Копировать",
    editing: "Редактирование", you: "Вы", spoiler: "Показать скрытый текст", react: "Реакции", actions: "Действия с сообщением",
    what: "Что умеет этот бот?", today: "Сегодня", copied: "Скопировано", unread: "есть новые сообщения", pinned: "Вы закрепили сообщение",
    photo: "Фотография", video: "Видео", video_note: "Видеосообщение", voice: "Голосовое сообщение", audio: "Аудио", animation: "GIF",
    sticker: "Стикер", document: "Файл", contact: "Контакт", location: "Геопозиция", dice: "Кубик", save: "Сохранить файл",
  },
  uk: {
    phone: name => `Телефон: ${name}`, name: "Ім’я", language: "Мова телефону", more: "Ще", chat: "Листування з ботом",
    commands: "Команди", message: "Повідомлення", send: "Надіслати", cancel: "Скасувати", bot: "бот", typing: "пише…",
    start: "Почати", restart: "Розблокувати й почати", block: "Заблокувати бота", stranger: "Нова людина",
    strangerHint: "інший акаунт на цьому телефоні", edited: "змінено", taken: "Доставлено боту", waiting: "Чекає, поки бот відповість",
    offline: "Немає зв’язку із симулятором, пробую ще…", reply: "Відповісти", edit: "Змінити", remove: "Видалити", copy: "Копіювати",
    editing: "Редагування", you: "Ви", spoiler: "Показати прихований текст", react: "Реакції", actions: "Дії з повідомленням",
    what: "Що вміє цей бот?", today: "Сьогодні", copied: "Скопійовано", unread: "є нові повідомлення", pinned: "Ви закріпили повідомлення",
    photo: "Світлина", video: "Відео", video_note: "Відеоповідомлення", voice: "Голосове повідомлення", audio: "Аудіо", animation: "GIF",
    sticker: "Стікер", document: "Файл", contact: "Контакт", location: "Геопозиція", dice: "Кубик", save: "Зберегти файл",
  },
  en: {
    phone: name => `${name}’s phone`, name: "Name", language: "Language of the phone", more: "More", chat: "Chat with the bot",
    commands: "Commands", message: "Message", send: "Send", cancel: "Cancel", bot: "bot", typing: "typing…",
    start: "Start", restart: "Unblock and start", block: "Block the bot", stranger: "Somebody new",
    strangerHint: "another account on this phone", edited: "edited", taken: "The bot has it", waiting: "Waiting for the bot to answer",
    offline: "The simulator does not answer, trying again…", reply: "Reply", edit: "Edit", remove: "Delete", copy: "Copy",
    editing: "Editing", you: "You", spoiler: "Show the hidden text", react: "Reactions", actions: "What to do with the message",
    what: "What can this bot do?", today: "Today", copied: "Copied", unread: "there are new messages", pinned: "You pinned a message",
    photo: "Photo", video: "Video", video_note: "Video message", voice: "Voice message", audio: "Audio", animation: "GIF",
    sticker: "Sticker", document: "File", contact: "Contact", location: "Location", dice: "Dice", save: "Save the file",
  },
};

export function wordsOf(language) {
  return WORDS[language] ?? WORDS.en;
}
