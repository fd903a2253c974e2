"""The built-in corpus: plays that nobody wrote, made by a small grammar, about 1 MB, always the same.

It is text to learn from where there is no network: speakers come in scenes, verbs agree with their
subjects, quarrels begin and end, so that a model has something to learn at every distance.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence

CHARACTERS = 1_000_000  # at least
SHA256 = "7fdb3dfd0ccabce0db83db47c19938549f878027b1fd636900632b3e1534eba7"  # of it, in UTF-8

NAMES = (
    *("ALDER", "BRISA", "CORVIN", "DELLA", "EDRIC", "FENNA", "GARETH", "HESTER", "ISOLDE"),
    *("JORAM", "KESTREL", "LUCAN", "MAREN", "NIALL", "OTTILY", "PERRIN", "QUILLA", "ROWAN"),
    *("SABINE", "TOBIAS", "URSIN", "VERITY", "WYSTAN", "YSOLDE"),
)
TITLES = ("First Watchman", "Second Watchman", "Old Miller", "Ferryman", "Nurse", "Steward")
PLACES = (
    *("A hall in the castle", "The orchard behind the mill", "A street near the harbour"),
    *("Before the northern gate", "A cellar, with barrels", "The deck of a ship"),
    *("A field of barley at dusk", "The chamber of the steward", "A bridge over the river"),
)
# what stands in braces is another rule, or one of the names of the scene: {one}, {other}
RULES: dict[str, tuple[str, ...]] = {
    "speech": (
        *("{claim}\n{claim}", "{claim}\n{wish}", "{question}\n{claim}", "{order}\n{reason}"),
        *("{claim}\n{claim}\n{question}", "{wish}\n{reason}\n{claim}", "{question}"),
        *("{cry}\n{claim}", "{cry}\n{order}\n{reason}", "{claim}\n{reason}\n{order}\n{wish}"),
    ),
    "claim": (
        *("The {thing} {does} the {thing},", "Our {things} {do} the {thing},"),
        *("{Time} the {thing} {does} upon the {place};", "{Time} {things} {do} upon the {place};"),
        *("My {quality} {thing} {does} no {thing} at all.", "I {feel} the {quality} {thing} of {Name}."),
        *("There is a {thing} more {quality} than the {thing}.", "So {quality} a {thing} I never saw."),
        *("He that {does} the {thing} {does} his {thing};", "They that {do} the {thing} {do} {things};"),
        *("I {feel} thee, {Name}, as {things} {do} the {thing}.", "No {thing} {does}, and no {things} {do}."),
    ),
    "question": (
        *("What {thing} is this that {does} the {place}?", "Dost thou {feel} the {thing}, {Name}?"),
        *("Who {does} the {quality} {thing} of {Name}?", "Where are the {things} that {do} the {place}?"),
        *("Why {do} the {things}, when the {thing} {does}?", "Is the {place} so {quality}, or is it thou?"),
    ),
    "order": (
        *("Go to the {place}, {Name}, and bring the {thing}.", "Leave the {things}, {Name}, leave them all."),
        *("Take up thy {thing} and follow to the {place}.", "Speak no more of {things}, good {Name}."),
        *("Stand by the {place} until the {thing} {does}.", "Bid {Name} come hither with the {things}."),
    ),
    "reason": (
        *("For {time} the {thing} {does}, and we are {quality}.",),
        *("For what {does} the {thing} {does} us too.",),
        *("Because the {things} {do}, and {Name} is {quality}.", "Since {Name} is {quality}, and I am not."),
    ),
    "wish": (
        *("Would that the {thing} were {quality} as the {thing}!", "May every {thing} be {quality} {time}."),
        *("O that my {things} were {things} of the {place}!",),
        *("Let {things} be {things}, and {Name} be {Name}.",),
    ),
    "cry": (
        *("O {quality} {thing}!", "Alas, {Name}!", "Peace, {Name}, peace.", "Good morrow, {quality} {Name}."),
        *("Ay, {Name}, ay.", "Nay, {Name}, nay.", "Hark!", "Well met, {Name}.", "By the {quality} {thing}!"),
    ),
    "agree": ("Ay, so it is.", "I say so too, {Name}.", "Then let it be so.", "As thou wilt, {Name}."),
    "deny": (
        *("Nay, it is not so.", "Thou art wrong, {Name}.", "Never, by the {thing}."),
        *("I will not, {Name}.",),
    ),
    "fight": (
        *("Draw, {Name}, if thou art not {quality}!", "Thy {thing} is {quality}, and thy {thing} too!"),
        *("Thou {quality} keeper of {things}!", "Call back thy word, or feel my {thing}!"),
    ),
    "yield": ("Enough. I yield, {Name}.", "Put up thy {thing}; I was wrong.", "Mercy, {quality} {Name}!"),
    "Name": ("{other}",),
    "thing": (
        *("lantern", "river", "crown", "winter", "harvest", "promise", "shadow", "mirror", "candle"),
        *("anchor", "garden", "hammer", "letter", "sorrow", "thunder", "feather", "secret", "orchard"),
        *("kingdom", "morning", "silence", "whisper", "sparrow", "sword", "bell", "ring", "heart"),
        *("tongue", "stone", "storm", "song", "star", "road", "bread", "wine", "wheel", "thorn"),
    ),
    "things": (
        *("lanterns", "rivers", "crowns", "winters", "promises", "shadows", "candles", "letters"),
        *("sorrows", "feathers", "secrets", "kingdoms", "mornings", "whispers", "sparrows", "swords"),
        *("bells", "hearts", "tongues", "stones", "storms", "songs", "stars", "roads", "thorns"),
    ),
    "does": (
        *("keeps", "breaks", "follows", "forgets", "remembers", "wakes", "buries", "measures"),
        *("carries", "betrays", "outlives", "answers", "burns", "mends", "weighs", "steals"),
    ),
    "do": (
        *("keep", "break", "follow", "forget", "remember", "wake", "bury", "measure", "carry"),
        *("betray", "outlive", "answer", "burn", "mend", "weigh", "steal"),
    ),
    "feel": ("know", "fear", "love", "trust", "want", "see", "hear", "doubt"),
    "quality": (
        *("gentle", "bitter", "silver", "patient", "hollow", "crooked", "faithful", "idle", "proud"),
        *("weary", "golden", "humble", "cruel", "ancient", "merry", "quiet", "stubborn", "sudden"),
    ),
    "place": ("castle", "mill", "harbour", "gate", "cellar", "ship", "field", "chamber", "bridge", "shore"),
    "time": ("at night", "at noon", "in spring", "today", "tomorrow", "once more", "for ever", "too soon"),
}  # fmt: skip
_HOLE = re.compile(r"\{(\w+)\}")


class _Writer:
    """Chance and the two who are speaking. Only ``random()`` is drawn from: it never changes."""

    def __init__(self, draw: Callable[[], float]) -> None:
        self._draw = draw
        self.one = self.other = ""

    def pick(self, choices: Sequence[str]) -> str:
        return choices[int(self._draw() * len(choices))]

    def cast(self) -> list[str]:
        """Two to four who are in a scene."""
        wanted = 2 + int(self._draw() * 3)
        found: list[str] = []
        while len(found) < wanted:
            name = self.pick(NAMES) if self._draw() < 0.85 else self.pick(TITLES)
            if name not in found:
                found.append(name)
        return found

    def say(self, rule: str) -> str:
        """A text by a rule of the grammar."""
        return _HOLE.sub(self._filled, self.pick(RULES[rule]))

    def _filled(self, match: re.Match[str]) -> str:
        name = match[1]
        if name == "other":
            return self.other if " " in self.other else self.other.capitalize()
        if name in RULES:
            return self.say(name)
        return self.say(name.lower()).capitalize()  # {Time} is {time} at the start of a line

    def turn(self, rule: str) -> str:
        """What one says to the other, under the speaker's name."""
        return f"{self.one}:\n{self.say(rule)}\n"

    def scene(self) -> list[str]:
        """Those on stage speak in turn; it may come to blows, which end with one who yields."""
        cast = self.cast()
        parts = [f"[{self.pick(PLACES)}. Enter {_listed(cast)}.]\n"]
        self.one, self.other = cast[0], cast[1]
        quarrel = self._draw() < 0.3
        turns = 6 + int(self._draw() * 14)
        for number in range(turns):
            last = number == turns - 1
            if quarrel and number > turns // 2:
                parts.append(self.turn("yield" if last else "fight"))
            else:
                chance = self._draw()
                rule = "agree" if chance < 0.08 else "deny" if chance < 0.16 else "speech"
                parts.append(self.turn(rule))
            self.one, self.other = self.other, self.one
            if len(cast) > 2 and self._draw() < 0.4:
                self.other = self.pick([name for name in cast if name != self.one])
        return [*parts, "[Exeunt.]\n"]


def _listed(cast: Sequence[str]) -> str:
    names = [name if " " in name else name.capitalize() for name in cast]
    return f"{', '.join(names[:-1])} and {names[-1]}"


def write_plays(seed: str = "plays", characters: int = CHARACTERS) -> str:
    """The corpus: scene after scene, until there are enough characters. Another seed, other plays."""
    writer = _Writer(random.Random(seed).random)
    parts: list[str] = []
    size = 0
    while size < characters:
        scene = "\n".join(writer.scene())
        parts.append(scene)
        size += len(scene) + 1
    return "\n".join(parts)
