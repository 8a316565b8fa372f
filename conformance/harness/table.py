"""The table that a run prints: a row a case, a column an SDK, and below it the reasons."""

OK, FAIL, LACKS = "ok", "FAIL", "-"


class Table:
    """Cells by case and SDK. A cell without reasons holds; None stands for an operation that the SDK does not have."""

    def __init__(self, sdks):
        self.sdks = sdks
        self.cells = {}

    def put(self, sdk, case, reasons):
        """Records one cell."""
        self.cells[sdk.name, case] = reasons

    @property
    def failures(self):
        """The cells that do not hold."""
        return {cell: reasons for cell, reasons in self.cells.items() if reasons}

    def lines(self):
        """The whole report, with the count alone on its last line."""
        cases = list(dict.fromkeys(case for _, case in self.cells))
        width = max(map(len, cases), default=0)
        names = [sdk.name for sdk in self.sdks]
        yield "  ".join([" " * width, *names]).rstrip()
        for case in cases:
            cells = [word(self.cells.get((name, case))).ljust(len(name)) for name in names]
            yield "  ".join([case.ljust(width), *cells]).rstrip()
        yield ""
        yield from self.notes()
        for (name, case), reasons in self.failures.items():
            yield f"FAIL  {name}: {case}"
            yield from (f"      {line}" for reason in reasons for line in reason.splitlines())
        held = sum(reasons == [] for reasons in self.cells.values())
        yield f"{held} passed, {len(self.failures)} failed"

    def notes(self):
        """Which version each column is, and why it has gaps."""
        for sdk in self.sdks:
            yield f"{sdk.name}: {sdk.traits['display']} {sdk.traits['version']}"
            if "note" in sdk.traits:
                yield f"    {sdk.traits['note']}"
            if any(name == sdk.name and reasons is None for (name, _), reasons in self.cells.items()):
                yield f"    {LACKS} {sdk.traits['lacks']['reason']}"
        yield ""


def word(reasons):
    """What stands in a cell."""
    return LACKS if reasons is None else FAIL if reasons else OK
