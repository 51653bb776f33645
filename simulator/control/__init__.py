"""The people's side over HTTP: with it the page and the Python client act as people and look behind the scenes.

JSON in, JSON out. 404: there is no such person. 409: no Telegram app would let a person do that, or there is no such
thing. 422: the body is malformed. Both say why in `{"error": …}`. `wait=SECONDS` holds an answer until what is asked
about has happened.

People (`simulator.control.people`)
    GET    /control/people                              everybody: id, first_name, last_name, username, language_code,
                                                        started, blocked
    POST   /control/people                              {name, language, id?, last_name?, username?, started?}; with an
                                                        `id` the same person comes back, also after a restart
    GET    /control/people/{id}
    PATCH  /control/people/{id}                         {name?, language?}
    DELETE /control/people/{id}                         the account is gone: the bot is told 403, "user is deactivated"
    POST   /control/people/{id}/block, /unblock         block the bot, let it back in
    GET    /control/people/{id}/chat?after=&wait=       {person, messages}; see `World.shown` for a message
    GET    /control/people/{id}/commands                the menu this person sees
    GET    /control/bot?language=                       name and descriptions

Messages (`simulator.control.messages`)
    POST   /control/people/{id}/messages                see `NewMessage`; {update_id, message}
    PATCH  /control/people/{id}/messages/{message}      see `Changes`; {update_id, message}
    DELETE /control/people/{id}/messages/{message}      on both sides; with `?for=me` for oneself only
    POST   /control/people/{id}/messages/{message}/pin
    POST   /control/people/{id}/taps                    {message_id, row, column}: tap a button; {update_id, query_id}
    GET    /control/queries/{query_id}?wait=            {query_id, answer}: what the bot answered to a tap
    POST   /control/people/{id}/reactions               {message_id, emoji?}; no emoji takes the reaction back
    POST   /control/people/{id}/votes                   {message_id, options: [0, …]}: vote in a poll; [] takes it back
    GET    /control/files/{file_id}                     the content of a file; pictures of our own are shown inline

Updates and calls (`simulator.control.updates`)
    GET    /control/updates?person=                     what arose for the bot, with its stage: waiting, delivered,
                                                        dropped; by getUpdates an update is delivered once confirmed
    GET    /control/updates/{update_id}?wait=
    POST   /control/updates/{update_id}/redeliver       to the webhook once more
    GET    /control/pending?wait=                       what is not delivered yet
    GET    /control/webhook?wait=                       the WebhookInfo
    GET    /control/calls?method=&person=&after=        the bot's calls, oldest first; `after` is a call's number

Trouble (`simulator.control.trouble`)
    GET    /control/faults                              what is on: [{id, method, chat_id, times, status, retry_after,
                                                        drop_answer, latency_ms, probability, down, hits}, …]
    POST   /control/faults                              put one on; all fields optional, see `simulator.trouble.Fault`;
                                                        `times` is 1 by default, null lasts until lifted;
                                                        {"down": true, "times": null} takes all of Telegram away
    DELETE /control/faults                              lift all
    DELETE /control/faults/{id}                         lift one
    DELETE /control/outage                              lift what takes all of Telegram away
    GET    /control/limits                              {enabled, per_chat: {per_second, burst}, overall: {…}}
    PUT    /control/limits                              the same; what is left out stays as it is

Everything live: GET /control/events?people=1,2 is a stream of server-sent events, each with `person` in its data (null
for what concerns all): message {message}, deleted {message_id}, taken {message_id}, answer {query_id, message_id, text,
show_alert}, action {action}, person {described}, gone {}, commands {}, bot {}, reset {}, faults {faults}, limits
{limits}. It begins with `hello`.
"""

from simulator.control import files, messages, people, trouble, updates
from simulator.control.requests import ERRORS

ROUTES = [*people.ROUTES, *messages.ROUTES, *files.ROUTES, *updates.ROUTES, *trouble.ROUTES]

__all__ = ["ERRORS", "ROUTES"]
