// What the console's pages gain by script: times in the reader's own zone, kept fresh, and the log as it grows.
"use strict";

const zone = new Intl.DateTimeFormat(document.documentElement.lang, { dateStyle: "medium", timeStyle: "long" });

for (const time of document.querySelectorAll("time[datetime]")) {
  time.title = zone.format(new Date(time.dateTime));
}

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
