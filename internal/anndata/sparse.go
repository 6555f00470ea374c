package anndata

import (
	"fmt"
	"math"

	"github.com/amgen/amgen/internal/hdf5"
)

// sparse is a matrix of which the numbers that aren't 0 are stored, row by row (CSR) or column by column (CSC).
type sparse struct {
	path          string
	byColumns     bool
	shape         [2]int
	bounds        []float64 // of each row or column in the list of numbers
	indices, data *hdf5.Dataset
}

// sparseFormat is csr or csc with the shape, "" of another object.
func sparseFormat(o *hdf5.Object) (format string, shape [2]int, err error) {
	encoding, err := kind(o, "encoding-type")
	if err != nil {
		return "", shape, err
	}
	format, dims := map[string]string{"csr_matrix": "csr", "csc_matrix": "csc"}[encoding], "shape"
	if format == "" { // of anndata before 0.7
		if format, err = kind(o, "h5sparse_format"); err != nil || format == "" {
			return "", shape, err
		}
		dims = "h5sparse_shape"
	}
	v, err := o.Attribute(dims)
	if err != nil {
		return "", shape, err
	}
	if v == nil || format != "csr" && format != "csc" {
		return "", shape, fmt.Errorf("a sparse matrix %.80q without its shape; write it again", o.Path)
	}
	list, err := v.Floats()
	if err != nil {
		return "", shape, err
	}
	for k := range shape {
		if len(list) != 2 || list[k] != math.Trunc(list[k]) || list[k] < 0 || list[k] > 1<<40 {
			return "", shape, fmt.Errorf("a sparse matrix %.80q of shape %v; write it again", o.Path, list)
		}
		shape[k] = int(list[k])
	}
	return format, shape, nil
}

// openSparse opens the parts of a sparse matrix.
func openSparse(o *hdf5.Object, byColumns bool, shape [2]int) (*sparse, error) {
	s := &sparse{path: o.Path, byColumns: byColumns, shape: shape}
	part := func(name string) (*hdf5.Dataset, error) {
		child, err := o.At(name)
		if err != nil {
			return nil, err
		}
		d, err := child.Dataset()
		if err == nil && (len(d.Shape) != 1 || !d.Type.Numbers()) {
			err = fmt.Errorf("%s of shape %v in %.80q; write it again", d.Type, d.Shape, d.Path)
		}
		return d, err
	}
	bounds, err := part("indptr")
	if err != nil {
		return nil, err
	}
	if s.indices, err = part("indices"); err != nil {
		return nil, err
	}
	if s.data, err = part("data"); err != nil {
		return nil, err
	}
	outer := shape[0]
	if byColumns {
		outer = shape[1]
	}
	n := s.data.Rows()
	if bounds.Rows() != outer+1 || s.indices.Rows() != n {
		return nil, s.damaged()
	}
	if s.bounds, err = bounds.Floats(0, outer+1); err != nil {
		return nil, err
	}
	before := 0.0
	for _, b := range s.bounds {
		if !(b >= before) || b > float64(n) || b != math.Trunc(b) {
			return nil, s.damaged()
		}
		before = b
	}
	if s.bounds[0] != 0 || before != float64(n) {
		return nil, s.damaged()
	}
	return s, nil
}

func (s *sparse) damaged() error {
	return fmt.Errorf("a sparse matrix %.80q whose parts don't fit; copy it again", s.path)
}

// read is [Matrix.Read].
func (s *sparse) read(columns []int) ([]float64, error) {
	place := make([]int, s.shape[1]) // of a column among those that are chosen, from 1
	for k, c := range columns {
		place[c] = k + 1
	}
	inner := s.shape[1]
	if s.byColumns {
		inner = s.shape[0]
	}
	const least = 1 << 16
	step := max(least, s.data.BandRows())
	var values []float64
	outer := 0
	for first := 0; first < s.data.Rows(); first += step {
		count := min(step, s.data.Rows()-first)
		indices, err := s.indices.Floats(first, count)
		if err != nil {
			return nil, err
		}
		data, err := s.data.Floats(first, count)
		if err != nil {
			return nil, err
		}
		if values == nil { // only now is it known that the numbers are there
			values = make([]float64, s.shape[0]*len(columns))
		}
		for i, at := range indices {
			for float64(first+i) >= s.bounds[outer+1] {
				outer++
			}
			if !(at >= 0) || at >= float64(inner) {
				return nil, s.damaged()
			}
			row, column := outer, int(at)
			if s.byColumns {
				row, column = column, row
			}
			if k := place[column]; k > 0 {
				values[row*len(columns)+k-1] += data[i]
			}
		}
	}
	if values == nil {
		values = make([]float64, s.shape[0]*len(columns))
	}
	return values, nil
}
