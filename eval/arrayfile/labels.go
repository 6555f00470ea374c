package arrayfile

import (
	"fmt"
	"math"

	"github.com/amgen/amgen/eval"
	"github.com/amgen/amgen/internal/evenly"
	"github.com/amgen/amgen/internal/npy"
)

// labelsArray has the classes of samples, as `amgen sample` writes them.
const labelsArray = "labels"

// anyClass is the label of a sample that may be of any class.
const anyClass = -1

// label gives a set the classes of the n samples that its file has, if they are asked for and there are some.
func (a arrayFile) label(s *eval.Set, n int) error {
	if !a.Labels || a.archive == nil || !a.archive.Has(labelsArray) {
		return nil
	}
	labels, err := readLabels(a.archive, n)
	if err != nil {
		return fmt.Errorf("%s has %w", a.path, err)
	}
	s.Labels = make([]int32, s.Count)
	for i := range s.Labels { // those of the images that were taken, see [eval.ImageArray.Spread]
		s.Labels[i] = labels[evenly.Index(i, s.Count, n)]
	}
	return nil
}

// readLabels reads the classes of n samples. What isn't a class of each is refused, an array of another shape before
// it is read.
func readLabels(archive *npy.Archive, n int) ([]int32, error) {
	r, entry, err := archive.Open(labelsArray)
	if err != nil {
		return nil, err
	}
	defer entry.Close()
	if shape := r.Shape; len(shape) == 0 || shape[0] != n || r.Len() != n {
		return nil, fmt.Errorf("%d samples and an array %q of shape %v; give the number of a class for each", n,
			labelsArray, shape)
	}
	values, err := npy.All[float64](r)
	if err != nil {
		return nil, fmt.Errorf("array %q with %w", labelsArray, err)
	}
	labels := make([]int32, n)
	for i, v := range values {
		if v != math.Trunc(v) || v < anyClass || v > math.MaxInt32 { // a NaN is no whole number either
			return nil, fmt.Errorf("array %q with %g at %d; give whole numbers from 0 on, or %d for any class",
				labelsArray, v, i, anyClass)
		}
		labels[i] = int32(v)
	}
	return labels, nil
}
