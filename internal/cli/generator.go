package cli

import (
	"context"

	"github.com/gomlx/gomlx/backends"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/weights"
)

// generator is a trained run, ready to draw from.
type generator struct {
	backend    backends.Backend
	checkpoint *weights.Checkpoint
	from       exhibit
	sampler    *flows.Sampler
}

// openGenerator loads the run in dir, which was trained by cfg for the task; raw takes the parameters themselves rather
// than their moving average.
func openGenerator(ctx context.Context, dir string, raw bool, backend string, cfg Config, task task, std streams) (_ *generator, err error) {
	objective, _, _, err := cfg.flow()
	if err != nil {
		return nil, err
	}
	vars, checkpoint, err := loadModel(dir, task.architecture(), raw || cfg.EMA == 0, std)
	if err != nil {
		return nil, err
	}
	g := &generator{checkpoint: checkpoint}
	if g.backend, err = openBackend(backend); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			g.close()
		}
	}()
	if g.from, err = task.exhibit(ctx, g.backend, std); err != nil {
		return nil, err
	}
	g.sampler, err = flows.NewSampler(g.backend, vars, task.model(objective), g.from.path(), flows.WithDynamics(objective.Motion()))
	return g, err
}

func (g *generator) close() {
	if g.sampler != nil {
		g.sampler.Finalize()
	}
	g.backend.Finalize()
}
