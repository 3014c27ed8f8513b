"""`python -m tests.auth.mutants --count 100000`: the gate against joserfc, an independent judge, on mutated tokens.

Every mutant comes of one good token, half of them truly signed, so that form, header, claims and signature are each
reached. A mutant that the gate accepts and joserfc refuses is wrongly accepted; anything but a refusal is a crash.
"""

import json
import random
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Annotated, Any

import joserfc.jwk
import joserfc.jwt
import typer
from rich.console import Console
from rich.progress import track
from rich.table import Table

from app.auth import keys, tokens
from app.problems import Unauthenticated
from tests.auth.hostile import STRANGER, Forger, b64, der

ISSUER, AUDIENCE = "https://referral.example", "urn:referral:api"
KEY, SIBLING = (keys.signing_key(keys.generate()) for _ in range(2))
CONFIGURED = keys.verification_keys([KEY.public, SIBLING.public])
FORGER = Forger(KEY, ISSUER, AUDIENCE, SIBLING)
JOSERFC = joserfc.jwk.KeySet.import_key_set({"keys": [dict(KEY.public), dict(SIBLING.public)]})
ODD: list[Any] = [
    *(None, True, False, 0, -1, 2**31, 2**53, 1e300, 0.5, "", " ", "none", "ES256", "at+jwt", "JWT"),
    *(KEY.kid, SIBLING.kid, STRANGER.kid, ISSUER, AUDIENCE, [], {}, [AUDIENCE], [[]], {"a": 1}, "\u0000", "ﬀ"),
]


def _flipped(chance: random.Random) -> str:
    text = FORGER.token()
    place = chance.randrange(len(text))
    return text[:place] + chance.choice("AZaz09-_.=+/ \n\0ộ") + text[place + 1 :]


def _cut_or_grown(chance: random.Random) -> str:
    text = FORGER.token()
    place = chance.randrange(len(text))
    return text[:place] + text[place + chance.randrange(1, 4) :] if chance.random() < 0.5 else text + text[:place]


def _other_member(chance: random.Random) -> str:
    odd = chance.choice(ODD)
    if chance.random() < 0.5:
        members = ["alg", "typ", "kid", "crit", "jwk", "jku", "x5u", "x5c", "b64", "zip", "cty", "enc"]
        return FORGER.token({**FORGER.header, chance.choice(members): odd})
    members = [*FORGER.claims(), "nbf", "note", "at_hash", "cnf", "azp", "act"]
    return FORGER.token(payload={**FORGER.claims(), chance.choice(members): odd})


def _left_out(chance: random.Random) -> str:
    if chance.random() < 0.5:
        return FORGER.with_claims(**{chance.choice(list(FORGER.claims())): ...})
    gone = chance.choice(list(FORGER.header))
    return FORGER.token({name: value for name, value in FORGER.header.items() if name != gone})


def _other_time(chance: random.Random) -> str:
    now = int(time.time())
    moment = now + chance.choice([-7200, -601, -31, -1, 1, 29, 31, 599, 601, 7200, 10**10])
    return FORGER.with_claims(
        **{chance.choice(["iat", "exp", "nbf"]): chance.choice([moment, str(moment), moment + 0.5])}
    )


def _repeated(chance: random.Random) -> str:
    header, payload = json.dumps(FORGER.header), json.dumps(FORGER.claims())
    if chance.random() < 0.5:
        return FORGER.token(header[:-1] + f',"{chance.choice(list(FORGER.header))}":"x"}}', payload)
    return FORGER.token(header, payload[:-1] + f',"{chance.choice(list(FORGER.claims()))}":1}}')


def _shuffled(chance: random.Random) -> str:
    parts = [*FORGER.token().split("."), *FORGER.token(key=STRANGER).split("."), b64(b"{}"), ""]
    return ".".join(chance.choices(parts, k=chance.choice([1, 2, 3, 3, 3, 4, 5])))


def _other_signer(chance: random.Random) -> str:
    """Signed by one key and naming another; only where both are the same may it pass."""
    signer = chance.choice([KEY, SIBLING, STRANGER])
    return FORGER.token({**FORGER.header, "kid": chance.choice([KEY, SIBLING, STRANGER]).kid}, key=signer)


def _other_signature(chance: random.Random) -> str:
    signed, _, text = FORGER.token().rpartition(".")
    whole = keys.decode_base64url(text)
    place = chance.randrange(64)
    bit = whole[:place] + bytes([whole[place] ^ 1 << chance.randrange(8)]) + whole[place + 1 :]
    forms = [b64(bit), b64(whole[32:] + whole[:32]), b64(whole + b"\0"), b64(whole[:-1]), b64(bytes(64)), der(text)]
    return f"{signed}.{chance.choice(forms)}"


def _deep(chance: random.Random) -> str:
    depth = chance.choice([1, 7, 8, 9, 100, 1000, 2900])
    nested = chance.choice(["[" * depth + "]" * depth, '{"a":' * (depth // 3) + "1" + "}" * (depth // 3)])
    return FORGER.raw_claims(f'"x":{nested}') if chance.random() < 0.5 else FORGER.deep_header(depth)


def _respelled(chance: random.Random) -> str:
    """The same values in other JSON: blanks, escapes, odd numbers, what strict readers refuse."""
    extra = chance.choice(
        ['"x":NaN', '"x":1e400', '"x":"\\ud800"', '"x":-0', '"x":1E2', '"x":"\\u0000"', '"\\u0069ss":"x"', ' "x" : 1 ']
    )
    return FORGER.raw_claims(extra)


def _harmless(chance: random.Random) -> str:
    return FORGER.token(payload=FORGER.claims(note=chance.random()), key=chance.choice([KEY, KEY, STRANGER]))


MUTATIONS: tuple[Callable[[random.Random], str], ...] = (
    *(_flipped, _flipped, _cut_or_grown, _other_member, _other_member, _left_out, _other_time, _repeated, _shuffled),
    *(_other_signer, _other_signature, _deep, _respelled, _harmless),
)


@dataclass
class Tally:
    """How the two judges ruled; `wrong` and `crashes` hold the mutants themselves, with the mutation that made them."""

    ruled: Counter[tuple[str, str]] = field(default_factory=Counter)
    wrong: list[tuple[str, str]] = field(default_factory=list)
    crashes: list[tuple[str, str]] = field(default_factory=list)

    def judge(self, mutation: str, mutant: str) -> None:
        joserfc_says = joserfc_accepts(mutant)
        try:
            tokens.verify(mutant, keys=CONFIGURED, issuer=ISSUER, audience=AUDIENCE, now=time.time())
        except Unauthenticated:
            self.ruled[mutation, "stricter" if joserfc_says else "refused"] += 1
        except Exception as error:
            self.crashes.append((f"{mutation}: {type(error).__name__}", mutant))
        else:
            self.ruled[mutation, "accepted"] += 1
            if not joserfc_says:
                self.wrong.append((mutation, mutant))

    def total(self, verdict: str) -> int:
        return sum(count for (_, ruled), count in self.ruled.items() if ruled == verdict)


def joserfc_accepts(text: str) -> bool:
    """Signature and claims by joserfc; the header's `typ`, which it leaves to its user, by hand."""
    needed: dict[str, Any] = {name: {"essential": True} for name in tokens.ACCESS.required}
    needed |= {"iss": {"essential": True, "value": ISSUER}, "aud": {"essential": True, "value": AUDIENCE}}
    try:
        judged = joserfc.jwt.decode(text, JOSERFC, algorithms=["ES256"])
        joserfc.jwt.JWTClaimsRegistry(leeway=tokens.SKEW, **needed).validate(judged.claims)
    except Exception:  # the other judge may fail as it likes; what it cannot read it does not accept
        return False
    return bool(judged.header.get("typ") == "at+jwt")


def run(numbers: Iterable[int], seed: int) -> Tally:
    """One mutant for each number; the same seed makes the same choices, over fresh keys and times."""
    chance, tally = random.Random(seed), Tally()  # noqa: S311 - repeatable, not secret
    for _ in numbers:
        mutation = chance.choice(MUTATIONS)
        tally.judge(mutation.__name__.strip("_"), mutation(chance))
    return tally


def main(
    count: Annotated[int, typer.Option(min=1, help="How many mutants")] = 100_000,
    seed: Annotated[int, typer.Option(help="Which choices")] = 20261121,
) -> None:
    """Judges mutants twice; exit code 1 if the gate accepts one that joserfc refuses, or crashes."""
    began = time.monotonic()
    tally = run(track(range(count), "Mutants", console=Console(stderr=True)), seed)
    verdicts = ("accepted", "stricter", "refused")
    table = Table("mutation", *verdicts)
    for mutation in sorted({name for name, _ in tally.ruled}):
        table.add_row(mutation, *(str(tally.ruled[mutation, verdict]) for verdict in verdicts))
    table.add_row("all", *(str(tally.total(verdict)) for verdict in verdicts))
    Console(width=100).print(table)
    seconds = time.monotonic() - began
    typer.echo(f"{count} mutants, seed {seed}, {seconds:.0f} s: {len(tally.wrong)} wrongly accepted, ", nl=False)
    typer.echo(f"{len(tally.crashes)} crashes")
    for name, mutant in [*tally.wrong, *tally.crashes]:
        typer.echo(f"{name}: {mutant}", err=True)
    raise typer.Exit(bool(tally.wrong or tally.crashes))


if __name__ == "__main__":
    typer.run(main)
