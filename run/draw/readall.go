package draw

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/amgen/amgen/internal/mistake"
)

// ReadAll reads all samples.
func (s Store) ReadAll(ctx context.Context, d *Samples) error {
	for c := range s.Batches() {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := s.Read(c, d); errors.Is(err, ErrNoSamples) {
			return s.lacks(c, err)
		} else if err != nil {
			return err
		}
	}
	weights, pixels, labels := len(d.LogWeights), len(d.Given), len(d.Labels)
	if n := s.Request.N; weights != 0 && weights != n || labels != 0 && labels != n ||
		pixels != 0 && pixels != len(d.X) {
		return fmt.Errorf("some files in %s lack what others have; they are of different runs: draw the shards again",
			strings.Join(s.Dirs, ", "))
	}
	return nil
}

// lacks is the error about batch c, which is missing for a reason.
func (s Store) lacks(c int, reason error) error {
	first := c * s.Request.Batch
	last, dirs := first+s.Request.Rows(c)-1, strings.Join(s.Dirs, ", ")
	if errors.Is(reason, errOldSamples) {
		return mistake.Fail("no samples %d to %d in %s: an earlier amgen kept no weights at {times}; draw them, or "+
			"bring all shards", first, last, dirs)
	}
	why := strings.TrimPrefix(reason.Error(), ErrNoSamples.Error())
	return fmt.Errorf("no samples %d to %d in %s%s; draw them, or bring all shards", first, last, dirs, why)
}
