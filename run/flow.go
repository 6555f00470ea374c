package run

import (
	"math"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/flows/science"
	"github.com/amgen/amgen/internal/mistake"
)

// flow is the objective, the path and the times that the configuration names.
func (c Config) flow() (objective flows.Objective, path flows.Path, times flows.Times, err error) {
	if objective, err = c.objective(); err != nil {
		return nil, nil, nil, err
	}
	if path, err = c.path(); err != nil {
		return nil, nil, nil, err
	}
	if times, err = flows.TimesByName(c.Times); err != nil {
		return nil, nil, nil, mistake.Wrap(err)
	}
	if err = objective.Check(path); err != nil {
		return nil, nil, nil, mistake.Wrap(err)
	}
	return objective, path, times, nil
}

func (c Config) objective() (flows.Objective, error) {
	weight, err := flows.WeightByName(c.Weight)
	if err != nil {
		return nil, mistake.Wrap(err)
	}
	estimator, err := flows.EstimatorByName(c.Estimator)
	if err != nil {
		return nil, mistake.Wrap(err)
	}
	if !(c.Sigma >= 0) || math.IsInf(c.Sigma, 0) {
		return nil, mistake.New("{sigma} must be in [0, ∞), got %g", c.Sigma)
	}
	if err := c.checkGrowthCost(); err != nil {
		return nil, err
	}
	objective, err := flows.ObjectiveByName(c.Objective, flows.ObjectiveSettings{Weight: weight, Estimator: estimator,
		Sigma: c.Sigma, Anneal: c.Anneal, CostP: c.CostP, Growth: c.GrowthCost})
	if err != nil {
		return nil, mistake.Wrap(err)
	}
	return objective, nil
}

// givenPath is the name of a path that comes with the data.
const givenPath = "data"

// pointsCircumference is that of the circles of a torus of points: the toys, of which none has more than one point in a
// thousand beyond 5, take half of it.
const pointsCircumference = 10

// path is the one that the configuration names.
func (c Config) path() (flows.Path, error) {
	if own, ok := science.OwnPath(c.Dataset); ok {
		switch {
		case c.Path != givenPath:
			return nil, mistake.New("{path} %s leads from noise to data, and %s comes with all its times: "+
				"leave {path} out", c.Path, c.Dataset)
		case c.Antithetic:
			return nil, mistake.New("{antithetic} pairs the noise that a path starts from, and that of %s has none; "+
				"leave it out", c.Dataset)
		}
		return own, nil
	}
	settings := flows.PathSettings{Antithetic: c.Antithetic}
	if c.Points() {
		settings.Circumference = pointsCircumference
	}
	path, err := flows.PathByName(c.Path, settings)
	if err != nil {
		return nil, mistake.Wrap(err)
	}
	if _, restores := path.(flows.Conditional); restores && c.Points() {
		return nil, mistake.New("{path} %s restores images, and %s has points; use linear, trig, vp or torus", c.Path,
			c.Dataset)
	}
	return path, nil
}

// checkPoints refuses what is set and has no meaning for the data set.
func (c Config) checkPoints() error {
	if c.Hidden != nil && !c.Points() {
		return mistake.New("{hidden} is for points and their perceptron, %s has images; leave it out", c.Dataset)
	}
	for _, check := range []struct {
		key         string
		set, images bool
	}{
		{"classes", c.Classes, true}, {"distill", c.Distill != "", true},
		{"dropout", c.Dropout != 0, true}, {"flip", c.Flip, true}, {"augment", c.Augment != 0, true},
		{"size", c.Size != 0, true}, {"channels", c.Channels != 0, true}, {"base", c.Base != 0, true},
		{"multipliers", c.Multipliers != nil, true}, {"blocks", c.Blocks != 0, true},
		{"attention", c.Attention != nil, true}, {"patch", c.Patch != 0, true},
		{"time_scale", c.TimeScale != 0, true},
		{"leave_out", c.LeaveOut != 0 || c.LeaveOutTime != "", false}, {"coupling", c.Coupling != "", false},
		{"masses", c.Masses != "", false}, {"smoothing", c.Smoothing != 0, false},
		{"components", c.Components != 0, false}, {"raw_columns", c.RawColumns, false},
		{"time_column", c.TimeColumn != "", false}, {"time_order", len(c.TimeOrder) > 0, false},
		{"columns", len(c.Columns) > 0, false}, {"drop", len(c.Drop) > 0, false},
	} {
		switch {
		case check.set && check.images && c.Points():
			return mistake.New("{"+check.key+"} is for images and their U-Net, %s has points; leave it out", c.Dataset)
		case check.set && !check.images && !c.snapshots():
			return mistake.New("{"+check.key+"} is for %s and %s, got {dataset} %s; leave it out",
				science.SnapshotsName("FILE"), science.EmbryoName, c.Dataset)
		}
	}
	return nil
}
