// The control API of the simulator.

async function call(method, path, body) {
  const response = await fetch(`/control${path}`, {
    method,
    headers: body === undefined ? {} : { "Content-Type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  if (!response.ok) {
    const answer = await response.json().catch(() => ({}));
    throw new Error(answer.error ?? response.statusText);
  }
  return response.json();
}

export const server = {
  get: path => call("GET", path),
  post: (path, body = {}) => call("POST", path, body),
  put: (path, body) => call("PUT", path, body),
  patch: (path, body) => call("PATCH", path, body),
  remove: path => call("DELETE", path),
};

const RETRY_MS = 1000;
const KINDS = [
  "hello", "message", "deleted", "taken", "person", "gone", "action", "answer", "commands", "bot", "reset", "faults", "limits",
];

/** Follow what happens to `people`; `hear(kind, event)` is also told of "hello" (connected) and "lost". Returns an end. */
export function follow(people, hear) {
  let source;
  let retry;
  const open = () => {
    source = new EventSource(`/control/events?people=${people.join(",")}`);
    for (const kind of KINDS) source.addEventListener(kind, event => hear(kind, JSON.parse(event.data)));
    source.addEventListener("error", () => {
      hear("lost", {});
      // A browser reconnects by itself after a broken connection, but not after a wrong answer.
      if (source.readyState === EventSource.CLOSED) retry = setTimeout(open, RETRY_MS);
    });
  };
  open();
  return () => {
    clearTimeout(retry);
    source.close();
  };
}
