"""Step 7: a release that was tampered with, a harmless look-alike, is held against the last."""

from __future__ import annotations

from affineur.cli.demo import package
from affineur.cli.demo.journey import DEVELOPER, Journey


def vet_poisoned(journey: Journey) -> str:
    """Vet a wheel with a new start-up hook, with the server and without it."""
    stage = journey.stage
    honest, _ = package.build(stage.root / "dist", "1.2")
    poisoned = package.poison(stage.root / "poisoned", "1.2")
    good, bad = stage.short(honest), stage.short(poisoned)
    before = stage.short(stage.root / "dist" / honest.name.replace("1.2", "1.1"))
    stage.say(f"Somebody slipped {package.HOOK} into a wheel; what stands in it is harmless:")
    compared = stage.must_fail(
        DEVELOPER, "affineur", "vet", bad, "--against", before, saying=[package.HOOK]
    )
    stage.check("new since 1.1" in compared.output, "what is new is told as new")
    stage.say("The server says the same of it, and has nothing against the honest one:")
    stage.must_fail(DEVELOPER, "affineur", "vet", bad, saying=[package.HOOK])
    stage.must(DEVELOPER, "affineur", "vet", good)
    return f"{package.HOOK} is found, with its line, and blocks"
