// What the page around the phones says, in the language of the browser.

const WORDS = {
  en: {
    title: "Telegram simulator", hint: "Every phone is another person. Be both of them.", phones: "Phones", addPhone: "Phone",
    addPhoneLabel: "Add a phone", newPerson: "Somebody new", trouble: "Trouble", calls: "Calls", more: "More", close: "Close",
    theme: { auto: "Theme: as the system", light: "Theme: light", dark: "Theme: dark" }, troubleTitle: "Telegram’s trouble",
    troubleHint: "What goes wrong when the bot calls Telegram.", down: "Telegram is down",
    downHint: "No call gets through and no update arrives; they come when it is back.", limits: "Flood limits",
    limitsHint: (chat, all) => `${chat} a second per chat, ${all} in all; then 429.`, kind: "What goes wrong", latency: "Slow",
    error: "Error", drop: "Answer lost", flood: "429",
    kindHints: {
      latency: "The work is done, the answer comes late.", error: "Refused, nothing is done.",
      drop: "The work is done, but the bot never hears of it.", flood: "“Too many requests”, try again later.",
    },
    delay: "Delay", status: "Code", retry: "Wait, seconds", whom: "For whom", everybody: "All phones", share: "Share of calls",
    method: "Method", anyMethod: "All methods", times: "How often", untilLifted: "until lifted", turnOn: "Turn on", on: "On now",
    nothingOn: "Nothing. Telegram works as it should.", liftAll: "Lift all", lift: "Lift",
    hits: count => (count === 0 ? "no hit yet" : count === 1 ? "hit once" : `hit ${count} times`),
    left: count => `${count} to go`, bannerDown: "Telegram is down",
    banner: count => (count === 1 ? "One trouble is on" : `${count} troubles are on`), back: "Bring it back",
    callsTitle: "The bot’s calls", callsHint: "The latest first.", noCalls: "The bot has not called yet.",
    notHeard: "not answered", underway: "under way", updates: "waits for updates",
  },
  ru: {
    title: "Симулятор Telegram", hint: "Каждый телефон — другой человек. Побудьте обоими.", phones: "Телефоны",
    addPhone: "Телефон", addPhoneLabel: "Добавить телефон", newPerson: "Новый человек", trouble: "Сбои", calls: "Вызовы",
    more: "Ещё", close: "Закрыть", theme: { auto: "Тема: как в системе", light: "Тема: светлая", dark: "Тема: тёмная" },
    troubleTitle: "Сбои Telegram", troubleHint: "Что идёт не так, когда бот обращается к Telegram.", down: "Telegram недоступен",
    downHint: "Вызовы не проходят, обновления не приходят; придут, когда он вернётся.", limits: "Ограничения частоты",
    limitsHint: (chat, all) => `${chat} в секунду на чат, ${all} на всех; дальше 429.`, kind: "Что идёт не так",
    latency: "Медленно", error: "Ошибка", drop: "Нет ответа", flood: "429",
    kindHints: {
      latency: "Всё сделано, но ответ приходит поздно.", error: "Отказ, ничего не сделано.",
      drop: "Всё сделано, но бот об этом не узнаёт.", flood: "«Too many requests»: попробовать позже.",
    },
    delay: "Задержка", status: "Код", retry: "Ждать, секунд", whom: "Для кого", everybody: "Все телефоны", share: "Доля вызовов",
    method: "Метод", anyMethod: "Все методы", times: "Сколько раз", untilLifted: "пока не сниму", turnOn: "Включить",
    on: "Сейчас включено", nothingOn: "Ничего. Telegram работает как надо.", liftAll: "Снять всё", lift: "Снять",
    hits: count => `сработало: ${count}`, left: count => `осталось: ${count}`, bannerDown: "Telegram недоступен",
    banner: count => `Включены сбои: ${count}`, back: "Вернуть", callsTitle: "Вызовы бота", callsHint: "Сначала последние.",
    noCalls: "Бот ещё ничего не вызывал.", notHeard: "без ответа", underway: "выполняется", updates: "ждёт обновлений",
  },
  uk: {
    title: "Симулятор Telegram", hint: "Кожен телефон — інша людина. Побудьте обома.", phones: "Телефони", addPhone: "Телефон",
    addPhoneLabel: "Додати телефон", newPerson: "Нова людина", trouble: "Збої", calls: "Виклики", more: "Ще", close: "Закрити",
    theme: { auto: "Тема: як у системі", light: "Тема: світла", dark: "Тема: темна" }, troubleTitle: "Збої Telegram",
    troubleHint: "Що йде не так, коли бот звертається до Telegram.", down: "Telegram недоступний",
    downHint: "Виклики не проходять, оновлення не надходять; надійдуть, коли він повернеться.", limits: "Обмеження частоти",
    limitsHint: (chat, all) => `${chat} на секунду на чат, ${all} на всіх; далі 429.`, kind: "Що йде не так", latency: "Повільно",
    error: "Помилка", drop: "Без відповіді", flood: "429",
    kindHints: {
      latency: "Усе зроблено, але відповідь надходить пізно.", error: "Відмова, нічого не зроблено.",
      drop: "Усе зроблено, але бот про це не дізнається.", flood: "«Too many requests»: спробувати пізніше.",
    },
    delay: "Затримка", status: "Код", retry: "Чекати, секунд", whom: "Для кого", everybody: "Усі телефони",
    share: "Частка викликів", method: "Метод", anyMethod: "Усі методи", times: "Скільки разів", untilLifted: "доки не зніму",
    turnOn: "Увімкнути", on: "Зараз увімкнено", nothingOn: "Нічого. Telegram працює як слід.", liftAll: "Зняти все",
    lift: "Зняти", hits: count => `спрацювало: ${count}`, left: count => `лишилося: ${count}`, bannerDown: "Telegram недоступний",
    banner: count => `Увімкнено збоїв: ${count}`, back: "Повернути", callsTitle: "Виклики бота", callsHint: "Спершу останні.",
    noCalls: "Бот ще нічого не викликав.", notHeard: "без відповіді", underway: "виконується", updates: "чекає оновлень",
  },
};

const language = navigator.languages.map(tag => tag.slice(0, 2)).find(tag => tag in WORDS) ?? "en";

export const pageLanguage = language;
export const pageWords = WORDS[language];

/** Put words where `data-word` (text) and `data-word-label` (accessible name) ask for them. */
export function showPageWords(root) {
  for (const element of root.querySelectorAll("[data-word]")) element.textContent = pageWords[element.dataset.word];
  for (const element of root.querySelectorAll("[data-word-label]")) {
    element.ariaLabel = pageWords[element.dataset.wordLabel];
    if (element.localName === "button") element.title = element.ariaLabel;
  }
}
