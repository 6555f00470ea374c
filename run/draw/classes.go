package draw

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/amgen/amgen/flows"
	"github.com/amgen/amgen/internal/mistake"
	"github.com/amgen/amgen/run"
)

// CheckClasses returns a [run.ConfigError] where classes or guidance aren't for a run that learned some, nil for none.
func (o Options) CheckClasses(learned *run.Classes) error {
	if err := o.Guidance.Check(); err != nil {
		return mistake.Wrap(err)
	}
	switch {
	case learned == nil && len(o.Classes) > 0:
		return mistake.New("{class|classes} are asked for, and the run has none; train one with {classes}")
	case learned == nil && o.Guidance.Weight != 0:
		return mistake.New("{guidance} is towards a class, and the run has none; train one with {classes}")
	}
	for _, class := range o.Classes {
		if n := learned.Len(); class < flows.NoClass || int(class) >= n {
			return mistake.New("the run has no {class|class} %d; there are 0 to %d", class, n-1)
		}
	}
	if o.Guidance.Weight != 0 && len(o.Classes) > 0 && !slices.ContainsFunc(o.Classes,
		func(class int32) bool { return class != flows.NoClass }) {
		return mistake.New("{guidance} is towards a class, and none is asked for; ask for one, or leave it out")
	}
	return nil
}

// Labels are the classes of samples first, first+1, …, nil of a run without classes.
func (o Options) Labels(source *run.Source, first, count int) []int32 {
	if source.Classes == nil {
		return nil
	}
	list := make([]int32, count)
	for i := range list {
		if k := first + i; len(o.Classes) == 0 {
			list[i] = source.ClassOf(k)
		} else {
			list[i] = o.Classes[k%len(o.Classes)]
		}
	}
	return list
}

// rows tells whether several classes are asked for.
func (o Options) rows() bool {
	return len(o.Classes) > 1 && slices.Min(o.Classes) != slices.Max(o.Classes)
}

// Identity is a hash of all that sample k depends on, see [run.Run.Identity]. Batch and Solver have to be set.
func (o Options) Identity(r *run.Run) (string, error) {
	identity, err := r.Identity(o.Solver, o.Seed, o.Batch)
	if err != nil || len(o.Classes) == 0 && o.Guidance.Weight == 0 {
		return identity, err
	}
	text, err := json.Marshal(struct {
		Identity string
		Classes  []int32
		Guidance flows.Guidance
	}{identity, o.Classes, o.Guidance})
	if err != nil {
		return "", fmt.Errorf("encode identity: %w", err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), nil
}

// classRow is how many samples of a class a row of a picture has: all of them, where several classes were asked for and
// have equally many; else 0.
func (s *Samples) classRow() int {
	if !s.rows || len(s.Labels) == 0 {
		return 0
	}
	counts := map[int32]int{}
	for _, label := range s.Labels {
		counts[label]++
	}
	each := counts[s.Labels[0]]
	for _, n := range counts {
		if n != each {
			return 0
		}
	}
	return each
}

// classRows puts the pixels of samples, each size of them, in the order of their classes. Of an unbalanced run the
// samples of each class are chosen among them by their weights.
func (s *Samples) classRows(pixels []uint8, size, each int, logWeights []float64, seed int64) ([]uint8, error) {
	order := make([]int, len(s.Labels))
	for k := range order {
		order[k] = k
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(s.Labels[a], s.Labels[b]) })
	out := make([]uint8, 0, len(pixels))
	for row := range slices.Chunk(order, each) {
		var of []uint8
		var weights []float64
		for _, k := range row {
			of = append(of, pixels[k*size:(k+1)*size]...)
			if logWeights != nil {
				weights = append(weights, logWeights[k])
			}
		}
		chosen, err := Resampled(weights, of, seed)
		if err != nil {
			return nil, err
		}
		out = append(out, chosen...)
	}
	return out, nil
}
