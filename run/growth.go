package run

import (
	"strconv"
	"strings"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/flows/science"
	"github.com/amgen/amgen/internal/mistake"
)

// How the masses of snapshots are found, besides numbers.
const (
	countedMasses = "counts"
	equalMasses   = "equal"
)

// settleCoupling chooses the coupling of snapshots, and checks what goes with it.
func (c *Config) settleCoupling(motion flows.Dynamics) error {
	unbalanced := science.Unbalanced.String()
	if c.Coupling == "" && c.snapshots() {
		c.Coupling = science.CouplingNames()[0]
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
		c.Masses = countedMasses
	}
	_, err := c.massNumbers()
	return err
}

// massNumbers are the masses of snapshots as far as they are numbers, else nil.
func (c Config) massNumbers() ([]float64, error) {
	if c.Masses == "" || c.Masses == countedMasses || c.Masses == equalMasses {
		return nil, nil
	}
	var list []float64
	for word := range strings.SplitSeq(c.Masses, ",") {
		mass, err := strconv.ParseFloat(strings.TrimSpace(word), 64)
		if err != nil || !(mass > 0) {
			return nil, mistake.New("{masses} must be %s, %s or a positive number for each snapshot with commas "+
				"between, got %.60q", countedMasses, equalMasses, c.Masses)
		}
		list = append(list, mass)
	}
	return list, nil
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

// describeMasses says what masses are learned, "" where none are.
func (c Config) describeMasses(s *science.Snapshots) string {
	if c.Coupling != science.Unbalanced.String() {
		return ""
	}
	list := make([]string, len(s.Masses))
	for k, mass := range s.Masses {
		list[k] = strconv.FormatFloat(mass, 'g', 4, 64)
	}
	by := "as given"
	switch c.Masses {
	case countedMasses:
		by = "by numbers of cells"
	case equalMasses:
		by = "equal"
	}
	return "masses " + by + ": " + science.Listed(list)
}
