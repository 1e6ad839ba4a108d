// Prints when every event of a calendar takes place between two days, as ical.js finds it: a JSON list of
// [start, end]. Days are dates, the end exclusive; hours are UTC. What was cancelled is left out.
const ICAL = require("ical.js");
const [text, from, to] = JSON.parse(require("node:fs").readFileSync(0, "utf8"));

// A zone that a calendar names and does not define is the one that Node knows by that name.
const offset = (name, instant) => {
  const told = new Intl.DateTimeFormat("en-US", { timeZone: name, timeZoneName: "longOffset" }).formatToParts(instant);
  const match = /GMT(?:([+-])(\d\d):(\d\d))?/.exec(told.find((part) => part.type === "timeZoneName").value);
  return match[1] ? (match[1] === "-" ? -1 : 1) * (match[2] * 3600 + match[3] * 60) : 0;
};
const define = (property) => {
  const name = property.getParameter("tzid");
  if (!name || ICAL.TimezoneService.has(name) || !Intl.supportedValuesOf("timeZone").includes(name)) return;
  const zone = new ICAL.Timezone({ tzid: name });
  zone.utcOffset = ({ year, month, day, hour, minute, second }) => {
    const local = Date.UTC(year, month - 1, day, hour, minute, second);
    return offset(name, local - 1000 * offset(name, local - 1000 * offset(name, local)));
  };
  ICAL.TimezoneService.register(name, zone);
};

const calendars = [].concat(ICAL.parse(text));
const all = [];
for (const parsed of Array.isArray(calendars[0]) ? calendars : [calendars]) {
  const calendar = new ICAL.Component(parsed);
  calendar.getAllSubcomponents("vtimezone").map((zone) => new ICAL.Timezone(zone))
    .forEach((zone) => ICAL.TimezoneService.register(zone.tzid, zone));
  for (const part of calendar.getAllSubcomponents("vevent")) part.getAllProperties().forEach(define);
  const at = (time) => (time.isDate ? time.toString() : time.toJSDate().toISOString().replace(".000", ""));
  const parts = calendar.getAllSubcomponents("vevent").filter((part) => part.getFirstPropertyValue("dtstart"));
  const cancelled = (part) => part.getFirstPropertyValue("status") === "CANCELLED";
  const replaces = (part) => part.hasProperty("recurrence-id");
  const uid = (part) => part.getFirstPropertyValue("uid");
  const series = parts.filter((part) => !replaces(part));
  const keep = ({ startDate, endDate, item }) => {
    const [start, end] = [at(startDate), at(endDate)];
    if (!cancelled(item.component) && end >= from && start < to) all.push([start, end]);
  };
  for (const part of series) {
    const exceptions = parts.filter((other) => replaces(other) && uid(other) && uid(other) === uid(part));
    const event = new ICAL.Event(part, { exceptions, strictExceptions: true });
    if (!event.isRecurring()) {
      keep({ startDate: event.startDate, endDate: event.endDate, item: event });
      continue;
    }
    const iterator = event.iterator();
    const seen = new Set();
    for (let next = iterator.next(); next && next.toString() < to + "T24"; next = iterator.next()) {
      const details = event.getOccurrenceDetails(next);
      seen.add(details.recurrenceId.toString());
      keep(details);
    }
    for (const other of Object.values(event.exceptions)) {
      if (!seen.has(other.recurrenceId.toString())) keep({ startDate: other.startDate, endDate: other.endDate, item: other });
    }
  }
  // What replaces a date of a series that is not here takes place as well.
  for (const part of parts.filter(replaces)) {
    if (!series.some((other) => uid(other) === uid(part))) {
      const event = new ICAL.Event(part);
      keep({ startDate: event.startDate, endDate: event.endDate, item: event });
    }
  }
}
console.log(JSON.stringify(all.sort()));
