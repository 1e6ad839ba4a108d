// Prints every occurrence of every event of a calendar between two days, as ical.js finds them: one JSON
// object, `{uid: [[start, end], …]}`. Days are dates, the end exclusive; hours are UTC.
const ICAL = require("ical.js");
const [text, from, to] = JSON.parse(require("node:fs").readFileSync(0, "utf8"));

const calendar = new ICAL.Component(ICAL.parse(text));
calendar.getAllSubcomponents("vtimezone").map((zone) => new ICAL.Timezone(zone))
  .forEach((zone) => ICAL.TimezoneService.register(zone.tzid, zone));

const at = (time) => (time.isDate ? time.toString() : time.toJSDate().toISOString().replace(".000", ""));
const series = new Map();
for (const component of calendar.getAllSubcomponents("vevent")) {
  const event = new ICAL.Event(component);
  if (event.isRecurrenceException()) series.get(event.uid).relateException(event);
  else series.set(event.uid, event);
}
const found = {};
for (const [uid, event] of series) {
  const all = [];
  const keep = ({ startDate, endDate }) => {
    const [start, end] = [at(startDate), at(endDate)];
    if (end > from && start < to) all.push([start, end]);
  };
  if (event.isRecurring()) {
    const iterator = event.iterator();
    for (let next = iterator.next(); next && next.toString() < to + "T24"; next = iterator.next()) {
      keep(event.getOccurrenceDetails(next));
    }
    for (const other of Object.values(event.exceptions)) {
      if (other.recurrenceId.toString() >= to + "T24") keep(other);
    }
  } else keep(event);
  found[uid] = all.sort();
}
console.log(JSON.stringify(found));
