package eval

import "math"

// between is the outcome of a metric of two clouds.
func between(samples, reference *Features, compare func(a, b Cloud) (Estimate, error)) (f outcome, err error) {
	f.Estimate, err = compare(samples.cloud, reference.cloud)
	return f, err
}

func compareFID(samples, reference *Features, o Options, seed int64) (f outcome, err error) {
	if o.Extrapolate {
		limit, err := FrechetLimit{Seed: uint64(seed)}.Between(samples.cloud, reference.gaussian)
		if err != nil {
			return f, err
		}
		f.Estimate, f.parts = limit.Estimate, map[string]float64{"of_all": limit.Distances[len(limit.Distances)-1],
			"slope": limit.Slope}
		return f, nil
	}
	if samples.some.numbers() == 0 {
		f.Estimate, err = Frechet(samples.gaussian, reference.gaussian)
		return f, err
	}
	f.Estimate, err = FrechetWithError(samples.gaussian, reference.gaussian, samples.some)
	return f, err
}

func compareKID(samples, reference *Features, o Options, seed int64) (outcome, error) {
	size := min(o.SubsetSize, samples.Set.Count, reference.Set.Count)
	return between(samples, reference, KID{Subsets: o.Subsets, Size: size, Seed: uint64(seed)}.Between)
}

func scoreIS(samples, _ *Features, o Options, _ int64) (f outcome, err error) {
	score, err := InceptionScore(samples.probabilities, samples.classes, o.Splits)
	f.Estimate, f.parts = score.Estimate, map[string]float64{"deviation": score.Deviation}
	return f, err
}

func comparePRDC(samples, reference *Features, o Options, _ int64) (f outcome, err error) {
	m, err := PRDC{Neighbours: o.Neighbours}.Between(samples.cloud, reference.cloud)
	f.Estimate, f.parts = m.Precision, map[string]float64{}
	for name, e := range map[string]Estimate{"precision": m.Precision, "recall": m.Recall, "density": m.Density,
		"coverage": m.Coverage} {
		f.parts[name] = e.Value
		if e.StdErr != nil {
			f.parts[name+stderrSuffix] = *e.StdErr
		}
	}
	return f, err
}

func compareMMD(samples, reference *Features, _ Options, _ int64) (outcome, error) {
	return between(samples, reference, MMD{}.Between)
}

func compareSliced(samples, reference *Features, o Options, seed int64) (outcome, error) {
	return between(samples, reference, Sliced{Order: 2, Projections: o.Projections, Seed: uint64(seed)}.Between)
}

func compareBalance(samples, reference *Features, _ Options, _ int64) (f outcome, err error) {
	a, err := ClassCounts(samples.probabilities, samples.classes)
	if err != nil {
		return f, err
	}
	b, err := ClassCounts(reference.probabilities, reference.classes)
	if err != nil {
		return f, err
	}
	balance, err := CompareClasses(a, b)
	if err != nil {
		return f, err
	}
	f.Estimate = balance.TotalVariation
	f.parts = map[string]float64{"divergence": balance.Divergence.Value, "missing": float64(len(balance.Missing))}
	return f, nil
}

func compareAccuracy(samples, _ *Features, _ Options, _ int64) (f outcome, err error) {
	a, err := Accuracy(samples.probabilities, samples.classes, samples.Set.Labels)
	if err != nil {
		return f, err
	}
	f.Estimate = a.Estimate
	if a.LowestShare < a.Value {
		f.parts = map[string]float64{"lowest": a.LowestShare, "lowest_class": float64(a.Lowest)}
	}
	return f, nil
}

// infinite is a value of the outcome that isn't finite, if there is one.
func (f outcome) infinite(metric string) (name string, value float64, found bool) {
	figures := map[string]float64{metric: f.Value}
	for name, v := range f.parts {
		figures[name] = v
	}
	for name, v := range figures {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return name, v, true
		}
	}
	return "", 0, false
}
