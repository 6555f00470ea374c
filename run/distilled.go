package run

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/gomlx/gomlx/backends"

	"github.com/amgen/amgen/backends/simd"
	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/internal/mistake"
	"github.com/amgen/amgen/run/distill"
)

// checkDistill refuses what doesn't fit jumps between the states of samples.
func (c *Config) checkDistill() error {
	if c.Distill == "" {
		return nil
	}
	for _, check := range []struct {
		key, got string
		allowed  []string
	}{
		{"objective", c.Objective, []string{"am", "fm"}},
		{"path", c.Path, []string{"linear"}},
		{"times", c.Times, []string{"weyl", "uniform"}},
		{"estimator", c.Estimator, []string{"auto", "pathwise"}},
	} {
		if !slices.Contains(check.allowed, check.got) {
			return mistake.New("{distill} is for {"+check.key+"} %s, got %s", strings.Join(check.allowed, " or "),
				check.got)
		}
	}
	if c.Antithetic {
		return mistake.New("{antithetic} draws noise in pairs, and the samples of {distill} have theirs; leave it out")
	}
	return nil
}

// loadDistilled reads what the configuration trains on instead of the data set's images.
func (t imageTask) loadDistilled() (*Data, error) {
	set, err := distill.Read(t.cfg.Distill, simd.InstalledMemory())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, mistake.Wrap(err)
	} else if err != nil {
		return nil, err
	}
	times, err := flows.TimesByName(t.cfg.Times)
	if err != nil {
		return nil, mistake.Wrap(err)
	}
	source := func(backend backends.Backend) *Source { return t.from(backend, nil) }
	d := &Data{Path: distill.Path{}, Times: distill.Times{Jumps: set.Jumps, Of: times}, Jumps: set.Jumps,
		source: source}
	if want := source(nil).Dims; !slices.Equal(set.Dims, want) {
		return nil, fmt.Errorf("distill %s: images of %v, and the network takes %v; draw them from a run of that size",
			set.Name, set.Dims, want)
	}
	if t.cfg.Classes {
		d.Classes = &Classes{Names: t.cfg.ClassNames}
		if d.Classes.Counts, err = set.ClassCounts(len(t.cfg.ClassNames)); err != nil {
			return nil, err
		}
	}
	if d.Hash, err = json.Marshal(set.Hash()); err != nil {
		return nil, fmt.Errorf("encode hash: %w", err)
	}
	if d.Batches, err = set.Batches(t.cfg.Batch, t.cfg.Seed); err != nil {
		return nil, mistake.Wrap(err)
	}
	return d, nil
}
