// Reads a calendar with ical.js and prints what each event says, and what went wrong, as JSON.
const ICAL = require("ical.js");
const text = require("node:fs").readFileSync(0, "utf8");

const calendar = new ICAL.Component(ICAL.parse(text));
const zones = calendar.getAllSubcomponents("vtimezone").map((zone) => new ICAL.Timezone(zone));
zones.forEach((zone) => ICAL.TimezoneService.register(zone.tzid, zone));

const at = (time) => (time.isDate ? time.toString() : time.toJSDate().toISOString());
const events = calendar.getAllSubcomponents("vevent").map((component) => {
  const event = new ICAL.Event(component);
  return {
    uid: event.uid,
    title: event.summary,
    all_day: event.startDate.isDate,
    start: at(event.startDate),
    end: at(event.endDate),
    tzid: component.getFirstProperty("dtstart").getParameter("tzid") ?? null,
  };
});
console.log(JSON.stringify({ zones: zones.map((zone) => zone.tzid), events }));
