"""Cards of the metrics that come with recbench."""

from recbench.plugins.cards import SHARE, MetricCard

_LOF = (
    "scikit-learn LocalOutlierFactor, k=5, novelty, Euclidean on encoded rows, fitted on all rows the gold"
    " labeller calls positive"
)

cost = MetricCard(
    name="cost",
    title="Cost",
    short="L1, encoded",
    summary="L1 distance in the encoded space, over people with a recourse (GenRe, Section 5)",
    better="lower",
    unit="encoded units",
    implementation="recbench.metrics.distance:Cost",
)
cost_l2 = MetricCard(
    name="cost_l2",
    title="Cost L2",
    short="L2, encoded",
    summary="Euclidean distance in the encoded space, over people with a recourse",
    better="lower",
    unit="encoded units",
    implementation="recbench.metrics.distance:CostL2",
)
cost_linf = MetricCard(
    name="cost_linf",
    title="Cost L∞",
    short="largest, encoded",
    summary="largest change of one feature in the encoded space, over people with a recourse",
    better="lower",
    unit="encoded units",
    implementation="recbench.metrics.distance:CostLinf",
)
changed = MetricCard(
    name="changed",
    title="Changed",
    short="features",
    summary="number of features changed, over people with a recourse",
    better="lower",
    unit="features",
    implementation="recbench.metrics.distance:Changed",
)
validity = MetricCard(
    name="validity",
    title="Val",
    short="gold > 0.5",
    summary="share of people whose gold probability after recourse is above 0.5; none found counts as 0",
    better="higher",
    unit=SHARE,
    implementation="recbench.metrics.quality:Validity",
)
accepted = MetricCard(
    name="accepted",
    title="Val by h",
    short="h > threshold",
    summary="share of people the classifier accepts after recourse; none found counts as 0",
    better="higher",
    unit=SHARE,
    implementation="recbench.metrics.quality:Accepted",
)
found = MetricCard(
    name="found",
    title="Found",
    short="share",
    summary="share of people for whom the method returned a counterfactual at all",
    better="higher",
    unit=SHARE,
    implementation="recbench.metrics.quality:Found",
)
lof = MetricCard(
    name="lof",
    title="LOF",
    short="inliers, k={k}",
    summary=f"share of people whose recourse is an inlier ({_LOF}); none found counts as 0",
    better="higher",
    unit=SHARE,
    implementation="recbench.metrics.quality:Lof",
)
lof_distinct = MetricCard(
    name="lof_distinct",
    title="LOF distinct",
    short="inliers, distinct rows",
    summary="the same share with LOF fitted on distinct rows, because duplicates make its density degenerate",
    better="higher",
    unit=SHARE,
    implementation="recbench.metrics.quality:LofDistinct",
)
lof_score = MetricCard(
    name="lof_score",
    title="LOF score",
    short="distinct rows, k={k}",
    summary="local outlier factor itself (distinct rows), about 1 inside, over people with a recourse",
    better="lower",
    unit="factor",
    implementation="recbench.metrics.quality:LofScore",
)
score = MetricCard(
    name="score",
    title="Score",
    short="Val + LOF − Cost/d",
    summary="validity + LOF inlier - cost/d per person; without recourse 0 (GenRe, Section 5)",
    better="higher",
    unit="points",
    implementation="recbench.metrics.quality:Score",
)
score_distinct = MetricCard(
    name="score_distinct",
    title="Score distinct",
    short="with LOF distinct",
    summary="Score with the LOF fitted on distinct rows",
    better="higher",
    unit="points",
    implementation="recbench.metrics.quality:ScoreDistinct",
)
distinct = MetricCard(
    name="distinct",
    title="Distinct",
    short="share",
    summary="share of distinct recourses among those found: a collapsed generator gives everyone the same",
    better="higher",
    unit=SHARE,
    implementation="recbench.metrics.quality:Distinct",
)
immutables_violated = MetricCard(
    name="immutables_violated",
    title="Immutable changed",
    short="share",
    summary="share of recourses that change an immutable feature",
    better="lower",
    unit=SHARE,
    implementation="recbench.metrics.constraints:ImmutablesViolated",
)
out_of_domain = MetricCard(
    name="out_of_domain",
    title="Out of domain",
    short="share",
    summary="share of recourses with a value outside the domain: bounds, categories, steps",
    better="lower",
    unit=SHARE,
    implementation="recbench.metrics.constraints:OutOfDomain",
)
fit_seconds = MetricCard(
    name="fit_seconds",
    title="Fit s",
    short="once",
    summary="wall-clock seconds of fit",
    better="lower",
    unit="s",
    implementation="recbench.metrics.speed:FitSeconds",
)
generate_seconds = MetricCard(
    name="generate_seconds",
    title="Generate s",
    short="all people",
    summary="wall-clock seconds of generate, for all people of the cell",
    better="lower",
    unit="s",
    implementation="recbench.metrics.speed:GenerateSeconds",
)
recourses_per_second = MetricCard(
    name="recourses_per_second",
    title="People/s",
    summary="people per second of generate",
    better="higher",
    unit="1/s",
    implementation="recbench.metrics.speed:RecoursesPerSecond",
)
directions_violated = MetricCard(
    name="directions_violated",
    title="Direction broken",
    short="share",
    summary="share of recourses that move a feature against the only direction it can go (a lower age)",
    better="lower",
    unit=SHARE,
    implementation="recbench.metrics.constraints:DirectionsViolated",
)
validity_retrained = MetricCard(
    name="validity_retrained",
    title="Val retrained",
    short="of 10 classifiers",
    summary="share of 10 classifiers, trained with other seeds and bootstraps, that accept; none found is 0",
    better="higher",
    unit="share",
    implementation="recbench.metrics.robustness:ValidityRetrained",
    default=False,
)
invalidation = MetricCard(
    name="invalidation",
    title="Invalidation",
    short="noise 0.1",
    summary=(
        "recourse invalidation rate: how often noise (normal, 0.1 encoded, on changeable numbers)"
        " makes h refuse an accepted recourse (Pawelczyk et al. 2023)"
    ),
    better="lower",
    unit="share",
    implementation="recbench.metrics.robustness:Invalidation",
    default=False,
)
ynn = MetricCard(
    name="ynn",
    title="yNN",
    short="5 neighbours",
    summary="share of the 5 nearest training rows that the classifier accepts; none found is 0 (CARLA, 2021)",
    better="higher",
    unit="share",
    implementation="recbench.metrics.neighbours:YNN",
    default=False,
)
nearest_positive = MetricCard(
    name="nearest_positive",
    title="To positive",
    short="L1, encoded",
    summary="cost from the recourse to the nearest training row with a favourable label",
    better="lower",
    unit="encoded units",
    implementation="recbench.metrics.neighbours:NearestPositive",
    default=False,
)
sample_diversity = MetricCard(
    name="sample_diversity",
    title="Diversity",
    short="L1 between draws",
    summary="mean cost between two draws for one person; only while a method runs, draws are not stored",
    better="higher",
    unit="encoded units",
    implementation="recbench.metrics.neighbours:SampleDiversity",
    default=False,
    draws=True,
)
sample_coverage = MetricCard(
    name="sample_coverage",
    title="Coverage",
    short="5 neighbours",
    summary=(
        "share of accepted favourable training rows with a draw in their 5-neighbour ball"
        " (Naeem et al. 2020); only while a method runs, draws are not stored"
    ),
    better="higher",
    unit="share",
    implementation="recbench.metrics.neighbours:SampleCoverage",
    default=False,
    draws=True,
)
