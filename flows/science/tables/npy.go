package tables

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/amgen/amgen/internal/npy"
)

// array is a NumPy array of numbers, of at most two dimensions.
type array struct {
	name   string // of the array in an archive, or of the file
	shape  []int
	values []float64 // row by row
}

func (a array) String() string {
	if strings.HasSuffix(a.name, ".npy") {
		return "array " + a.name
	}
	return fmt.Sprintf("array %q", a.name)
}

// readNPY reads an array from the bytes of a .npy. Its errors complete "FILE has …".
func readNPY(data []byte) (array, error) {
	r, err := npy.NewReader(bytes.NewReader(data))
	if err != nil {
		return array{}, err
	}
	return finish(r)
}

// finish reads an array of which the header has been read.
func finish(r *npy.Reader) (array, error) {
	if len(r.Shape) > 2 {
		return array{}, fmt.Errorf("shape %v; give an array of one or two dimensions", r.Shape)
	}
	if r.Len() > MaxValues {
		return array{}, fmt.Errorf("shape %v, beyond the %d numbers that are read", r.Shape, MaxValues)
	}
	values, err := npy.All[float64](r)
	return array{shape: r.Shape, values: values}, err
}
