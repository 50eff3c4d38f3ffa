"""How the benchmark takes turns and prints."""
import sys


def table(title, header, rows):
    widths = [max(len(str(row[i])) for row in [header, *rows]) for i in range(len(header))]
    print(f"\n{title}")
    for row in [header, *rows]:
        cells = [str(row[0]).ljust(widths[0])]
        cells += [str(cell).rjust(width) for cell, width in zip(row[1:], widths[1:])]
        print("  " + "  ".join(cells))
    sys.stdout.flush()


def in_turn(ways, rounds):
    """Seconds of each way: A B, B A, A B …, so that a drift of the machine hits both alike."""
    seconds = {name: [] for name in ways}
    for number in range(rounds):
        order = list(ways) if number % 2 == 0 else list(reversed(list(ways)))
        for name in order:
            seconds[name].append(ways[name]())
    return seconds


def spread(values):
    return f"{min(values):.3f} to {max(values):.3f}"
