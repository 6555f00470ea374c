package anndata

import (
	"fmt"
	"io"
	"iter"
	"slices"

	"github.com/amgen/amgen/internal/hdf5"
)

// Annotated is AnnData to write: a matrix with names of its rows, the cells, and of its columns, and what else is known
// of each.
type Annotated struct {
	ObsNames, VarNames []string

	X        Values  // [cells, columns]
	Layers   []Named // the same shape as X
	Obsm     []Named // a row for each cell
	Obs, Var []Field
	Uns      []Field // values by themselves too
}

// Named is a matrix with a name.
type Named struct {
	Name   string
	Width  int
	Values Values
}

// Values are those of a matrix, row after row: []float32, []float64, or blocks of either as an iter.Seq2 with errors,
// for which no more memory is taken than for a block.
type Values any

// Field is a column of obs or var, or a part of uns. Values are []float64, []float32, []int64, []bool, []string or
// [Categories]; in uns a string, float64, int64 or bool too.
type Field struct {
	Name   string
	Values any
}

// Categories are labels of cells: Codes are indices of Names, −1 for none.
type Categories struct {
	Codes   []int
	Names   []string
	Ordered bool // the names have an order
}

// CategoriesOf are labels with their names in the order of the alphabet.
func CategoriesOf(labels []string) Categories {
	names := slices.Clone(labels)
	slices.Sort(names)
	c := Categories{Names: slices.Compact(names), Codes: make([]int, len(labels))}
	for i, label := range labels {
		c.Codes[i], _ = slices.BinarySearch(c.Names, label)
	}
	return c
}

// Write writes an .h5ad as anndata 0.8 to 0.12 does, and any of these reads it: dense matrices, strings, categories.
// Its errors say what can't be written.
func Write(w io.Writer, a Annotated) error {
	root, err := a.root()
	if err == nil {
		err = hdf5.Write(w, root)
	}
	if err != nil {
		return fmt.Errorf("anndata: %w", err)
	}
	return nil
}

// root is the tree of the file.
func (a Annotated) root() (*hdf5.Node, error) {
	root := encoded(&hdf5.Node{}, "anndata", "0.1.0")
	rows, columns := len(a.ObsNames), len(a.VarNames)
	x, err := matrix(a.X, rows, columns)
	if err != nil {
		return nil, fmt.Errorf("matrix X: %w", err)
	}
	root.Add("X", x)
	for _, t := range []struct {
		name   string
		index  []string
		fields []Field
	}{{"obs", a.ObsNames, a.Obs}, {"var", a.VarNames, a.Var}} {
		n, err := table(t.index, t.fields)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", t.name, err)
		}
		root.Add(t.name, n)
	}
	layers := slices.Clone(a.Layers)
	for k := range layers {
		layers[k].Width = columns
	}
	for _, g := range []struct {
		name     string
		matrices []Named
	}{{"layers", layers}, {"obsm", a.Obsm}} {
		group := root.Add(g.name, dictionary())
		for _, m := range g.matrices {
			n, err := matrix(m.Values, rows, m.Width)
			if err != nil {
				return nil, fmt.Errorf("%s/%.80s: %w", g.name, m.Name, err)
			}
			group.Add(m.Name, n)
		}
	}
	for _, name := range []string{"obsp", "varm", "varp"} {
		root.Add(name, dictionary())
	}
	uns := root.Add("uns", dictionary())
	for _, f := range a.Uns {
		n, _, err := value(f.Values)
		if err != nil {
			return nil, fmt.Errorf("uns/%.80s: %w", f.Name, err)
		}
		uns.Add(f.Name, n)
	}
	return root, nil
}

// encoded marks how a node is to be read.
func encoded(n *hdf5.Node, kind, version string) *hdf5.Node {
	n.Attributes = append(n.Attributes, hdf5.Attribute{Name: "encoding-type", Data: hdf5.OneText(kind)},
		hdf5.Attribute{Name: "encoding-version", Data: hdf5.OneText(version)})
	return n
}

func dictionary() *hdf5.Node { return encoded(&hdf5.Node{}, "dict", "0.1.0") }

func array(d hdf5.Data, kind string) *hdf5.Node { return encoded(&hdf5.Node{Data: &d}, kind, "0.2.0") }

// matrix is a dense one.
func matrix(values Values, rows, width int) (*hdf5.Node, error) {
	shape := []int{rows, width}
	var d hdf5.Data
	switch v := values.(type) {
	case []float32:
		d = hdf5.Numbers(shape, v)
	case []float64:
		d = hdf5.Numbers(shape, v)
	case iter.Seq2[[]float32, error]:
		d = hdf5.Blocks(shape, v)
	case iter.Seq2[[]float64, error]:
		d = hdf5.Blocks(shape, v)
	default:
		return nil, fmt.Errorf("a matrix of %T; give float32 or float64", values)
	}
	return array(d, "array"), nil
}
