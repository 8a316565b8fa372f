"""The table that a run prints: a block a door, in it a row a case and a column an SDK, and below it the reasons."""

OK, FAIL, LACKS = "ok", "FAIL", "-"


class Lack(str):
    """Why a case was not asked of an SDK. Neither passed nor failed."""


class Table:
    """Cells by case and SDK. A cell without reasons holds; one that is a `Lack` was not asked."""

    def __init__(self, sdks):
        self.sdks = sdks
        self.cells = {}

    def put(self, sdk, case, reasons):
        """Records one cell."""
        self.cells[sdk.name, case] = reasons

    @property
    def failures(self):
        """The cells that do not hold."""
        return {cell: reasons for cell, reasons in self.cells.items() if reasons and not isinstance(reasons, Lack)}

    def lines(self):
        """The whole report, with the count alone on its last line."""
        for door in dict.fromkeys(sdk.door for sdk in self.sdks):
            yield from self.block(door, [sdk for sdk in self.sdks if sdk.door == door])
        for (name, case), reasons in self.failures.items():
            yield f"FAIL  {name}: {case}"
            yield from (f"      {line}" for reason in reasons for line in reason.splitlines())
        held = sum(reasons == [] for reasons in self.cells.values())
        yield f"{held} passed, {len(self.failures)} failed"

    def block(self, door, sdks):
        """One door's rows and notes. The door's name, which every folder begins with, stands once."""
        names = [sdk.name for sdk in sdks]
        cases = list(dict.fromkeys(case for name, case in self.cells if name in names))
        heads = [name.removeprefix(f"{door}-") for name in names]
        width = max(map(len, [door, *cases]))
        yield "  ".join([door.ljust(width), *heads]).rstrip()
        for case in cases:
            cells = [word(self.cells.get((name, case))).ljust(len(head)) for name, head in zip(names, heads)]
            yield "  ".join([case.ljust(width), *cells]).rstrip()
        yield ""
        for sdk in sdks:
            yield from self.notes(sdk)
        yield ""

    def notes(self, sdk):
        """Which version a column is, and why it has gaps."""
        yield f"{sdk.name}: {sdk.traits['display']} {sdk.traits['version']}"
        if "note" in sdk.traits:
            yield f"    {sdk.traits['note']}"
        own = (reasons for (name, _), reasons in self.cells.items() if name == sdk.name)
        for lack in dict.fromkeys(reasons for reasons in own if isinstance(reasons, Lack)):
            yield f"    {LACKS} {lack}"


def word(reasons):
    """What stands in a cell."""
    return LACKS if reasons is None or isinstance(reasons, Lack) else FAIL if reasons else OK
