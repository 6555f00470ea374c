package run

import (
	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/flows/science"
	"github.com/amgen/amgen/internal/mistake"
	"github.com/amgen/amgen/run/masses"
)

// settleCoupling chooses the coupling of snapshots, and checks what goes with it.
func (c *Config) settleCoupling(motion flows.Dynamics) error {
	unbalanced := science.Unbalanced.String()
	if c.Coupling == "" && c.snapshots() {
		c.Coupling = science.ExactTransport.String()
		if motion.Growth {
			c.Coupling = unbalanced
		}
	}
	switch {
	case c.Coupling == unbalanced && !motion.Growth:
		return mistake.New("{coupling} %s needs an objective with growth, got {objective} %s; use uam or euam, or "+
			"another {coupling}", unbalanced, c.Objective)
	case c.Coupling != unbalanced && c.Masses != "":
		return mistake.New("{masses} is for {coupling} %s, which goes with {objective} uam and euam; leave it out",
			unbalanced)
	case c.Coupling == unbalanced && c.Masses == "":
		c.Masses = masses.Counts
	}
	_, err := masses.Numbers(c.Masses)
	return err
}

// checkGrowthCost refuses a cost of growth that makes no sense.
func (c Config) checkGrowthCost() error {
	if c.GrowthCost == 0 {
		return nil
	}
	o, err := flows.ObjectiveByName(c.Objective, flows.ObjectiveSettings{})
	switch {
	case err == nil && !o.Motion().Growth:
		return mistake.New("{growth_cost} needs an objective with growth, got {objective} %s; use uam or euam, or "+
			"leave it out", c.Objective)
	case err == nil && !(c.GrowthCost >= 1e-15 && c.GrowthCost <= 1e15):
		return mistake.New("{growth_cost} must be in [1e-15, 1e15], got %g", c.GrowthCost)
	}
	return nil
}

// findGrowthCost takes the cost of growth from the cells where it was left open.
func (p *Plan) findGrowthCost() error {
	if p.Problem.Snapshots == nil || p.Config.Coupling != science.Unbalanced.String() {
		return nil
	}
	var err error
	if p.Config.GrowthCost, err = p.Problem.Snapshots.GrowthCost(); err != nil {
		return mistake.Wrap(err)
	}
	p.Model.Objective, err = p.Config.objective()
	return err
}
