package tables

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/amgen/amgen/internal/anndata"
	"github.com/amgen/amgen/internal/sniff"
)

// readH5AD reads cells from a matrix of an AnnData file, and their times from a column of obs. matrix names it; "" is
// the one that the choice of columns names, or X.
func readH5AD(path, matrix string, choice Columns) (*Table, error) {
	h, f, err := openH5AD(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	obs, time, err := h.time(choice)
	if err != nil {
		return nil, err
	}
	times, err := obs.timesIn(time, choice.Order)
	if err != nil {
		return nil, err
	}
	if matrix, choice, err = h.matrix(matrix, choice); err != nil {
		return nil, err
	}
	t, err := h.cells(matrix, choice)
	if err != nil {
		return nil, err
	}
	obs.setTimes(t, time, times)
	t.Notes = append(t.Notes, obs.notes...)
	others := slices.DeleteFunc(slices.Clone(h.file.Columns()), func(s string) bool { return s == t.TimeName })
	if len(others) > 0 {
		t.Notes = append(t.Notes, "columns of obs, left out: "+Listed(others))
	}
	return t, nil
}

// h5ad is an AnnData file that is read.
type h5ad struct {
	name   string // of the file
	file   *anndata.File
	arrays []string
}

// openH5AD opens an AnnData file, which the caller closes.
func openH5AD(path string) (h *h5ad, closer io.Closer, err error) {
	f, size, err := openFile(path)
	if err != nil {
		return nil, nil, err
	}
	defer func() {
		if err != nil {
			f.Close()
		}
	}()
	h = &h5ad{name: filepath.Base(path)}
	if h.file, err = anndata.Open(f, size); err != nil {
		head := make([]byte, sniff.Length)
		n, _ := f.ReadAt(head, 0)
		if what := foreign(path, head[:n]); what != "" && !strings.Contains(what, "HDF5") {
			return nil, nil, fmt.Errorf("science: %s is %s", h.name, what)
		}
		return nil, nil, h.wrong(err)
	}
	if h.arrays, err = h.file.Arrays(); err != nil {
		return nil, nil, h.wrong(err)
	}
	return h, f, nil
}

// wrong is an error of the file.
func (h *h5ad) wrong(err error) error { return fmt.Errorf("science: %s has %w", h.name, err) }

// matrix is the matrix to read, and the choice of its columns.
func (h *h5ad) matrix(name string, choice Columns) (string, Columns, error) {
	if name == "" {
		at := slices.IndexFunc(choice.Use, func(s string) bool { return slices.Contains(h.arrays, s) })
		if at >= 0 {
			name = choice.Use[at]
			choice.Use = slices.Delete(slices.Clone(choice.Use), at, at+1)
		}
	}
	if name == "" {
		name = "X"
	}
	if !slices.Contains(h.arrays, name) {
		for _, array := range h.arrays {
			if strings.HasSuffix(array, "/"+name) {
				return "", choice, OptionErrorf("science: %s has no matrix %.60q; give %s, or another of %s", h.name,
					name, Printed(array), Listed(h.arrays))
			}
		}
		return "", choice, OptionErrorf("science: %s has no matrix %.60q; it has %s", h.name, name, Listed(h.arrays))
	}
	return name, choice, nil
}

// cells reads the columns of a matrix that are chosen.
func (h *h5ad) cells(name string, choice Columns) (*Table, error) {
	m, err := h.file.Matrix(name)
	if err != nil {
		return nil, h.wrong(err)
	}
	where := fmt.Sprintf("%s, matrix %s", h.name, name)
	use, err := resolve(where, m.Names, choice.Use)
	if err != nil {
		return nil, err
	}
	if len(choice.Use) == 0 {
		for c := range m.Names {
			use = append(use, c)
		}
	}
	drop, err := resolve(where, m.Names, choice.Drop)
	if err != nil {
		return nil, err
	}
	out := make(map[int]bool, len(drop))
	for _, c := range drop {
		out[c] = true
	}
	use = slices.DeleteFunc(use, func(c int) bool { return out[c] })
	wide := where
	if others := h.others(m); others != nil {
		wide += fmt.Sprintf(" (others: %s)", Listed(others))
	}
	t := &Table{Name: h.name, Wide: wide, Dim: len(use), Notes: h.said(m), Labels: make([]string, len(use)),
		Where: func(row, k int) string {
			return fmt.Sprintf("cell %d, %s of %s", row+1, Printed(m.Names[use[k]]), name)
		}}
	for k, c := range use {
		t.Labels[k] = m.Names[c]
	}
	t.Columns = t.Labels
	if len(use) > 0 && m.Cells > MaxValues/len(use) {
		return nil, fmt.Errorf("science: %s has %d cells of %d columns, beyond the %d numbers that are read; choose "+
			"columns, or another matrix among %s", where, m.Cells, len(use), MaxValues, Listed(h.arrays))
	}
	if t.Values, err = m.Read(use); err != nil {
		return nil, h.wrong(err)
	}
	return t, nil
}

// others are the names of the other matrices, nil where there are none.
func (h *h5ad) others(m *anndata.Matrix) []string {
	if len(h.arrays) == 1 {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(h.arrays), func(s string) bool { return s == m.Name })
}

// said tells which matrix is read, and which else there are.
func (h *h5ad) said(m *anndata.Matrix) []string {
	line := fmt.Sprintf("matrix %s of %d cells and %d columns", m.Name, m.Cells, m.Width)
	if others := h.others(m); others != nil {
		line += "; others: " + Listed(others)
	}
	notes := []string{line}
	if m.Twice > 0 {
		notes = append(notes, fmt.Sprintf("names that several columns have now end in -1, -2, …: %d", m.Twice))
	}
	return notes
}

// mostObs bounds the columns of obs that are looked at for times.
const mostObs = 200

// time finds the column of obs with the times, in a grid of those that may be it.
func (h *h5ad) time(choice Columns) (*grid, int, error) {
	names := h.file.Columns()
	if choice.Time != "" {
		found, err := resolve(h.name+", obs", names, []string{choice.Time})
		if err == nil && len(found) > 1 {
			err = OptionErrorf("science: %s: %q stands for %d columns of obs, and one has the times", h.name,
				choice.Time, len(found))
		}
		if err != nil {
			return nil, 0, err
		}
		g, err := h.obs([]string{names[found[0]]}, true)
		return g, 0, err
	}
	likely := slices.DeleteFunc(slices.Clone(names), func(s string) bool { return !NamesTime(s) })
	named := len(likely) > 0
	if !named {
		likely = names[:min(len(names), mostObs)]
	}
	g, err := h.obs(likely, false)
	if err != nil {
		return nil, 0, err
	}
	if named && len(g.names) > 1 { // numbers or labels
		return nil, 0, g.askTime(fmt.Sprintf("%s and %s may both be the time; name the one that is", g.label(0),
			g.label(1)), g.names[0])
	}
	c, err := g.time(Columns{})
	return g, c, err
}

// obs is a grid of columns of obs. One that can't be read is left out unless it must be there.
func (h *h5ad) obs(names []string, must bool) (*grid, error) {
	g := &grid{file: h.name, named: true, rows: h.file.Cells,
		place: func(row int) string { return fmt.Sprintf("cell %d", row+1) }}
	var read []*anndata.Column
	for _, name := range names {
		c, err := h.file.Column(name)
		if err != nil && (must || !errors.Is(err, anndata.ErrUnread)) {
			return nil, h.wrong(err)
		}
		if err == nil {
			read, g.names = append(read, c), append(g.names, name)
		}
	}
	g.label = func(c int) string { return fmt.Sprintf("obs column %.40q", g.names[c]) }
	g.labels = func(c int) ([]string, error) { return read[c].Labels, nil }
	g.categories = func(c int) []string { return read[c].Ordered }
	g.columns = make(columns, len(read))
	if len(read) > 0 && g.rows > MaxValues/len(read) {
		return nil, fmt.Errorf("science: %s has %d cells and %d columns of obs that may be the time; name the one "+
			"that is", h.name, g.rows, len(read))
	}
	g.values = make([]float64, g.rows*len(read))
	for c, column := range read {
		g.fill(c, column)
	}
	return g, nil
}

// fill takes a column of obs, and counts what it has.
func (g *grid) fill(c int, from *anndata.Column) {
	counts := &g.columns[c]
	for row := range g.rows {
		value := nan
		switch {
		case from.Missing != nil && from.Missing[row]:
			if counts.missing++; counts.missing == 1 {
				counts.gap = field{row, "no value"}
			}
		case from.Labels != nil:
			if counts.words++; counts.words == 1 {
				counts.word = field{row, clipped(from.Labels[row])}
			}
		default:
			value = from.Numbers[row]
			counts.add(value)
		}
		g.values[row*g.width()+c] = value
	}
}
