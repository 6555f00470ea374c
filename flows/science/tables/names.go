package tables

import (
	"path/filepath"
	"strings"
)

// nameNames are those of columns of names besides indexNames, in small letters.
var nameNames = map[string]bool{"name": true, "names": true, "cell_name": true, "cell_barcode": true, "barcodes": true}

// Ranks of columns that may name cells, the best first.
const (
	namesCells  = iota // texts under such a name
	mayName            // other texts, and numbers under the name of an index
	numbersRows        // numbers without a name
	namesNone
)

// ReadNames reads the names of the cells in the order of the file: the index of obs in a .h5ad; in a text what stands
// before the columns, or the first column with a text of its own for each cell or with the name of an index. A column
// of texts with such a name comes before others, and an index of numbers without a name after them. It returns nil
// where the file names no cells. The columns in used, such as coordinates, name none.
func ReadNames(files string, used []string) ([]string, error) {
	paths, _ := Split(files)
	if len(paths) > 1 {
		return nil, nil
	}
	if strings.EqualFold(filepath.Ext(paths[0]), ".h5ad") {
		var names []string
		err := withH5AD(paths[0], func(h *h5ad) (err error) {
			if names, err = h.file.CellNames(); err != nil {
				return h.wrong(err)
			}
			return nil
		})
		return names, err
	}
	if strings.EqualFold(filepath.Ext(paths[0]), ".npz") {
		return nil, nil
	}
	g, err := readGrid(paths[0])
	if err != nil {
		return nil, err
	}
	before, err := g.cellNames()
	if err != nil || before != nil && !allNumbers(before) {
		return before, err
	}
	out := make(map[string]bool, len(used))
	for _, name := range used {
		out[name] = true
	}
	for rank := range namesNone {
		if rank == numbersRows && before != nil {
			return before, nil
		}
		for c, name := range g.names {
			if out[name] || g.nameRank(c) != rank {
				continue
			}
			texts, err := g.textsOf(c)
			if err != nil || allDiffer(texts) {
				return texts, err
			}
		}
	}
	return nil, nil
}

// nameRank is how well a column may name the cells.
func (g *grid) nameRank(c int) int {
	name, text := strings.ToLower(g.names[c]), g.isText(c)
	switch {
	case !g.named:
		return namesNone
	case text && (indexNames[name] || nameNames[name]):
		return namesCells
	case text || indexNames[name]:
		return mayName
	case strings.HasPrefix(g.names[c], unnamed):
		return numbersRows
	}
	return namesNone
}

// allNumbers tells whether all texts are numbers.
func allNumbers(texts []string) bool {
	for _, text := range texts {
		if _, ok := number(text); !ok {
			return false
		}
	}
	return true
}

// allDiffer tells whether each text is there and none twice.
func allDiffer(texts []string) bool {
	seen := make(map[string]bool, len(texts))
	for _, text := range texts {
		if missing[text] || seen[text] {
			return false
		}
		seen[text] = true
	}
	return true
}
