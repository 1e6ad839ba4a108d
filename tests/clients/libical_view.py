"""Prints what a program built on libical shows of a calendar: local start and title of each occurrence.

Run by the system's Python, which has libical's bindings: `python3 libical_view.py ZONE FROM TO < calendar.ics`
"""

import sys

import gi

gi.require_version("ICalGLib", "3.0")
from gi.repository import ICalGLib as ical  # noqa: E402

viewer, first, last = sys.argv[1:]
calendar = ical.Component.new_from_string(sys.stdin.buffer.read().decode())
zones = {}
part = calendar.get_first_component(ical.ComponentKind.VTIMEZONE_COMPONENT)
while part:
    zone = ical.Timezone.new()
    zone.set_component(part.clone())
    zones[zone.get_tzid()] = zone
    part = calendar.get_next_component(ical.ComponentKind.VTIMEZONE_COMPONENT)
there = ical.Timezone.get_builtin_timezone(viewer)


def properties(component, kind):
    found = component.get_first_property(kind)
    while found:
        yield found
        found = component.get_next_property(kind)


def stamp(time):
    return time.as_ical_string()


def show(time, zone, title):
    if zone is not None:
        time = time.convert_to_zone(there) if time.get_timezone() else time
    text = f"{time.get_year():04}-{time.get_month():02}-{time.get_day():02}"
    if not time.is_date():
        text += f" {time.get_hour():02}:{time.get_minute():02}"
        if first <= text[:10] <= last:
            print(f"{text} {title}")


event = calendar.get_first_component(ical.ComponentKind.VEVENT_COMPONENT)
while event:
    start = event.get_first_property(ical.PropertyKind.DTSTART_PROPERTY)
    tzid = start.get_first_parameter(ical.ParameterKind.TZID_PARAMETER)
    zone = zones[tzid.get_tzid()] if tzid else ical.Timezone.get_utc_timezone()
    time = start.get_dtstart()
    time.set_timezone(zone)
    title = event.get_summary()
    left_out = {stamp(found.get_exdate()) for found in properties(event, ical.PropertyKind.EXDATE_PROPERTY)}
    rule = event.get_first_property(ical.PropertyKind.RRULE_PROPERTY)
    if rule is None:
        show(time, zone, title)
    else:
        until = ical.Time.new_from_string(last.replace("-", "") + "T235959")
        iterator = ical.RecurIterator.new(rule.get_rrule(), time)
        occurrence = iterator.next()
        while not occurrence.is_null_time() and occurrence.compare(until) <= 0:
            occurrence.set_timezone(zone)
            if stamp(occurrence) not in left_out:
                show(occurrence, zone, title)
            occurrence = iterator.next()
    event = calendar.get_next_component(ical.ComponentKind.VEVENT_COMPONENT)
