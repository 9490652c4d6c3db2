"""Words and phrases that user-facing text avoids, and what to write instead."""

from __future__ import annotations

AVOID = {
    r"can not": "cannot",
    r"time-outs?": "timeout",
    r"tokenis\w+": "tokenizer, tokenize (American spelling)",
    r"(?:behaviou?r|colou?r|honou?r|favou?r|neighbou?r)(?<=our)\w*": "American spelling: -or",
    r"(?:normalis|recognis|serialis|initialis|optimis|organis|summaris|quantis)\w+": "American spelling: -ize",
    r"lower[ -]cased?": "lowercase",
    r"upper[ -]cased?": "uppercase",
    r"doors?": "front end (pytest, command, library), or access",
    r"company": "requests in flight",
    r"patien(?:ce|t|tly)": "retry, wait",
    r"scenes?": "upstream scenario",
    r"mend(?:s|ed|ing)?": "fix",
    r"harm(?:s|ed|less|ful)?": "affect, break, damage",
    r"strangers?": "unauthenticated client",
    r"nobody": "without, not, anonymous",
    r"none otherwise": "rewrite the sentence",
    r"beheaded": "first-character-removed",
    r"let(?:s)? in\b": "accept",
    r"lives? on": "keeps running",
    r"stands? in for": "replaces",
    r"stands? there": "is there",
    r"brings? (?:nothing )?down": "crashes",
    r"what is said of": "the description of",
    r"what it may have at most": "the limit",
    r"is to be led": "point ... at",
    r"leads? nowhere": "has no usable target",
    r"has no case": "is case-insensitive",
    r"went? around": "bypass",
    r"the other way round": "in reverse order",
    r"with the option header": "with --header",
    r"key that is no name": "an invalid key",
    r"takes it now": "passes now",
    r"the suite itself broke": "internal error in the suite",
    r"the target is not to blame": "not a fault of the target",
    r"what was mended": "fixes",
    r"nothing breaks but": "only ... is affected",
    r"begin with \S+: \d+ more wait": "Fix ... first: ... requirements are blocked by it",
    r"exchanges more of the kind": "similar failures",
    r"the same came for": "... similar failures",
    r"no target was named": "No target given",
    r"free address of this machine": "cannot listen on ...",
    r"lets? it show": "no response contained this field",
    r"nothing arrived of": "the upstream received no request",
    r"whoever": "rewrite the sentence",
}
"""Regular expression, in any letter case, of whole words: what to write."""

PLURAL_OF_ONE = (
    r"(?<![\d.,:/-])1 "
    r"(?:requests|tokens|failures|requirements|texts|items|exchanges|seconds|mutants|servers|checks)\b"
)
