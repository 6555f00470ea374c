package arrayfile

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/amgen/amgen/eval"
	"github.com/amgen/amgen/internal/npy"
	"github.com/amgen/amgen/internal/weighting"
)

// besideArray is an array of one number a row that stands beside samples.
type besideArray struct {
	name string
	n    int
}

// besideNames are arrays that say nothing of what samples count: labels, times and numbers of samples.
var besideNames = []string{"y", "label", "labels", "class", "classes", "target", "targets", "t", "ts", "time", "times",
	"sample_labels", "id", "ids", "idx", "index",
	"indices", "seed", "seeds", "trajectory_log_weights"}

// numbered are the names that NumPy gives; guided-diffusion's labels have one.
var numbered = regexp.MustCompile(`^arr_\d+$`)

// arraysBeside lists the arrays of one number a row of which nothing is known.
func arraysBeside(archive *npy.Archive, taken string) (list []besideArray) {
	const most = 100
	names := archive.Names()
	for _, name := range names[:min(len(names), most)] {
		if _, known := weighting.Name(name); known || name == taken ||
			slices.Contains(besideNames, strings.ToLower(name)) {
			continue
		}
		r, entry, err := archive.Open(name)
		if err != nil { // no numbers
			continue
		}
		entry.Close()
		labels := numbered.MatchString(name) && strings.Contains(r.Type, "int")
		if shape := r.Shape; !labels && (len(shape) == 1 || len(shape) == 2 && shape[1] == 1) {
			list = append(list, besideArray{name, shape[0]})
		}
	}
	return list
}

// checkBeside tells of arrays that have a number for each of the n samples and aren't used. One that may be the weights
// is refused, unless there are others.
func (a arrayFile) checkBeside(s *eval.Set, n int) error {
	for _, b := range a.beside {
		switch {
		case b.n != n:
		case a.weights == nil && (weighting.May(b.name) || strings.EqualFold(b.name, "w")):
			return fmt.Errorf("%s has an array %.40q, which may be what the samples count; call it weights, or "+
				"log_weights if it has logarithms, or leave it out", a.path, b.name)
		default:
			s.Notes = append(s.Notes, fmt.Sprintf("the array %.40q has a number for each sample and isn't used; call "+
				"it weights if it says what they count", b.name))
		}
	}
	return nil
}
