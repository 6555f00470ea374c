package flows

import (
	"fmt"
	"strings"
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
	paths      = registry[Path]{{"linear", Linear{}}, {"trig", Trig{}}, {"vp", VP{}}}
	estimators = registry[Estimator]{{"auto", Auto}, {"pathwise", Pathwise}, {"boundary", Boundary}}
	timings    = registry[Times]{{"weyl", WeylTimes{}}, {"uniform", UniformTimes{}}, {"adaptive", AdaptiveTimes{}}}
	weights    = registry[Weight]{{"auto", nil}, {"constant", Constant}, {"linear-decay", LinearDecay},
		{"cubic-rise", CubicRise}, {"cubic-decay", CubicDecay}}
	objectives = registry[func(Weight, Estimator) Objective]{
		{"am", func(w Weight, e Estimator) Objective { return ActionMatching{Weight: w, Estimator: e} }},
	}
)

// PathNames lists the paths that [PathByName] knows.
func PathNames() []string { return paths.names() }

// PathByName returns a path, or an error that lists what exists.
func PathByName(name string) (Path, error) { return paths.byName("path", name) }

// EstimatorNames lists the estimators that [EstimatorByName] knows.
func EstimatorNames() []string { return estimators.names() }

// EstimatorByName returns an estimator, or an error that lists what exists.
func EstimatorByName(name string) (Estimator, error) { return estimators.byName("estimator", name) }

// TimesNames lists the time samplers that [TimesByName] knows.
func TimesNames() []string { return timings.names() }

// TimesByName returns a time sampler, or an error that lists what exists.
func TimesByName(name string) (Times, error) { return timings.byName("time sampler", name) }

// WeightNames lists the weights that [WeightByName] knows.
func WeightNames() []string { return weights.names() }

// WeightByName returns a weight, nil for "auto", or an error that lists what exists.
func WeightByName(name string) (Weight, error) { return weights.byName("weight", name) }

// ObjectiveNames lists the objectives that [ObjectiveByName] knows.
func ObjectiveNames() []string { return objectives.names() }

// ObjectiveByName returns an objective with its weight (nil is its default) and estimator, or an error that lists
// what exists.
func ObjectiveByName(name string, weight Weight, estimator Estimator) (Objective, error) {
	build, err := objectives.byName("objective", name)
	if err != nil {
		return nil, err
	}
	return build(weight, estimator), nil
}
