// Comfort only: every page works without this file.
"use strict";

const one = (selector, root = document) => root.querySelector(selector);
const all = (selector, root = document) => [...root.querySelectorAll(selector)];

// The program of this device first, before anything is painted: the style sheet moves it, and then the page
// itself, so that the focus goes the way the eye does. Nothing is hidden, nothing is sent.
const agent = navigator.userAgent;
const device = /iPhone|iPad|Macintosh/.test(agent) ? "apple"
  : /Android/.test(agent) ? "google"
  : /Windows/.test(agent) ? "outlook"
  : /Linux/.test(agent) ? "others" : "";
document.documentElement.dataset.device = device;

// The page is of a day: what is over by now makes room for what waits. It does while the page comes, so that nothing
// moves that was painted.
const goOn = () => {
  const today = one("#now")?.parentElement;
  if (!today) return;
  const events = all(":scope > div", today);
  for (const event of events) event.dataset.waits ??= event.hidden;
  const room = events.filter((event) => event.dataset.waits === "false").length;
  const toCome = events.filter((event) => !(new Date(event.dataset.over) <= Date.now()));
  for (const event of events) event.hidden = toCome.indexOf(event) < 0 || toCome.indexOf(event) >= room;
  today.hidden = !toCome.length;
};
const coming = new MutationObserver(goOn);
coming.observe(document, { childList: true, subtree: true });

addEventListener("DOMContentLoaded", () => {
  coming.disconnect();
  if (one("#now")) {
    goOn();
    setInterval(goOn, 60000);
    document.addEventListener("visibilitychange", goOn);
  }

  // A site that does not know its address has that of the server's machine in its links: here is the one that works.
  const local = document.documentElement.dataset.base;
  if (local && location.origin !== local) {
    const encoded = (text) => text.replace(/[^0-9A-Za-z]/g, (c) => "%" + c.charCodeAt(0).toString(16).toUpperCase());
    const host = local.replace(/^\w+:\/\//, "");
    const pairs = [[local, location.origin], [host, location.host]];
    const here = (text) => pairs.reduce((text, [from, to]) =>
      text.replaceAll(from, to).replaceAll(encoded(from), encoded(to)), text);
    for (const link of all("a[href]")) link.setAttribute("href", here(link.getAttribute("href")));
    for (const field of all("input, textarea")) field.value = here(field.value);
    for (const code of all("svg.qr")) code.remove();
    if (one("#no-base")) one("#no-base").hidden = true;
  }

  for (const list of all("[data-programs]")) {
    const own = device && one(`[data-program="${device}"]`, list);
    if (own) list.prepend(own);
  }

  // Copying, and what to do where a browser does not let us.
  for (const button of all("[data-copy]")) {
    const field = document.getElementById(button.dataset.copy);
    const said = one("[role=status]", button.parentElement);
    field.addEventListener("focus", () => field.select());
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(field.value);
        said.textContent = button.dataset.copied;
      } catch {
        field.focus();
        field.select();
        said.textContent = button.dataset.failed;
      }
    });
  }

  // "Near me": the place is rounded to 0.1 degrees before it is in an address.
  for (const button of all("[data-near]")) {
    if (!navigator.geolocation) {
      button.hidden = true;
      continue;
    }
    const said = one("[role=status]", button.parentElement);
    button.addEventListener("click", () => navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        const near = `${coords.latitude.toFixed(1)},${coords.longitude.toFixed(1)}`;
        location.href = button.dataset.near.replace("{near}", encodeURIComponent(near));
      },
      () => { said.textContent = button.dataset.failed; },
      { maximumAge: 600000, timeout: 15000 },
    ));
  }

  // The reader's own clock beside the times of online events.
  for (const line of all("[data-clock]")) {
    const [start, end] = line.dataset.clock.split("/").map((at) => new Date(at));
    const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if (!here || here === line.dataset.zone || !Intl.DateTimeFormat.prototype.formatRange) continue;
    // The reader's country, where the page speaks the reader's language.
    const { lang } = document.documentElement;
    const tag = navigator.language.startsWith(lang) ? navigator.language : lang;
    const form = new Intl.DateTimeFormat(tag, { dateStyle: "full", timeStyle: "short" });
    line.textContent = line.textContent.replace("{when}", end > start ? form.formatRange(start, end) : form.format(start));
    line.hidden = false;
  }

  // The month grid with the arrow keys: from day to day, from week to week.
  for (const table of all("table.month")) {
    table.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 }[event.key];
      if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
      const cells = all("td", table);
      const right = getComputedStyle(table).direction === "rtl" && Math.abs(step) === 1 ? -step : step;
      for (let at = cells.indexOf(event.target.closest("td")) + right; cells[at]; at += right) {
        const link = one("a", cells[at]);
        if (!link) continue;
        link.focus();
        event.preventDefault();
        return;
      }
    });
  }

  // In a frame on another website: tell it how high we are, so that nothing is cut off.
  if (document.documentElement.dataset.embed !== undefined && parent !== window) {
    const tell = () => parent.postMessage({ calcast: location.href, height: document.body.offsetHeight }, "*");
    new ResizeObserver(tell).observe(document.body);
    addEventListener("load", tell);
    // Whoever listens may come later than what is said.
    addEventListener("message", (event) => {
      if (event.source === parent && event.data && event.data.calcast === "height") tell();
    });
  }
});
