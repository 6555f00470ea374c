package tables

import (
	"fmt"
	"math"
	"strings"
)

// labelNames are those of columns that sort cells into kinds, in small letters. No gene and no measure has one.
var labelNames = map[string]bool{"cluster": true, "clusters": true, "cluster_id": true, "leiden": true, "louvain": true,
	"seurat_clusters": true, "batch": true, "batch_id": true, "label": true, "labels": true, "class": true,
	"cell_type": true, "celltype": true, "group": true, "condition": true, "replicate": true, "donor": true,
	"patient": true, "plate": true}

// mostKinds is the greatest number of values by which a column of whole numbers looks like labels.
const mostKinds = 20

// isLabel tells whether a column holds whole numbers under the name of labels.
func (g *grid) isLabel(c int) bool {
	return g.named && labelNames[strings.ToLower(g.names[c])] && g.hasNumbers(c) && g.whole(c)
}

// whole tells whether a column has whole numbers alone.
func (g *grid) whole(c int) bool {
	value := g.column(c)
	for i := range g.rows {
		if v := value(i); v != math.Trunc(v) { // NaN, too
			return false
		}
	}
	return true
}

// sayKinds notes which of the coordinates may be labels: whole numbers, few of them, beside coordinates that have
// fractions. Counts are whole, too, so they stay coordinates.
func (g *grid) sayKinds(use []int) {
	var few []string
	fractions := false
	for _, c := range use {
		switch {
		case !g.whole(c):
			fractions = true
		case g.rows >= leastCount && g.distinct(c, mostKinds) <= min(mostKinds, g.rows/2):
			few = append(few, g.names[c])
		}
	}
	if fractions && len(few) > 0 {
		g.notes = append(g.notes, fmt.Sprintf("few whole numbers, taken as coordinates: %s; leave out what is a label",
			Listed(few)))
	}
}

// sayTimes notes which of the coordinates of snapshots have the name of a time.
func (g *grid) sayTimes(use []int) {
	var list []string
	for _, c := range use {
		if g.named && !g.points && NamesTime(g.names[c]) {
			list = append(list, g.names[c])
		}
	}
	if len(list) > 0 {
		g.notes = append(g.notes, fmt.Sprintf("named as times are, taken as coordinates: %s; leave out what is a time",
			Listed(list)))
	}
}
