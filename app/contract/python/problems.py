"""A class per problem code."""

from app.problems import CATALOGUE, Problem

_HEAD = "from ..errors import ProblemError\n"


def problems() -> str:
    """The module: every code that the service may answer, whether an operation names it or not."""
    return _HEAD + "".join(_definition(CATALOGUE[code]) for code in sorted(CATALOGUE))


def _definition(problem: type[Problem]) -> str:
    name = "".join(word.capitalize() for word in problem.code.split("_"))
    title = problem.title["en"]
    return f'\n\nclass {name}(ProblemError):\n    """{problem.status}: {title}."""\n\n    code = "{problem.code}"\n'
