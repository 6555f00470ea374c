package cells

import (
	"slices"
	"strconv"

	"github.com/amgen/amgen/internal/anndata"
)

// nameX is the matrix of the cells' own columns.
const nameX = "X"

// annotated is the table as AnnData: cells are called by their names or numbers, texts are categories.
func (t *Table) annotated() anndata.Annotated {
	a := anndata.Annotated{ObsNames: t.Names}
	if a.ObsNames == nil {
		for _, row := range t.Rows {
			a.ObsNames = append(a.ObsNames, "cell"+strconv.Itoa(row))
		}
	}
	for _, c := range t.Columns {
		field := anndata.Field{Name: c.Name, Values: c.Numbers}
		if c.Texts != nil {
			field.Values = anndata.CategoriesOf(c.Texts)
		}
		for slices.ContainsFunc(a.Obs, func(f anndata.Field) bool { return f.Name == field.Name }) {
			field.Name += "_" // a column that was compared with may be called as another
		}
		a.Obs = append(a.Obs, field)
	}
	for _, m := range t.Matrices {
		named := anndata.Named{Name: m.Name, Width: len(m.Columns), Values: m.Values}
		switch {
		case m.Name == nameX:
			a.X, a.VarNames = m.Values, m.Columns
		case m.Name == "components":
			named.Name = "X_components" // as obsm names what can be drawn
			a.Obsm = append(a.Obsm, named)
		case m.Embedding || m.Axis != "":
			a.Obsm = append(a.Obsm, named)
		default:
			a.Layers = append(a.Layers, named)
		}
		if m.Axis != "" {
			a.Uns = append(a.Uns, anndata.Field{Name: m.Axis, Values: m.Columns})
		}
	}
	return a
}
