"""What takes too long for every run: every hour of every zone, many series, very many events. `make test-long`."""

import pathlib
import sys
import tempfile

import zones
from conftest import Server
from test_zones import zone_folder


def zones_by_the_hour(folder):
    """The offsets that two readers see through our VTIMEZONE are those of the database."""
    server = Server(zone_folder(folder / "zones", zones.names()))
    calendar = server.get("/calendar.ics").decode()
    server.close()
    count, hours, wrong = zones.sweep_all(calendar)
    print(f"{count} zones, {hours} hours, {len(wrong)} differences (tz database {zones.version()})")
    return wrong


def main(names):
    with tempfile.TemporaryDirectory() as folder:
        for part in [zones_by_the_hour]:
            if names and part.__name__ not in names:
                continue
            wrong = part(pathlib.Path(folder))
            print(*wrong[:50], sep="\n")
            if wrong:
                sys.exit(1)


if __name__ == "__main__":
    main(sys.argv[1:])
