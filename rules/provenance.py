"""What a reel says of its making: who made each part, what kind of maker that was, and the one word true of the whole.

The word is a term of the IPTC vocabulary "Digital Source Type" (http://cv.iptc.org/newscodes/digitalsourcetype/), which
content credentials and platforms share. In our own words, the terms that can be true of a reel:

    trainedAlgorithmicMedia               made by a model that was trained on recordings, pictures or texts
    compositeWithTrainedAlgorithmicMedia  put together of what such a model made and of something else
    algorithmicMedia                      made by plain computation, without any sampled training data
    composite                             put together of several sources, whatever they are

`compositeSynthetic` is not used: by its present definition one of the sources is generative AI, and of a reel that has
such a part the longer term says more. Cuts, captions and marks are editing, not a source, and change nothing. A script
is listed among the makers but is neither seen nor heard as such; it does not choose the term.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from core.models import Capability
from core.posting import Disclosure, MakerNote

Kind = Literal["trained", "algorithmic", "human"]

KINDS: dict[str, Kind] = {
    "outline": "algorithmic",
    "scenery": "algorithmic",
    "bed": "algorithmic",
    "reelwright": "algorithmic",
    "piper": "trained",
    "kokoro": "trained",
    "nanotts": "trained",
    "own_music": "human",
}
"""How the makers on this machine work. Pico, the voice of nanotts, is a hidden Markov model whose distributions and
decision trees were estimated from a speaker's recordings, so it is trained, small as it is. `own_music` is what the
operator put into the folder; who made that, only the operator knows."""

LISTED = (
    Capability.WRITE, Capability.SPEAK, Capability.DRAW, Capability.ANIMATE, Capability.TALK, Capability.MUSIC,
)  # fmt: skip
"""The steps that bring something into a reel, in the order they are listed."""

ONLY_READ = Capability.WRITE
"""The step whose result is neither seen nor heard as such."""

MEANINGS: dict[str, str] = {
    "trainedAlgorithmicMedia": "all that is seen and heard was made by trained AI models",
    "compositeWithTrainedAlgorithmicMedia": "put together of what trained AI models made and of other sources",
    "algorithmicMedia": "all that is seen and heard was made by plain algorithms, without trained models",
    "composite": "put together of several sources, none of them a trained AI model",
}
"""What the terms mean, for people."""


def kind_of(maker: str, step: str) -> Kind:
    """Say how a maker or service works.

    Every outside service counts as trained, and so does whoever is not known here: a reel never says less than it
    should. The editor, who turns a language model's draft into the script, is one of these.
    """
    return KINDS.get(maker, "trained") if step in LISTED else "algorithmic"


def source_type(makers: Sequence[MakerNote]) -> str:
    """Return the term that is true of a reel with these makers."""
    kinds = {note.kind for note in makers if note.step != ONLY_READ}
    if kinds == {"trained"}:
        return "trainedAlgorithmicMedia"
    if "trained" in kinds:
        return "compositeWithTrainedAlgorithmicMedia"
    return "algorithmicMedia" if kinds == {"algorithmic"} else "composite"


def disclosure(rows: Sequence[Mapping[str, Any]], line: str) -> Disclosure:
    """Return what is disclosed of a reel, each maker of a step named once.

    `rows` are those of `db.generations.list_makers`; steps that bring nothing into the reel are left out. `line` is
    what the caption says, in the reel's language.
    """
    notes = {
        MakerNote(
            step=row["capability"],
            maker=row["maker"],
            model=row.get("model") or "",
            kind=kind_of(row["maker"], row["capability"]),
        ): None
        for row in rows
        if row["capability"] in LISTED
    }
    makers = sorted(notes, key=lambda note: (LISTED.index(Capability(note.step)), note.maker, note.model))
    return Disclosure(line=line, source_type=source_type(makers), makers=tuple(makers))
