// Prints Node's own offset from UTC, in minutes, of each `[zone, instant]`: its time zone data may be older than
// the calendar's.
const asked = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
const offset = ([zone, text]) => {
  const at = new Date(text);
  const local = at.toLocaleString("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "medium" });
  return (new Date(local.replace(" ", "T") + "Z") - at) / 60_000;
};
console.log(JSON.stringify(asked.map(offset)));
