package draw

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/amgen/amgen/internal/mistake"
)

// ReadAll reads all samples. If some are missing, its error names their ranges.
func (s Store) ReadAll(ctx context.Context, d *Samples) error {
	var missing []int
	old := true
	for c := range s.Batches() {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := s.Read(c, d); errors.Is(err, ErrNoSamples) {
			missing, old = append(missing, c), old && errors.Is(err, errOldSamples)
		} else if err != nil {
			return err
		}
	}
	if len(missing) > 0 {
		return s.lacks(missing, old)
	}
	weights, pixels, labels := len(d.LogWeights), len(d.Given), len(d.Labels)
	if n := s.Request.N; weights != 0 && weights != n || labels != 0 && labels != n ||
		pixels != 0 && pixels != len(d.X) {
		return fmt.Errorf("some files in %s lack what others have; they are of different runs: draw the shards again",
			strings.Join(s.Dirs, ", "))
	}
	return nil
}

// gap is a range of batches that are missing next to each other, first to last.
type gap struct{ first, last int }

// gaps joins the numbers of batches, in order, to ranges.
func gaps(batches []int) (list []gap) {
	for _, c := range batches {
		if n := len(list); n > 0 && list[n-1].last == c-1 {
			list[n-1].last = c
		} else {
			list = append(list, gap{c, c})
		}
	}
	return list
}

// mostGaps bounds the ranges that an error names.
const mostGaps = 20

// lacks is the error about batches that are missing. old says that an earlier amgen kept all of them, without the
// weights.
func (s Store) lacks(batches []int, old bool) error {
	var ranges []string
	list := gaps(batches)
	for _, g := range list[:min(len(list), mostGaps)] {
		first, last := g.first*s.Request.Batch, g.last*s.Request.Batch+s.Request.Rows(g.last)-1
		if first == last {
			ranges = append(ranges, strconv.Itoa(first))
			continue
		}
		ranges = append(ranges, fmt.Sprintf("%d to %d", first, last))
	}
	if more := len(list) - mostGaps; more > 0 {
		ranges = append(ranges, fmt.Sprintf("and %d more ranges", more))
	}
	missing, dirs := strings.Join(ranges, ", "), strings.Join(s.Dirs, ", ")
	if old {
		return mistake.Fail("no samples %s in %s: an earlier amgen kept no weights at {times}; draw them, or bring "+
			"all shards", missing, dirs)
	}
	return fmt.Errorf("no samples %s in %s; draw them, or bring all shards", missing, dirs)
}
