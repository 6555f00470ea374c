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

// readLabels reads the classes that an archive has, nil where it has none or they aren't asked for.
func (o Options) readLabels(archive *npy.Archive) ([]int32, error) {
	if !o.Labels || !archive.Has(labelsArray) {
		return nil, nil
	}
	shape, values, err := npy.Named[float64](archive, labelsArray)
	if err != nil {
		return nil, err
	}
	if len(shape) != 1 && !(len(shape) == 2 && shape[1] == 1) {
		return nil, fmt.Errorf("array %q of shape %v; give the number of a class for each sample", labelsArray, shape)
	}
	labels := make([]int32, len(values))
	for i, v := range values {
		if v != math.Trunc(v) || v < anyClass || v > math.MaxInt32 { // a NaN is no whole number either
			return nil, fmt.Errorf("array %q with %g at %d; give whole numbers from 0 on, or %d for any class",
				labelsArray, v, i, anyClass)
		}
		labels[i] = int32(v)
	}
	return labels, nil
}

// label gives a set the classes of the n samples that its file has.
func (a arrayFile) label(s *eval.Set, n int) error {
	if a.labels == nil {
		return nil
	}
	if len(a.labels) != n {
		return fmt.Errorf("%s has %d samples and an array %q of %d; give one for each", a.path, n, labelsArray,
			len(a.labels))
	}
	s.Labels = make([]int32, s.Count)
	for i := range s.Labels { // those of the images that were taken, see [eval.ImageArray.Spread]
		s.Labels[i] = a.labels[evenly.Index(i, s.Count, n)]
	}
	return nil
}
