package draw

import (
	"github.com/amgen/amgen/flows/science"
	"github.com/amgen/amgen/run"
)

// BeginWith has an opened run of snapshots draw from other cells: sample k begins with cell k of them, again and again.
// Options.Begin is their time. What was learned isn't changed.
func BeginWith(r *run.Run, starts *science.Starts) error {
	problem, err := r.Source.Problem.Begin(starts)
	if err != nil {
		return err
	}
	source := *r.Source
	source.Problem = problem
	r.Source = &source
	return nil
}
