package flows

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/amgen/amgen/flows/optimizer"
)

// registry lists the values of one kind by name, the default first.
type registry[T any] []struct {
	name  string
	value T
}

func (r registry[T]) names() []string {
	names := make([]string, len(r))
	for i, entry := range r {
		names[i] = entry.name
	}
	return names
}

func (r registry[T]) byName(kind, name string) (T, error) {
	for _, entry := range r {
		if entry.name == name {
			return entry.value, nil
		}
	}
	var zero T
	return zero, fmt.Errorf("flows: unknown %s %q; choose one of %s", kind, name, strings.Join(r.names(), ", "))
}

var (
	paths = registry[func(PathSettings) (Path, error)]{
		{Linear{}.Name(), func(s PathSettings) (Path, error) { return Linear{s.Antithetic}, nil }},
		{Trig{}.Name(), func(s PathSettings) (Path, error) { return Trig{s.Antithetic}, nil }},
		{VP{}.Name(), func(s PathSettings) (Path, error) { return VP{s.Antithetic}, nil }},
		{Torus{}.Name(), func(s PathSettings) (Path, error) { return Torus{s.Circumference, s.Antithetic}, nil }},
		{Color{}.Name(), restoring(Color{})},
		{SuperRes{}.Name(), restoring(SuperRes{})},
		{Inpaint{}.Name(), restoring(Inpaint{})},
	}
	estimators = registry[Estimator]{{"auto", Auto}, {"pathwise", Pathwise}, {"boundary", Boundary}, {"dice", DICE}}
	probes     = registry[Probe]{{Rademacher.String(), Rademacher}, {Gaussian.String(), Gaussian}}
	timings    = registry[Times]{{"weyl", WeylTimes{}}, {"uniform", UniformTimes{}}, {"adaptive", AdaptiveTimes{}}}
	weights    = registry[Weight]{{"auto", Weight{}}, {Constant.Name, Constant}, {LinearDecay.Name, LinearDecay},
		{CubicRise.Name, CubicRise}, {CubicDecay.Name, CubicDecay}}
	decays     = registry[optimizer.Decay]{{"constant", nil}, {"cosine", optimizer.CosineDecay}}
	objectives = registry[func(ObjectiveSettings) (Objective, error)]{
		{"am", actionMatching(false, false)},
		{"eam", actionMatching(true, false)},
		{"uam", actionMatching(false, true)},
		{"euam", actionMatching(true, true)},
		{"fm", baseline(func(w Weight) Objective { return FlowMatching{Weight: w} })},
		{"dsm", score(func(w Weight, d Diffusion) Objective { return DenoisingScoreMatching{Weight: w, Langevin: d} })},
		{"ssm", score(func(w Weight, d Diffusion) Objective { return SlicedScoreMatching{Weight: w, Langevin: d} })},
	}
)

// PathSettings are what a command line can say about a path.
type PathSettings struct {
	Antithetic    bool    // pair the examples of a batch by opposite noise
	Circumference float64 // of a torus; 0 is its default
}

// restoring makes a conditional path, which has no settings.
func restoring(path Conditional) func(PathSettings) (Path, error) {
	return func(s PathSettings) (Path, error) {
		if s.Antithetic {
			return nil, fmt.Errorf("flows: path %s makes its source of the data, so noise has no opposite; "+
				"leave antithetic out", path.Name())
		}
		return path, nil
	}
}

// ObjectiveSettings are what a command line can say about an objective. The zero value has its defaults.
type ObjectiveSettings struct {
	Weight    Weight
	Estimator Estimator
	Sigma     float64 // noise σ of the entropic objectives, 0 is DefaultSigma; of scores' Langevin dynamics, 0 is none
	Anneal    bool    // σ(1 − t) instead of σ
	Growth    float64 // cost δ of growth of the unbalanced ones, 0 is 1
	CostP     float64 // p of the cost Σ|vᵢ|^p/p of motion; 0 is 2
}

// DefaultSigma is the noise of an entropic objective that isn't told otherwise.
const DefaultSigma = 0.1

// actionMatching makes Action Matching's objectives.
func actionMatching(entropic, unbalanced bool) func(ObjectiveSettings) (Objective, error) {
	return func(s ObjectiveSettings) (Objective, error) {
		am := ActionMatching{Weight: s.Weight, Estimator: s.Estimator,
			Dynamics: Dynamics{Growth: unbalanced, GrowthCost: s.Growth}}
		switch {
		case s.Growth != 0 && !(unbalanced && s.Growth >= 1e-15 && s.Growth <= 1e15):
			return nil, fmt.Errorf("flows: growth cost δ = %g; give 1e-15 to 1e15, and to uam or euam alone", s.Growth)
		case badSigma(s.Sigma) != nil:
			return nil, badSigma(s.Sigma)
		case !entropic && (s.Sigma != 0 || s.Anneal):
			return nil, errors.New("flows: only the entropic objectives have noise; use eam or euam, or leave σ out")
		case entropic:
			am.Dynamics.Diffusion = diffusion(cmp.Or(s.Sigma, DefaultSigma), s.Anneal)
		}
		if s.CostP != 0 && s.CostP != 2 {
			cost, err := PNormCost(s.CostP)
			if err != nil {
				return nil, err
			}
			am.Dynamics.Cost = cost
		}
		return am, nil
	}
}

func badSigma(sigma float64) error {
	if !(sigma >= 0) || math.IsInf(sigma, 0) {
		return fmt.Errorf("flows: noise σ = %g; give a positive number", sigma)
	}
	return nil
}

func diffusion(sigma float64, anneal bool) Diffusion {
	if anneal {
		return AnnealedDiffusion(sigma)
	}
	return ConstantDiffusion(sigma)
}

// score makes a baseline that learns a score, and follows it by Langevin dynamics where there is a σ.
func score(build func(Weight, Diffusion) Objective) func(ObjectiveSettings) (Objective, error) {
	return func(s ObjectiveSettings) (Objective, error) {
		var langevin Diffusion
		switch {
		case badSigma(s.Sigma) != nil:
			return nil, badSigma(s.Sigma)
		case s.Sigma > 0:
			langevin = diffusion(s.Sigma, s.Anneal)
		case s.Anneal:
			return nil, errors.New("flows: without σ there is no noise to anneal; give σ for Langevin dynamics, or " +
				"leave anneal out")
		}
		s.Sigma, s.Anneal = 0, false
		return baseline(func(w Weight) Objective { return build(w, langevin) })(s)
	}
}

// baseline makes an objective that has no more settings than its weight.
func baseline(build func(Weight) Objective) func(ObjectiveSettings) (Objective, error) {
	return func(s ObjectiveSettings) (Objective, error) {
		switch {
		case s.Sigma != 0 || s.Anneal || s.Growth != 0 || s.CostP != 0 && s.CostP != 2:
			return nil, errors.New("flows: noise, growth and cost are of the Action Matching objectives; leave them " +
				"out, or use am, eam, uam or euam")
		case s.Estimator == Boundary || s.Estimator == DICE:
			return nil, errors.New("flows: this objective has no boundary terms; leave the estimator out")
		}
		return build(s.Weight), nil
	}
}

// PathNames lists the paths that [PathByName] knows.
func PathNames() []string { return paths.names() }

// PathByName returns a path, or an error that lists what exists.
func PathByName(name string, settings PathSettings) (Path, error) {
	build, err := paths.byName("path", name)
	if err != nil {
		return nil, err
	}
	return build(settings)
}

// EstimatorNames lists the estimators that [EstimatorByName] knows.
func EstimatorNames() []string { return estimators.names() }

// EstimatorByName returns an estimator, or an error that lists what exists.
func EstimatorByName(name string) (Estimator, error) { return estimators.byName("estimator", name) }

// ProbeNames lists the distributions of probes that [ProbeByName] knows.
func ProbeNames() []string { return probes.names() }

// ProbeByName returns a distribution of probes, or an error that lists what exists.
func ProbeByName(name string) (Probe, error) { return probes.byName("probe", name) }

// TimesNames lists the time samplers that [TimesByName] knows.
func TimesNames() []string { return timings.names() }

// TimesByName returns a time sampler, or an error that lists what exists.
func TimesByName(name string) (Times, error) { return timings.byName("time sampler", name) }

// WeightNames lists the weights that [WeightByName] knows.
func WeightNames() []string { return weights.names() }

// WeightByName returns a weight, the zero value for "auto", or an error that lists what exists.
func WeightByName(name string) (Weight, error) { return weights.byName("weight", name) }

// DecayNames lists the decays of the learning rate that [DecayByName] knows.
func DecayNames() []string { return decays.names() }

// DecayByName returns a decay, nil for "constant", or an error that lists what exists.
func DecayByName(name string) (optimizer.Decay, error) { return decays.byName("decay", name) }

// ObjectiveNames lists the objectives that [ObjectiveByName] knows.
func ObjectiveNames() []string { return objectives.names() }

// ObjectiveByName returns an objective, or an error that lists what exists or says why the settings make no sense.
func ObjectiveByName(name string, settings ObjectiveSettings) (Objective, error) {
	build, err := objectives.byName("objective", name)
	if err != nil {
		return nil, err
	}
	return build(settings)
}
