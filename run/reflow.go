package run

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"github.com/gomlx/gomlx/backends"

	"github.com/amgen/amgen/backends/simd"
	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/internal/mistake"
	"github.com/amgen/amgen/run/pairs"
)

// checkPairs refuses pairs where noise and image aren't joined by straight lines, or where a loss needs noise that
// doesn't depend on the image.
func (c *Config) checkPairs() error {
	objectives := []string{"am", "fm"}
	switch {
	case c.Pairs == "":
		return nil
	case c.Path != flows.PathNames()[0]:
		return mistake.New("{pairs} are joined by straight lines, and {path} is %s; use {path} %s", c.Path,
			flows.PathNames()[0])
	case c.Antithetic:
		return mistake.New("{antithetic} draws noise in pairs, and {pairs} have theirs; leave it out")
	case !slices.Contains(objectives, c.Objective):
		return mistake.New("{pairs} are for {objective} am or fm, got %s", c.Objective)
	}
	return nil
}

// loadPairs reads what the configuration trains on instead of the data set's images.
func (t imageTask) loadPairs() (*Data, error) {
	set, err := pairs.Read(t.cfg.Pairs, simd.InstalledMemory())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, mistake.Wrap(err)
	} else if err != nil {
		return nil, err
	}
	source := func(backend backends.Backend) *Source { return t.from(backend, nil) }
	d := &Data{Path: pairs.Path{}, source: source}
	if want := source(nil).Dims; !slices.Equal(set.Dims, want) {
		return nil, fmt.Errorf("pairs of %s are images of %v, and the network takes %v; draw them from a run of that "+
			"size", set.Name, set.Dims, want)
	}
	if d.Classes, err = t.cfg.classesOfPairs(set); err != nil {
		return nil, err
	}
	if d.Hash, err = json.Marshal(set.Hash()); err != nil {
		return nil, fmt.Errorf("encode hash: %w", err)
	}
	if d.Batches, err = set.Batches(t.cfg.Batch, t.cfg.Seed); err != nil {
		return nil, mistake.Wrap(err)
	}
	return d, nil
}

// classesOfPairs are the configuration's classes with their counts in the pairs; nil of a run without.
func (c Config) classesOfPairs(set *pairs.Set) (*Classes, error) {
	if !c.Classes {
		set.Labels = nil
		return nil, nil
	}
	if set.Labels == nil {
		return nil, fmt.Errorf("pairs of %s have no classes, and the run is to learn some; draw them from a run with "+
			"classes", set.Name)
	}
	counts := make([]int, len(c.ClassNames))
	for i, label := range set.Labels {
		if label < 0 || int(label) >= len(counts) {
			return nil, fmt.Errorf("pairs of %s have class %d in pair %d, and the run has classes 0 to %d; draw them "+
				"from a run with the same classes, without --class none", set.Name, label, i, len(counts)-1)
		}
		counts[label]++
	}
	return &Classes{Names: c.ClassNames, Counts: counts}, nil
}
