package cli

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/gomlx/gomlx/backends"

	"github.com/amgen/amgen/backends/engine"
	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/flows/solve"
	"github.com/amgen/amgen/weights"
)

// generator is a trained run, ready to draw from.
type generator struct {
	backend    backends.Backend
	engine     engine.Choice
	checkpoint *weights.Checkpoint
	cfg        Config
	raw        bool
	from       exhibit
	sampler    *flows.Sampler
}

// openGenerator loads a run that was trained by cfg for the task.
func openGenerator(ctx context.Context, from runChoice, backend string, cfg Config, task task, std streams) (_ *generator, err error) {
	objective, _, _, err := cfg.flow()
	if err != nil {
		return nil, err
	}
	vars, checkpoint, err := from.model(cfg, task.architecture(), std)
	if err != nil {
		return nil, err
	}
	if err := task.match(checkpoint, std); err != nil {
		return nil, err
	}
	g := &generator{checkpoint: checkpoint, cfg: cfg, raw: from.raw}
	if g.engine, err = chooseBackend(backend); err != nil {
		return nil, err
	}
	if g.backend, err = openBackend(backend, std); err != nil {
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
	if source, ok := g.from.(*imageSource); ok && source.images != nil {
		sayOtherImages(checkpoint, source.images, std)
	}
	g.sampler, err = flows.NewSampler(g.backend, vars, task.model(objective), g.from.path(), flows.WithDynamics(objective.Motion()))
	return g, err
}

// batchOf is how many of n samples are solved together, where the user asks for so many, or for 0.
func (g *generator) batchOf(n, asked int) (int, error) {
	if most := g.from.available(); n > most {
		return 0, usagef("there are %d images to restore; pass -n %d or less", most, most)
	}
	return min(n, cmp.Or(asked, g.from.together())), nil
}

// identityOf is a hash of all that sample k of a seed depends on. The batch counts: rounding depends on it, and of an
// adaptive solver the steps do.
func (g *generator) identityOf(solver solve.Solver, set solve.Settings, seed int64, batch int) (string, error) {
	text, err := json.Marshal(struct {
		Checkpoint  string
		Raw         bool
		Config      Config
		Solver      string
		Settings    solve.Settings
		Seed        int64
		Batch       int
		BackendName string
	}{g.checkpoint.Hash, g.raw, g.cfg, solver.Name(), set.Of(solver), seed, batch, g.engine.Rounding()})
	if err != nil {
		return "", fmt.Errorf("encode identity: %w", err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), nil
}

func (g *generator) close() {
	if g.sampler != nil {
		g.sampler.Finalize()
	}
	g.backend.Finalize()
}
