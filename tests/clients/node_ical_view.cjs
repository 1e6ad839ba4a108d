// Prints what a program built on node-ical shows of a calendar: local start and title of each occurrence.
const ical = require("node-ical");
const [text, viewer, first, last] = JSON.parse(require("node:fs").readFileSync(0, "utf8"));

const shown = (at) => at.toLocaleString("sv-SE", { timeZone: viewer, dateStyle: "short", timeStyle: "short" });
const from = new Date(`${first}T00:00:00Z`);
const to = new Date(`${last}T23:59:59Z`);
for (const event of Object.values(ical.sync.parseICS(text))) {
  if (event.type !== "VEVENT" || event.datetype === "date") continue;
  const starts = event.rrule
    ? ical.expandRecurringEvent(event, { from, to }).map((occurrence) => occurrence.start)
    : [event.start];
  for (const start of starts) {
    const local = shown(start);
    if (first <= local.slice(0, 10) && local.slice(0, 10) <= last) console.log(`${local} ${event.summary}`);
  }
}
