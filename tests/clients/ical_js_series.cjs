// Prints every occurrence of every event of a calendar between two days, as ical.js finds them: one JSON
// object, `{uid: [[start, end], …]}`. Days are dates, the end exclusive; hours are UTC.
const ICAL = require("ical.js");
const [text, from, to] = JSON.parse(require("node:fs").readFileSync(0, "utf8"));

const calendar = new ICAL.Component(ICAL.parse(text));
calendar.getAllSubcomponents("vtimezone").map((zone) => new ICAL.Timezone(zone))
  .forEach((zone) => ICAL.TimezoneService.register(zone.tzid, zone));

const at = (time) => (time.isDate ? time.toString() : time.toJSDate().toISOString().replace(".000", ""));
// Left to itself it takes what replaces a date of any series for one of this.
const parts = calendar.getAllSubcomponents("vevent");
const replaces = (part) => part.hasProperty("recurrence-id");
const series = parts.filter((part) => !replaces(part)).map((part) => {
  const uid = part.getFirstPropertyValue("uid");
  const exceptions = parts.filter((other) => replaces(other) && other.getFirstPropertyValue("uid") === uid);
  return new ICAL.Event(part, { exceptions });
});
const found = {};
for (const event of series) {
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
  found[event.uid] = all.sort();
}
console.log(JSON.stringify(found));
