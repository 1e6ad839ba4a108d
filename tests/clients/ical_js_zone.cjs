// Asks ical.js for the offset of each local hour of some spans through the VTIMEZONE of a calendar. Spans are
// `[first, end, step]` in minutes since 1970; printed are the runs of equal offsets, `[how many, seconds]`.
const ICAL = require("ical.js");
const [text, spans] = JSON.parse(require("node:fs").readFileSync(0, "utf8"));

const zone = new ICAL.Timezone(new ICAL.Component(ICAL.parse(text)).getFirstSubcomponent("vtimezone"));
const runs = [];
for (const [first, end, step] of spans) {
  for (let minutes = first; minutes < end; minutes += step) {
    const at = new Date(minutes * 60_000);
    const time = new ICAL.Time({
      year: at.getUTCFullYear(), month: at.getUTCMonth() + 1, day: at.getUTCDate(),
      hour: at.getUTCHours(), minute: at.getUTCMinutes(), second: 0, isDate: false,
    }, zone);
    const offset = zone.utcOffset(time);
    if (runs.length > 0 && runs.at(-1)[1] === offset) runs.at(-1)[0] += 1;
    else runs.push([1, offset]);
  }
}
console.log(JSON.stringify(runs));
