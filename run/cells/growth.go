package cells

import (
	"context"
	"math"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/flows/solve"
	"github.com/amgen/amgen/internal/mistake"
)

// Growth is how fast each cell multiplies, or dies where it is below 0.
type Growth struct {
	// Rate is d log m/dt of each cell at its own time, per unit of the file's time: the mass doubles in log 2/Rate.
	Rate []float64

	cells *Cells
}

// rateStep is the step of Euler's method that rates are found by, in the model's time. A power of two, so that no bit
// is lost.
const rateStep = 1.0 / (1 << 20)

// Growth evaluates the rate of growth of each cell. Its error is a [run.ConfigError] for a run whose cells don't grow.
func (c *Cells) Growth(ctx context.Context) (*Growth, error) {
	motion := c.run.Plan.Model.Objective.Motion()
	if !motion.Growth {
		return nil, mistake.New("%s was trained by {objective} %s, in which cells move without growing; train with "+
			"{objective} uam", c.run.Name(), c.run.Plan.Config.Objective)
	}
	var solver solve.Solver = solve.Euler{Steps: 1}
	if motion.Diffusion != nil {
		solver = solve.EulerMaruyama{Steps: 1}
	}
	g := &Growth{Rate: make([]float64, c.Len()), cells: c}
	err := c.each(ctx, c.all(), func(b batch) error {
		at := b.t
		if motion.Diffusion != nil { // there is no noise after t = 1
			at = min(at, 1-rateStep)
		}
		// log m after one step from 0 is the step times the rate where it began
		end, err := c.run.Sampler.Follow(ctx, solver, b.x, at, at+rateStep, flows.FollowOptions{})
		if err != nil {
			return err
		}
		defer end.Finalize()
		for i, row := range b.rows {
			g.Rate[row] = end.LogWeights[i] / rateStep / c.span()
			if err := c.checkFinite("growth", row, g.Rate[row]); err != nil {
				return err
			}
		}
		return nil
	})
	return g, err
}

// Table has the rate of each cell. But for texts it has the cells' columns, too.
func (g *Growth) Table() *Table {
	c := g.cells
	t := c.table(nil)
	t.Columns = append(t.Columns, Column{Name: "growth", Numbers: g.Rate})
	t.Matrices = append(t.Matrices, Matrix{Name: nameX, Columns: c.Columns(), Values: c.measured(), NotInText: true})
	return t
}

// Correlations are Pearson's and Spearman's of the rates and as many true ones. Their error says that all of either are
// alike.
func (g *Growth) Correlations(truth []float64) (pearson, spearman float64, err error) {
	if pearson, err = correlation(g.Rate, truth); err != nil {
		return math.NaN(), math.NaN(), err
	}
	spearman, err = correlation(ranks(g.Rate), ranks(truth))
	return pearson, spearman, err
}
