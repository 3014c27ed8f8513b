"""Six clients walk the public API at random, and a model of the policy says what each of them may see and do.

`policy.py` is that model, plain Python typed from the contract, and `effects.py` what moves change in it; `walk.py` and
`steps.py` make the moves, `watch.py` compares, `world.py` is the service they walk in. `python -m tests.history` walks
for as long as one likes.
"""
