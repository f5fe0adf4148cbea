// What the console's pages gain by script: times in the reader's own zone, kept fresh, and the log as it grows.
"use strict";

const zone = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeStyle: "long" });

const tell = (part) => {
  for (const time of part.querySelectorAll("time[datetime]")) {
    time.title = zone.format(new Date(time.dateTime));
  }
};
tell(document);

// A form that is sent twice by a double click would end two things.
for (const form of document.querySelectorAll("form")) {
  form.addEventListener("submit", () => {
    for (const button of form.querySelectorAll("button")) {
      setTimeout(() => { button.disabled = true; });
    }
  });
}

// The choice of a window's own words shows where to write them.
const own = document.querySelector("[data-own]");
if (own) {
  const scopes = [...document.querySelectorAll("input[name=scope]")];
  const follow = () => { own.hidden = !scopes.some((scope) => scope.checked && scope.value === "own"); };
  scopes.forEach((scope) => scope.addEventListener("change", follow));
  follow();
}

// What is true now is shown anew when the log grows, and each minute for what only time changes. The request says that nobody
// asked, so that a page left open keeps no session alive; whoever is signed out meanwhile sees that.
const fresh = document.querySelector("[data-fresh]");
if (fresh) {
  let due = 0;
  const renew = async () => {
    due = 0;
    // While nobody answers, what was shown last stays.
    const answer = await fetch(location.href, { headers: { "vestibule-looking": "1" } }).catch(() => null);
    if (answer?.redirected) {
      location.reload();
    }
    if (!answer?.ok || answer.redirected) {
      return;
    }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-fresh]");
    const at = fresh.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    if (page && page.innerHTML !== fresh.innerHTML) {
      fresh.replaceChildren(...page.childNodes);
      tell(fresh);
      if (at) {
        [...fresh.querySelectorAll("a")].find((link) => link.getAttribute("href") === at)?.focus();
      }
    }
  };
  const soon = () => { due = due || setTimeout(renew, 200); };
  setInterval(soon, 60000);
  if (fresh.dataset.fresh) {
    new EventSource(fresh.dataset.fresh).onmessage = soon;
  }
}

const tail = document.querySelector("[data-tail]");
if (tail) {
  const source = new EventSource(tail.dataset.tail);
  source.onopen = () => { document.querySelector("[data-live]").hidden = false; };
  source.onerror = () => { document.querySelector("[data-live]").hidden = true; };
  source.onmessage = (message) => {
    for (const event of JSON.parse(message.data)) {
      const row = document.createElement("tr");
      row.className = "fresh";
      const cell = (name, text) => {
        const td = document.createElement("td");
        td.dataset.name = name;
        td.textContent = text;
        return td;
      };
      const names = tail.dataset.names.split("|");
      const link = document.createElement("a");
      link.href = `${location.pathname}/${event.index}`;
      link.textContent = event.index;
      const first = cell(names[0], "");
      first.append(link);
      const at = cell(names[1], event.at ? zone.format(new Date(event.at)) : "");
      row.append(first, at, cell(names[2], event.action), cell(names[3], event.outcome), cell(names[4], event.actor), cell(names[5], event.target));
      tail.prepend(row);
    }
  };
}
