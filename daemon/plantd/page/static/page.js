// Keeps the page up to date: the parts marked data-on="verdict state ..." are taken anew from the
// server when it says that such a thing happened. Without this script every page works as it is.
"use strict";

const lost = document.getElementById("lost");
const told = document.getElementById("told");

// ---- parts that are kept up to date

let asking = false;
let again = new Set();

function localTimes(root) {
  for (const time of root.querySelectorAll("time[datetime]")) {
    const moment = new Date(time.dateTime);
    if (!isNaN(moment)) {
      time.title = time.textContent;
      time.textContent = moment.toLocaleString(document.documentElement.lang);
    }
  }
}

function parts(root, kinds) {
  return [...root.querySelectorAll("[data-on]")].filter((part) =>
    part.dataset.on.split(" ").some((kind) => kinds.has(kind)));
}

// What each part was made of: what was changed in it here since, such as its times, is no news.
const madeOf = new WeakMap();

function take(fresh, kinds) {
  for (const part of parts(document, kinds)) {
    const newer = fresh.getElementById(part.id);
    if (newer === null || newer.isEqualNode(part) || madeOf.get(part) === newer.outerHTML) continue;
    const open = [...part.querySelectorAll("details")].map((each) => each.open);
    const before = part.querySelector("[data-seq]");
    const after = document.importNode(newer, true);
    madeOf.set(after, newer.outerHTML);
    localTimes(after);
    after.querySelectorAll("details").forEach((each, place) => { each.open = open[place] || false; });
    part.replaceWith(after);
    const answer = after.querySelector("[data-seq]");
    if (answer && (!before || before.dataset.seq !== answer.dataset.seq)) announce(answer);
  }
}

function announce(answer) {
  told.textContent = answer.querySelector("h1").textContent + ". " +
    answer.querySelector(".answer__sentence").textContent;
  answer.classList.add("answer--new");
  document.title = answer.querySelector("h1").textContent + " · plantd";
}

async function refresh(...kinds) {
  kinds.forEach((kind) => again.add(kind));
  if (asking || document.hidden) return;
  asking = true;
  try {
    while (again.size && !document.hidden) {
      const due = again;
      again = new Set();
      if (!parts(document, due).length) continue;
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      if (answer.ok) {
        take(new DOMParser().parseFromString(await answer.text(), "text/html"), due);
      }
    }
  } catch (error) {
    lost.hidden = false;
  } finally {
    asking = false;
  }
}

function listen() {
  const source = new EventSource("/events");
  source.addEventListener("hello", () => {
    lost.hidden = true;
    refresh("verdict", "state", "telemetry");
  });
  for (const kind of ["verdict", "state", "telemetry"]) {
    source.addEventListener(kind, () => refresh(kind));
  }
  source.addEventListener("gap", () => refresh("verdict", "state", "telemetry"));
  source.onerror = () => {
    lost.hidden = false;
    if (source.readyState === EventSource.CLOSED) setTimeout(listen, 5000);
  };
  window.addEventListener("pagehide", () => source.close(), { once: true });
}

// ---- the live view

const view = document.querySelector("[data-view] img");
const PAUSE_MS = 250;
let shownUrl = "";

function hint(faults) {
  for (const line of document.querySelectorAll("[data-fault]")) {
    line.hidden = !faults.includes(line.dataset.fault);
  }
}

async function look() {
  if (!document.hidden) {
    try {
      const answer = await fetch("/view", { cache: "no-store" });
      if (!answer.ok) throw new Error(answer.statusText);
      const faults = (answer.headers.get("X-Picture-Faults") || "").split(",");
      const url = URL.createObjectURL(await answer.blob());
      view.src = url;
      await view.decode();
      URL.revokeObjectURL(shownUrl);
      shownUrl = url;
      hint(faults);
    } catch (error) {
      hint(["lost"]);
    }
  }
  setTimeout(look, PAUSE_MS);
}

// ---- a press from the page

for (const form of document.querySelectorAll("form[data-press]")) {
  form.addEventListener("submit", () => {
    form.querySelector("button").disabled = true;
    form.querySelector(".press__busy").hidden = false;
  });
}
window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-press]")) {
    form.querySelector("button").disabled = false;
    form.querySelector(".press__busy").hidden = true;
  }
});

localTimes(document);
if (document.querySelector("[data-on]")) {
  listen();
  document.addEventListener("visibilitychange", () => refresh("verdict", "state", "telemetry"));
}
if (view) look();
