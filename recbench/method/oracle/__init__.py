"""The oracle: what someone who sees the judge could reach, and so how much is left to win.

It competes with nobody. It is no plug-in and no method: it is not listed, no suite can name it as one,
and ``--with-oracle`` is the only way in. Methods never see the judge.
"""

from recbench.plugins.cards import MethodCard, Traits

ORACLE = MethodCard(
    name="oracle",
    summary="sees the judge: the cheapest known row that is valid and an inlier",
    implementation="recbench.method.oracle.search:Oracle",
    traits=Traits(deterministic=True),
)

LABEL = "oracle (sees the judge)"
